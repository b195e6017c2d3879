import ConnectorSDK
import Testing

@Suite struct PatternTests {
    @Test(arguments: [
        ("abc", "abc", true), ("abc", "xabc", false), ("a|b", "b", true), ("a|b|c", "c", true), ("a||b", "", true),
        ("(a|b)c", "bc", true), ("(?:ab)+", "ababab", true),
        ("a*", "", true), ("a+", "", false), ("a?b", "b", true), ("a{2}", "aa", true), ("a{2}", "aaa", false),
        ("a{2,}", "aaaaa", true), ("a{2,3}", "aaaa", false), ("a{0,1}b", "b", true),
        ("[a-c]x", "bx", true), ("[^a-c]", "b", false), ("[]a]+", "]a", true), ("[a-]", "-", true),
        ("[\\d_-]+", "1_-", true), ("\\d{3}", "12a", false), ("\\w+", "aZ_9", true),
        ("\\s", " ", true), ("\\S", " ", false), (".", "\n", false), (".", "ä", true), ("\\.", "a", false),
        ("^a$", "a", true), ("\\bfoo\\b", "foo", true), ("(?i)AbC", "aBc", true),
        ("(?i)[a-z]+", "ABC", true), ("a*?b", "aab", true), ("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "my-shop", true),
        ("(a*)*", "aaa", true), ("(a|b)*c|d", "d", true), ("x{0}", "", true),
        ("K", "k", false), ("\\x", "x", false),
    ])
    func wholeMatches(pattern: String, text: String, matches: Bool) {
        #expect(((try? Pattern(pattern))?.matches(whole: text) ?? false) == matches)
    }

    @Test(arguments: [
        ("b+", "abbc", true), ("^b", "abc", false), ("c$", "abc", true),
        ("AADSTS(50173|700082)", "AADSTS700082: expired", true), ("^$", "", true), ("\\bid\\b", "an id here", true),
        ("", "anything", true), ("x", "", false),
    ])
    func findsSomewhere(pattern: String, text: String, matches: Bool) throws {
        #expect(try Pattern(pattern).matches(in: text) == matches)
    }

    @Test(arguments: [
        "(", ")", "a)", "[", "[a", "*", "+a", "a**", "a{2", "a{x}", "a{3,2}", "a{,3}", "(?=a)", "(?!a)", "(?<=a)",
        "(?<n>a)", "(a)\\1", "\\k<a>", "\\", "\\p{L}", "\\xff", "[b-a]", "[a-\\d]",
        "[\\D]", "a++", "(?i", "((a{100}){100}){100}",
        String(repeating: "(", count: 100) + String(repeating: ")", count: 100), String(repeating: "a", count: 1_001),
    ])
    func refuses(pattern: String) { #expect(throws: Pattern.Defect.self) { try Pattern(pattern) } }

    @Test(
        "a hostile text comes to an end, which it would not for an engine that goes back", .timeLimit(.minutes(5)),
        arguments: ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*)(.*)(.*)\\d", "(a?){50}a{50}c"])
    func linear(pattern: String) throws {
        let compiled = try Pattern(pattern)
        let text = String(repeating: "a", count: 3_000) + "!"
        #expect(!compiled.matches(whole: text))
    }
}
