import ConnectorSDK
import Testing

@Suite struct WireEncodingTests {
    @Test(arguments: [
        ("plain-._~", "plain-._~"), ("a b", "a%20b"), ("a+b", "a%2Bb"), ("ä€😀", "%C3%A4%E2%82%AC%F0%9F%98%80"),
        ("https://a.b/c?d=e&f#g", "https%3A%2F%2Fa.b%2Fc%3Fd%3De%26f%23g"), ("\r\n", "%0D%0A"), ("", ""),
        ("100%", "100%25"),
    ])
    func everythingButUnreservedIsEscaped(text: String, written: String) {
        #expect(WireEncoding.percent(text) == written)
        #expect(WireEncoding.form(text) == written)
    }

    @Test func aSpaceIsWrittenAsTheDefinitionSays() {
        #expect(WireEncoding.form("a b+c", spaces: .plus) == "a+b%2Bc")
        #expect(WireEncoding.form([("a b", "1&2"), ("c", "")], spaces: .percent) == "a%20b=1%262&c=")
    }

    @Test(
        "SECURITY 14: both halves of Basic are form-encoded", arguments: [("id:x", "id%3Ax"), ("p@ss w", "p%40ss+w")])
    func basicHalves(text: String, written: String) { #expect(WireEncoding.form(text, spaces: .plus) == written) }

    @Test(arguments: [".", "..", "", "../x", "x/..", "a/./b", "..\\x", "\u{0}", "a\r\nb", "\u{85}"])
    func noPathSegmentClimbs(text: String) { #expect(WireEncoding.pathSegment(text) == nil) }

    @Test(arguments: [("a/b", "a%2Fb"), ("...", "..."), ("a.b", "a.b"), ("?#", "%3F%23"), ("%2e%2e", "%252e%252e")])
    func aPathSegmentStaysOne(text: String, written: String) { #expect(WireEncoding.pathSegment(text) == written) }

    @Test(
        "SECURITY 45: no header value ends its line",
        arguments: [
            "a\r\nX: y", "a\nb", "a\rb", "\u{0}", "a\u{7F}", "ä", " a", "a ", "", "a\tb", "\u{2028}", "a\u{85}b",
        ])
    func headerValuesRefused(text: String) { #expect(!WireEncoding.isHeaderValue(text)) }

    @Test func headerValuesAndNames() {
        #expect(WireEncoding.isHeaderValue("Bearer a b~"))
        #expect(WireEncoding.isHeaderName("X-Api_Key"))
        for name in ["", "a b", "a:b", "a\r\n", "ä", String(repeating: "a", count: 101)] {
            #expect(!WireEncoding.isHeaderName(name))
        }
        #expect(!WireEncoding.isHeaderValue(String(repeating: "a", count: WireEncoding.longestValue + 1)))
    }

    @Test func aSecretInThePathIsEncodedAsOneSegment() throws {
        let request = ProviderRequest(method: .delete, url: "https://a.example/t/{access_token}/x?y=z")
        #expect(try request.url { _ in "a/b?c" } == "https://a.example/t/a%2Fb%3Fc/x?y=z")
        #expect(throws: ConnectorError.self) { try request.url { _ in ".." } }
    }
}
