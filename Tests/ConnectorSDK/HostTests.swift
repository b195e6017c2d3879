import ConnectorSDK
import DefinitionSamples
import Testing

@Suite struct HostTests {
    @Test(
        "SECURITY 41: no bypass passes as a label before a suffix", arguments: HostileHosts.labels,
        [Input.Format.dnsLabel, .text])
    func labels(value: String, format: Input.Format) {
        let definition = Definition.sample(endpoint: "https://{shop}.example.com/token", inputs: [.of("shop", format)])
        #expect(throws: ConnectorError.self) { try definition.url(value) }
    }

    @Test("SECURITY 41: nor beside other characters of a label", arguments: HostileHosts.labels)
    func partsOfLabels(value: String) {
        let definition = Definition.sample(endpoint: "https://api-{shop}.example.com/token", inputs: [.of("shop")])
        #expect(throws: ConnectorError.self) { try definition.url(value) }
    }

    @Test("SECURITY 41: the table is as long as asked") func tableLength() {
        #expect(Set(HostileHosts.labels).count >= 60)
    }

    @Test(arguments: [
        ("my-shop", "my-shop"), ("a", "a"), ("A1", "a1"), ("0", "0"), ("my--shop", "my--shop"),
        (String(repeating: "a", count: 63), String(repeating: "a", count: 63)), ("localhost", "localhost"),
        ("evil", "evil"),
    ])
    func goodLabels(value: String, host: String) throws {
        let definition = Definition.sample(
            endpoint: "https://{shop}.example.com/token", inputs: [.of("shop", .dnsLabel)])
        #expect(try definition.url(value) == "https://\(host).example.com/token")
    }

    @Test(
        "SECURITY 41: a whole host from a value is held by hosts",
        arguments: HostileHosts.wholeHosts, [Input.Format.hostname, .text])
    func wholeHosts(value: String, format: Input.Format) {
        let definition = Definition.sample(endpoint: "https://{shop}/token", inputs: [.of("shop", format)])
        #expect(throws: ConnectorError.self) { try definition.url(value) }
    }

    @Test(
        "SECURITY 41: a bare label is no host name, even where every host is allowed",
        arguments: ["metadata", "intranet", "xn--a", "localhost"])
    func bareLabels(value: String) {
        var definition = Definition.sample(
            endpoint: "https://{shop}/token", inputs: [.of("shop", .hostname)], hosts: [.any])
        definition.client.perConnection = true
        #expect(throws: ConnectorError.self) { try definition.url(value) }
        #expect(throws: Never.self) { try definition.url("a.example.com") }
    }

    @Test(
        "SECURITY 62: a captured value never leads outside hosts",
        arguments: HostileHosts.servers)
    func capturedURLs(value: String) {
        let definition = Definition.sample(endpoint: "{accounts_server}/oauth/v2/token")
        #expect(throws: ConnectorError.self) { try definition.url("accounts_server", value) }
        let host = Definition.sample(endpoint: "https://{accounts_server}/oauth/v2/token")
        #expect(throws: ConnectorError.self) { try host.url("accounts_server", value) }
    }

    @Test(arguments: [
        ("https://eu.example.com", "https://eu.example.com/v2"), ("eu.example.com", "https://eu.example.com/v2"),
        ("https://eu.example.com/", "https://eu.example.com/v2"),
        ("HTTPS://EU.Example.com/a/b", "https://eu.example.com/a/b/v2"),
        ("https://eu.example.com:443", "https://eu.example.com:443/v2"),
    ])
    func baseURLs(value: String, url: String) throws {
        let definition = Definition.sample(endpoint: "{base}/v2", inputs: [.of("base", .baseURL)])
        #expect(try definition.url("base", value) == url)
    }

    @Test(
        "a base URL stands only at the start",
        arguments: [
            "https://{base}/x", "https://a.example.com/{base}", "{base}.example.com/x", "{base}{base}",
            "{base}@a.example.com", "{base}:80/x",
        ])
    func baseURLPlaces(endpoint: String) {
        let definition = Definition.sample(endpoint: endpoint, inputs: [.of("base", .baseURL)])
        #expect(throws: ConnectorError.self) { try definition.url("base", "https://b.example.com") }
    }

    @Test func listedValuesMayHoldDots() throws {
        var definition = Definition.sample(
            endpoint: "https://accounts.zoho.{dc}/token", inputs: [.of("dc", allowed: ["com", "com.au"])],
            hosts: [.host("accounts.zoho.com.au", port: nil)])
        #expect(try definition.url("dc", "com.au") == "https://accounts.zoho.com.au/token")
        #expect(throws: ConnectorError.self) { try definition.url("dc", "com") }
        definition.token.endpoint = [Template("https://{dc}.zoho.com/token")]
        definition.hosts = [.suffix(".zoho.com")]
        #expect(throws: ConnectorError.self) { try definition.url("dc", "eu.west") }
        #expect(try definition.url("dc", "com.au") == "https://com.au.zoho.com/token")
    }

    @Test(
        "a port comes from a value for this machine only",
        arguments: [
            ("http://localhost:{port}/t", "8082", true), ("https://a.example.com:{port}/t", "8443", false),
            ("http://localhost:{port}/t", "0", false),
            ("http://localhost:{port}/t", "80@evil.com", false), ("http://127.0.0.1:{port}/t", "65536", false),
            ("http://[::1]:{port}/t", "1", true),
        ])
    func ports(endpoint: String, value: String, passes: Bool) {
        let hosts: [HostRule] = [
            .suffix(".example.com"), .loopback("localhost"), .loopback("127.0.0.1"), .loopback("[::1]"),
        ]
        let definition = Definition.sample(endpoint: endpoint, inputs: [.of("port")], hosts: hosts)
        #expect(
            (try? definition.url("port", value, allowsLoopback: true))
                == (passes ? endpoint.replacing("{port}", with: value) : nil))
        #expect(throws: ConnectorError.self) { try definition.url("port", value) }
    }

    @Test(
        "values of the path and the query are encoded for their place",
        arguments: [
            ("https://a.example.com/{x}/token", "t/../x", nil), ("https://a.example.com/{x}/token", "..", nil),
            ("https://a.example.com/{x}/token", "a/b?c#d", "https://a.example.com/a%2Fb%3Fc%23d/token"),
            (
                "https://a.example.com/token?t={x}", "a&client_id=b#c",
                "https://a.example.com/token?t=a%26client_id%3Db%23c"
            ),
            ("https://a.example.com?t={x}", "..", "https://a.example.com?t=.."),
            ("https://a.example.com/{x}", "{client_id}", "https://a.example.com/%7Bclient_id%7D"),
        ] as [(String, String, String?)])
    func paths(endpoint: String, value: String, url: String?) {
        #expect((try? Definition.sample(endpoint: endpoint).url("x", value)) == url)
    }
}
