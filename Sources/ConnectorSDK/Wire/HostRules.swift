/// Decides whether a request may go to a URL (`hosts`): the last check before any credential leaves.
public enum HostRules {
    /// Whether one of the rules allows the URL's host and port.
    /// - Parameters:
    ///   - organization: what stands for `.organization`; such rules inside it count for nothing.
    ///   - anywhere: whether `.any` counts, which it does with `client.per_connection` only.
    public static func allows(
        _ url: StrictURL, by rules: [HostRule], organization: [HostRule] = [], anywhere: Bool = false
    ) -> Bool {
        rules.contains { rule in
            switch rule {
            case .host(let host, let port):
                url.host == host.lowercased() && url.effectivePort == (port ?? ownPort(of: url))
            case .suffix(let suffix): url.port ?? ownPort(of: url) == ownPort(of: url) && lies(url.host, below: suffix)
            case .loopback(let host): url.host == host && HostRule.loopbackHosts.contains(host)
            case .organization: !organization.isEmpty && allows(url, by: organization, anywhere: false)
            case .any: anywhere
            }
        }
    }

    private static func ownPort(of url: StrictURL) -> Int { url.scheme == "https" ? 443 : 80 }

    // Whole labels: `evilexample.com` is not below `example.com`, nor is `example.com` itself.
    private static func lies(_ host: String, below suffix: String) -> Bool {
        let end = (suffix.hasPrefix(".") ? suffix : "." + suffix).lowercased()
        return end.utf8.count > 1 && host.hasSuffix(end) && host.utf8.count > end.utf8.count
    }
}
