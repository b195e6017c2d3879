/// Values that would lead to another host if any of them were taken at its word (SECURITY.md 41, 62).
package enum HostileHosts {
    /// Where one DNS label goes: all refused.
    package static let labels: [String] = [
        "", " ", ".", "..", "-", "a-", "-a", "a.", ".a", "a..b", "evil.com", "evil.com/", "evil.com#", "evil.com?",
        "evil.com\\",
        "evil.com%2F", "evil.com%23", "evil.com:443", "x@evil.com", "x:y@evil.com", "@evil.com", "a@b", "evil.com/@",
        "a#b",
        "#",
        "a?b", "?", "a/b", "/", "//", "//evil.com", "\\", "\\evil.com", "a\\b", "a:80", ":443", "a:", "a%2fb", "a%2Eb",
        "%00", "a%",
        "a b", "a\tb", "a\nb", "a\r\nHost: evil.com", "a\u{0}", "a\u{7F}", "a\u{AD}b", "a\u{200B}b", "a\u{FEFF}", "a。b",
        "a．b",
        "a｡b", "a\u{2024}b", "ａ", "а", "ä", "ß", "ſ", "\u{212A}", "①", "xn--80ak6aa92e", "XN--a", "127.0.0.1",
        "2130706433.x", "0x7f.1",
        "[::1]", "::1", "[", "]", "a_b", "a*b", "*", "a,b", "a;b", "a&b", "a=b", "a+b", "a!b", "a'b", "a\"b", "<a>",
        "{shop}", "{a}", "$a",
        "a|b", "a^b", "a`b", "~a", "(a)", "https://evil.com", "http:a", "javascript:a",
        String(repeating: "a", count: 64),
        String(repeating: "a", count: 70_000), "e\u{301}", "\u{202E}moc", "\u{1F600}", "a\u{3002}evil\u{3002}com",
        "localhost.",
    ]

    /// Where a whole host name goes, and `example.com` with what lies below it is allowed: all refused.
    package static let wholeHosts: [String] = [
        "evil.com", "example.com", "evilexample.com", "example.com.evil.com", "a.example.com.",
        "a.example.com:8443", "a.example.com@evil.com",
        "evil.com#.example.com", "evil.com/.example.com", "evil.com\\.example.com", "127.0.0.1", "2130706433",
        "0x7f000001", "0177.0.0.1", "127.1",
        "[::1]", "localhost", "169.254.169.254", "a.example.com/x", "a.example.com?", "https://a.example.com",
        "a.example。com", "",
        "a.examp\u{AD}le.com", "A.EXAMPLE.COM.EVIL", "user@a.example.com", "a.example.com%2f", "a..example.com",
        "-.example.com",
    ]

    /// What a callback or an answer may name as the server to go on with, where `.example.com` is allowed: all refused.
    package static let servers: [String] = [
        "evil.com", "https://evil.com", "https://accounts.example.com.evil.com",
        "https://accounts.example.com@evil.com",
        "https://accounts.example.com:443@evil.com/", "https://evil.com#accounts.example.com",
        "https://evil.com/?accounts.example.com",
        "https://evil.com\\accounts.example.com", "https:evil.com", "https:/evil.com", "https:///evil.com",
        "//evil.com", "http://a.example.com",
        "HTTP://a.example.com", "ftp://a.example.com", "javascript:alert(1)//.example.com", "data:,a.example.com",
        "https://a.example.com:8443",
        "https://a.example.com?x=", "https://a.example.com#", "https://a.example.com?", "https://a.example.com/..",
        "https://a.example.com/%2e%2e/x",
        "https://a.example.com/ ", "https://[::1]", "https://127.0.0.1", "https://localhost", "https://0x7f.1",
        "https://a.example.com.",
        "https://.example.com", "https://example.com", "https://a.example.com%00.evil.com",
        "https://a.example.com\r\nHost: evil.com",
        "https://xn--/.example.com", "https://a_b.example.com", "https://a.example.com/{client_secret}",
        "https://évil.example.com", "https://", "a b",
    ]

    /// Other ways to write this machine, a machine beside it, and the metadata service of clouds.
    package static let inside: [String] = [
        "localhost", "LOCALHOST", "localhost.localdomain", "127.0.0.1:80", "127.0.0.1.", "127.000.000.001", "127.1",
        "0", "0.0.0.0", "017700000001", "0177.0.0.01", "0x7f000001", "0x7F.0.0.1", "2130706433", "[::1]", "[::]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:a9fe:a9fe]", "[fe80::1%25eth0]", "::ffff:127.0.0.1",
        "169.254.169.254", "169.254.169.254/latest", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
        "[fd00:ec2::254]",
        "metadata.google.internal", "metadata", "instance-data.ec2.internal", "100.100.100.200", "10.0.0.1",
        "192.168.0.1",
        "127.0.0.1.nip.io", "①②⑦.⓪.⓪.①", "localhost#", "localhost:8083", "http://localhost", "https://127.0.0.1/",
    ]

    /// Everything.
    package static let all: [String] = Array(Set(labels + wholeHosts + servers + inside)).sorted()
}
