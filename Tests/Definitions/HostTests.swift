import ConnectorSDK
import Definitions
import Testing

/// SECURITY 41, 46, 62: where a definition may send requests, derived from its text.
@Suite struct HostTests {
    private func hosts(_ endpoint: String, inputs: String = "{}", more: String = "") throws -> [HostRule] {
        try definition(text(endpoint, inputs, more)).hosts
    }

    private func text(_ endpoint: String, _ inputs: String, _ more: String) -> String {
        "format: 1\nid: test\ntitle: T\ninputs: \(inputs)\ntoken: {endpoint: '\(endpoint)'}\n\(more)\n"
    }

    @Test("literal hosts, in lower case, with a port only where it is not the scheme's own")
    func literal() throws {
        #expect(try hosts("https://API.Example.com/token") == [.host("api.example.com", port: nil)])
        #expect(try hosts("https://api.example.com:443/token") == [.host("api.example.com", port: nil)])
        #expect(try hosts("https://api.example.com:8443/token") == [.host("api.example.com", port: 8443)])
        #expect(try hosts("http://127.0.0.1:9000/token") == [.host("127.0.0.1", port: 9000)])
        #expect(try hosts("http://[::1]:9000/token") == [.host("[::1]", port: 9000)])
    }

    @Test("one label before a literal suffix of two labels gives that suffix")
    func suffix() throws {
        let label = "{sub: {format: dns_label}}"
        #expect(try hosts("https://{sub}.example.com/token", inputs: label) == [.suffix(".example.com")])
        #expect(try hosts("https://api.{sub}.example.com/token", inputs: label) == [.suffix(".example.com")])
        #expect(try hosts("https://{sub}-auth.example.com/token", inputs: label) == [.suffix(".example.com")])
        #expect(try hosts("https://{sub}.example.com:443/token", inputs: label) == [.suffix(".example.com")])
        #expect(
            try hosts("https://{id}.example.com/token", inputs: "{id: {format: uuid}}") == [.suffix(".example.com")])
        let captured = "authorization: {callback: {capture: {shop: shop}}}"
        #expect(try hosts("https://{shop}.example.com/token", more: captured) == [.suffix(".example.com")])
    }

    @Test("every value of an enum is a host of its own")
    func enums() throws {
        let region = "{region: {enum: [eu, us]}}"
        #expect(
            try hosts("https://{region}.example.com/t", inputs: region) == [
                .host("eu.example.com", port: nil), .host("us.example.com", port: nil),
            ])
        let host = "{host: {enum: [accounts.example.eu, accounts.example.com]}}"
        #expect(
            try hosts("https://{host}/t", inputs: host) == [
                .host("accounts.example.eu", port: nil), .host("accounts.example.com", port: nil),
            ])
        let base = "{base: {format: base_url, enum: ['https://a.example.com/x', b.example.com]}}"
        #expect(
            try hosts("{base}/t", inputs: base) == [
                .host("a.example.com", port: nil), .host("b.example.com", port: nil),
            ])
    }

    @Test("a value that decides more needs hosts; a pattern never counts")
    func needsHosts() throws {
        let cases = [
            ("https://{h}/t", "{h: {format: hostname}}"), ("https://{h}/t", "{h: {format: dns_label}}"),
            ("https://{h}.com/t", "{h: {format: dns_label}}"),
            ("https://{h}.example.com/t", "{h: {pattern: '[a-z]+'}}"),
            ("https://{h}.{i}.example.com/t", "{h: {format: dns_label}, i: {format: dns_label}}"),
            ("https://example.{h}/t", "{h: {format: dns_label}}"), ("{h}/t", "{h: {format: base_url}}"),
            ("https://{h}.example.com:8443/t", "{h: {format: dns_label}}"),
        ]
        for (endpoint, inputs) in cases {
            #expect(try errors(text(endpoint, inputs, "")) == ["hosts-needed"], "\(endpoint)")
            #expect(try errors(text(endpoint, inputs, "hosts: [.example.com]")) == [], "\(endpoint)")
        }
    }

    @Test("SECURITY 62: a captured URL or host needs hosts")
    func captured() throws {
        let capture = "authorization: {callback: {capture: {domain: accounts-server}}}"
        for endpoint in ["{domain}/t", "https://{domain}/t"] {
            #expect(try errors(text(endpoint, "{}", capture)) == ["hosts-needed"])
            #expect(
                try definition(text(endpoint, "{}", capture + "\nhosts: [.example.com]")).hosts == [
                    .suffix(".example.com")
                ])
        }
    }

    @Test(
        "what cannot be called",
        arguments: [
            "http://a.example.com/t", "ftp://a.example.com/t", "https://a@a.example.com/t", "https://a.example.com/t#x",
            "https://a.example.com:0/t", "https://a.example.com:99999/t", "https://a.example.com:1:2/t", "https:///t",
            "https://a..example.com/t", "https://-a.example.com/t", "https://10.0.0.1/t", "https://[fe80::1]/t",
            "https://0x7f.1/t",
            "https://localhost.evil/t#", "https://a.example.com/../t", "https://a.example.com\\@b/t",
            "https://ä.example.com/t",
            "https://a.example.com/ t", "//a.example.com/t", "/t", "https://{random}.example.com/t",
            "https://{callback_host}/t",
            "http://127.0.0.1.example.com/t", "{client_id}/t",
        ])
    func refused(endpoint: String) throws {
        #expect(try errors(text(endpoint.replacing("'", with: "''"), "{}", "")).count == 1)
    }

    @Test("hosts that are written must cover every URL, the consent page included")
    func coverage() throws {
        let written = "authorization: {endpoint: 'https://login.example.org/a'}\nhosts: [.example.com]"
        #expect(try errors(text("https://a.example.com/t", "{}", written)) == ["outside-hosts"])
        #expect(try errors(text("https://example.com/t", "{}", "hosts: [.example.com]")) == ["outside-hosts"])
        #expect(try errors(text("https://evilexample.com/t", "{}", "hosts: [.example.com]")) == ["outside-hosts"])
        #expect(try errors(text("https://a.example.com:8443/t", "{}", "hosts: [a.example.com]")) == ["outside-hosts"])
        #expect(try errors(text("https://a.example.com:8443/t", "{}", "hosts: ['a.example.com:8443']")) == [])
        #expect(try errors(text("https://a.b.example.com/t", "{}", "hosts: [.example.com]")) == [])
        #expect(try errors(text("https://a.example.com/t", "{}", "hosts: [organization]")) == [])
        #expect(try errors(text("https://a.example.com/t", "{}", "hosts: ['*']\nclient: {per_connection: true}")) == [])
    }

    @Test("a port from the organization, on this machine only (decision 0004)")
    func ports() throws {
        let port = "{port: {per: organization, pattern: '[0-9]{1,5}', default: 8083}}"
        #expect(try hosts("http://127.0.0.1:{port}/t", inputs: port) == [.loopback("127.0.0.1")])
        #expect(
            try hosts("http://localhost:{port}/t", inputs: port, more: "hosts: ['localhost:*']") == [
                .loopback("localhost")
            ])
        let refused = [
            ("https://a.example.com:{port}/t", port), ("http://127.0.0.1:1{port}/t", port),
            ("http://127.0.0.1:{port}/t", "{port: {pattern: '[0-9]+'}}"),
            ("http://127.0.0.1:{port}/t", "{port: {per: organization}}"),
            ("http://127.0.0.1:{client_id}/t", "{}"),
        ]
        for (endpoint, inputs) in refused {
            #expect(try errors(text(endpoint, inputs, "")) == ["port-placeholder"], "\(endpoint) \(inputs)")
        }
    }
}
