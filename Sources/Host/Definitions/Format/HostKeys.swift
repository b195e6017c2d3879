import ConnectorSDK

extension ValueReader<HostRule> {
    /// `host`, `host:port`, `.suffix`, `organization`, `*`; a loopback host also with `:*`.
    static var hostRule: Self {
        ValueReader<String>.text.map(
            "host", "an entry of `hosts`", hint: "a host, `host:port`, `.suffix`, `organization` or '*'"
        ) {
            HostRule(text: $0)
        }
    }
}

extension HostRule {
    /// A rule as it is written under `hosts`. Hosts are compared in lower case.
    package init?(text: String) {
        let text = text.lowercased()
        if text == "organization" {
            self = .organization
        } else if text == "*" {
            self = .any
        } else if text.hasPrefix(".") {
            guard HostName.name(String(text.dropFirst())) != nil else { return nil }
            self = .suffix(text)
        } else if text.hasSuffix(":*") {
            guard HostRule.loopbackHosts.contains(String(text.dropLast(2))) else { return nil }
            self = .loopback(String(text.dropLast(2)))
        } else {
            self.init(host: text)
        }
    }

    private init?(host text: String) {
        guard let (host, port) = URLTemplate.splitPort(text) else { return nil }
        guard HostRule.loopbackHosts.contains(host) || HostName.name(host) != nil else { return nil }
        guard let port else {
            self = .host(host, port: nil)
            return
        }
        guard Input.Format.isPort(port) else { return nil }
        self = .host(host, port: Int(port))
    }
}
