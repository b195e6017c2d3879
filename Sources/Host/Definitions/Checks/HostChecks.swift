import ConnectorSDK

/// `hosts`: given where a value decides the host, and wide enough for every URL of the file (SECURITY 41, 46, 62).
enum HostChecks {
    static func run(_ check: Checking) {
        if check.decoding.isBroken("hosts") { return }
        if let hosts = check.writtenHosts { written(hosts, check) }
        let cover = check.writtenHosts.map(HostCover.init)
        for url in check.urls {
            switch url.reach {
            case .needsHosts(let reason) where check.writtenHosts == nil:
                check.find(
                    "hosts-needed", "\(reason), so `hosts` must say where requests may go",
                    hint: "list `hosts`, or use a dns_label before a literal suffix of two labels, or an enum",
                    at: url.path)
            case .rules(let rules):
                // What `organization` stands for is in the organization's config; the run time checks it.
                guard let outside = cover?.first(outside: rules) else { continue }
                check.find(
                    "outside-hosts", "\(outside.text) is not within `hosts`",
                    hint: "add it to `hosts`, or correct the URL", at: url.path)
            default: break
            }
        }
    }

    /// The rules of a definition without `hosts`, in a fixed order.
    static func derived(_ check: Checking) -> [HostRule] {
        var found: [HostRule] = []
        var known: Set<HostRule> = []
        for url in check.urls {
            if case .rules(let rules) = url.reach { found += rules.filter { known.insert($0).inserted } }
        }
        return found
    }

    private static func written(_ hosts: [HostRule], _ check: Checking) {
        if hosts.isEmpty {
            check.find("hosts-empty", "no host may be called", hint: "leave `hosts` out to derive them", at: "hosts")
        }
        if let index = hosts.firstIndex(of: .any), !check.definition.client.perConnection,
            !check.decoding.isBroken("client.per_connection")
        {
            check.find(
                "hosts-any", "'*' would send this client's secret anywhere",
                hint: "only with client.per_connection: true",
                at: "hosts[\(index)]")
        }
    }
}

/// What written `hosts` allow. Most are names, which are looked up; only the others must be tried in turn.
struct HostCover {
    private let exact: Set<HostRule>
    private let wide: [HostRule]
    private let allowsAnything: Bool

    init(_ hosts: [HostRule]) {
        exact = Set(hosts)
        wide = hosts.filter { if case .host = $0 { false } else { true } }
        allowsAnything = hosts.isEmpty || exact.contains(.organization) || exact.contains(.any)
    }

    /// The first of some rules that they do not allow. Nil where nothing is known of what they allow.
    func first(outside rules: [HostRule]) -> HostRule? {
        if allowsAnything { return nil }
        return rules.first { rule in !exact.contains(rule) && !wide.contains { $0.covers(rule) } }
    }
}

extension HostRule {
    /// Whether everything the other rule allows is allowed by this one.
    func covers(_ other: HostRule) -> Bool {
        switch other {
        case .host(let host, let port): covers(host, port)
        case .suffix(let suffix):
            if case .suffix(let own) = self { suffix == own || suffix.hasSuffix(own) } else { self == .any }
        default: self == other || self == .any
        }
    }

    private func covers(_ host: String, _ port: Int?) -> Bool {
        switch self {
        case .host(let name, let ownPort): name == host && ownPort == port
        case .suffix(let suffix): port == nil && host.hasSuffix(suffix) && host.count > suffix.count
        case .loopback(let name): name == host
        case .organization: false
        case .any: true
        }
    }

    /// As it would be written under `hosts`.
    var text: String {
        switch self {
        case .host(let host, let port): port.map { "\(host):\($0)" } ?? host
        case .suffix(let suffix): suffix
        case .loopback(let host): "\(host):*"
        case .organization: "organization"
        case .any: "*"
        }
    }
}
