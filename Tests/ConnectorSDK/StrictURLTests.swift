import ConnectorSDK
import Testing

@Suite struct StrictURLTests {
    @Test(arguments: [
        "https://a.example", "https://a.example/", "https://a.example:8443/x/y?z=1&b=%20", "https://a.example?x",
        "https://a-1.b.example/~x/(y)",
        "https://xn--mnchen-3ya.example/x", "https://keycloak/realms",
    ])
    func readsAndWritesTheSame(text: String) throws { #expect(try StrictURL(text).description == text) }

    @Test(
        arguments: [
            ("", .length), ("https://" + String(repeating: "a", count: 8200), .length), ("a.example", .scheme),
            ("//a.example", .scheme),
            ("ftp://a.example", .scheme), ("http://a.example", .scheme), ("https:/a.example", .scheme),
            ("https:a.example", .scheme),
            (" https://a.example", .characters), ("https://a.example/ ", .characters),
            ("https://a.example\\x", .characters),
            ("https://a.example/#x", .characters), ("https://a.example/\r\n", .characters),
            ("https://ä.example", .characters),
            ("https://a.example/\"", .characters), ("https://a.example/<", .characters),
            ("https://a.example/|", .characters),
            ("https://a@b.example", .userInfo), ("https://a:b@b.example", .userInfo), ("https://@b.example", .userInfo),
            ("https://", .host), ("https:///x", .host), ("https://.example", .host), ("https://a..example", .host),
            ("https://a.example.", .host),
            ("https://127.0.0.1", .loopback), ("https://2130706433", .host), ("https://0x7f000001", .host),
            ("https://0177.1", .host), ("https://1.2.3.4", .host),
            ("https://[::1]", .loopback), ("https://[::ffff:127.0.0.1]", .host), ("https://[fe80::1]", .host),
            ("https://localhost", .loopback), ("http://localhost", .loopback),
            ("https://a%2eexample", .host), ("https://-a.example", .host), ("https://a_b.example", .host),
            ("https://a.1", .host), ("https://a,b.example", .host),
            ("https://a.example:", .port), ("https://a.example:0", .port), ("https://a.example:65536", .port),
            ("https://a.example:080", .port),
            ("https://a.example:+1", .port), ("https://a.example:1:2", .port), ("https://a.example:x", .port),
            ("https://a.example/..", .path), ("https://a.example/./x", .path), ("https://a.example/%2e%2E/x", .path),
            ("https://a.example/x%2f..%2fy", .path),
            ("https://a.example/%", .path), ("https://a.example/%0d%0a", .path), ("https://a.example/%zz", .path),
            ("https://a.example/{x}", .path),
            ("https://a.example/x%5c..%5cy", .path), ("https://a.example?%", .query),
            ("https://a.example?{x}", .characters),
        ] as [(String, StrictURL.Defect)])
    func refuses(text: String, defect: StrictURL.Defect) {
        #expect(throws: defect) { try StrictURL(text) }
    }

    @Test(
        "http goes to literal loopback hosts only, where that is allowed",
        arguments: [
            ("http://localhost:8082/x", true), ("http://127.0.0.1", true), ("http://[::1]:1/", true),
            ("https://localhost", true),
            ("http://localhost.evil.com", false), ("http://127.0.0.1.evil.com", false), ("http://127.0.0.2", false),
            ("http://[::2]", false),
            ("http://127.1", false), ("http://2130706433", false), ("http://[::1]evil.com", false),
            ("http://LOCALHOST", true), ("http://localhost@evil.com", false),
        ])
    func loopback(text: String, passes: Bool) {
        #expect((try? StrictURL(text, allowsLoopback: true)) != nil ? passes : !passes)
        #expect((try? StrictURL(text)) == nil)
    }

    @Test func theNameOfASecretStandsInThePathOnly() {
        #expect((try? StrictURL("https://a.example/{token}/x", namesSecrets: true)) != nil)
        #expect((try? StrictURL("https://a.example/?{token}", namesSecrets: true)) == nil)
        #expect((try? StrictURL("https://{token}.example/", namesSecrets: true)) == nil)
        #expect((try? StrictURL("https://a.example/{", namesSecrets: true)) == nil)
    }

    @Test(
        arguments: [
            ("https://a.example", .host("a.example", port: nil), true),
            ("https://a.example", .host("a.example", port: 443), true),
            ("https://a.example:443", .host("A.example", port: nil), true),
            ("https://a.example:8443", .host("a.example", port: nil), false),
            ("https://a.example:8443", .host("a.example", port: 8443), true),
            ("https://b.a.example", .host("a.example", port: nil), false),
            ("https://b.a.example", .suffix(".a.example"), true), ("https://a.example", .suffix(".a.example"), false),
            ("https://ba.example", .suffix(".a.example"), false), ("https://ba.example", .suffix("a.example"), false),
            ("https://c.b.a.example", .suffix("a.example"), true),
            ("https://b.a.example:8443", .suffix(".a.example"), false), ("https://a.example", .suffix("."), false),
            ("https://a.example", .suffix(""), false),
            ("https://a.example", .any, false), ("https://org.example", .organization, true),
            ("https://other.example", .organization, false),
            ("http://localhost:9999", .loopback("localhost"), true),
            ("http://127.0.0.1:1", .loopback("localhost"), false), ("https://a.example", .loopback("a.example"), false),
        ] as [(String, HostRule, Bool)])
    func hostRules(text: String, rule: HostRule, allows: Bool) throws {
        let url = try StrictURL(text, allowsLoopback: true)
        #expect(
            HostRules.allows(url, by: [rule], organization: [.host("org.example", port: nil), .organization]) == allows)
        #expect(!HostRules.allows(url, by: []))
        #expect(HostRules.allows(url, by: [.any], anywhere: true))
    }
}
