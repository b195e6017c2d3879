import ConnectorSDK

extension LintRules {
    /// An entry of `hosts` that no URL of the file can lead to only widens where a secret may go.
    static func unreachableHosts(_ check: Checking) {
        guard let hosts = check.writtenHosts else { return }
        var reached: [HostRule] = []
        for url in check.urls {
            // Where a value decides the host, every entry may be meant.
            guard case .rules(let rules) = url.reach else { return }
            reached += rules
        }
        let exact = Set(reached)
        let wide = exact.filter { if case .host = $0 { false } else { true } }
        for (index, host) in hosts.enumerated() where host != .organization && host != .any {
            if exact.contains(host) || wide.contains(where: { host.covers($0) || $0.covers(host) }) { continue }
            if case .host = host {} else if exact.contains(where: host.covers) { continue }
            check.warn(
                "unreachable-host", "no URL of this file leads to \(host.text)", hint: "remove it",
                at: "hosts[\(index)]")
        }
    }

    /// In a list of endpoints the first whose placeholders are all set is used: what follows one that always is, never.
    static func unreachableEndpoints(_ check: Checking) {
        guard lists.contains(where: { check.sources.contains("\($0).endpoint[1]") }) else { return }
        var decided: [Substring: String] = [:]
        for use in check.definition.endpoints(check.sources) where use.path.hasSuffix("]") {
            guard let cut = use.path.lastIndex(of: "["), !use.path.hasPrefix("after_connect") else { continue }
            let list = use.path[..<cut]
            if decided[list] != nil {
                check.warn(
                    "unreachable-endpoint", "an endpoint above is always used instead",
                    hint: "put the one with optional placeholders first", at: use.path)
            } else if use.template.placeholders.allSatisfy({ isAlwaysSet($0, check) }) {
                decided[list] = use.path
            }
        }
    }

    /// Who leaves out an input that every endpoint of a list needs has none left, and is refused in the middle of his work.
    static func optionalEndpoints(_ check: Checking) {
        let optional = check.definition.inputs.map(\.name).filter { !isAlwaysSet($0, check) }
        if optional.isEmpty { return }
        let uses = check.definition.endpoints(check.sources).filter { !$0.path.hasPrefix("after_connect") }
        for (_, list) in Dictionary(grouping: uses, by: { $0.path.prefix { $0 != "[" } }) {
            let needed = optional.first { name in list.allSatisfy { $0.template.placeholders.contains(name) } }
            guard let needed else { continue }
            check.warn(
                "optional-endpoint", "`\(needed)` may be left out, and no endpoint here does without it",
                hint: "make it required, give it a default, or add an endpoint without it", at: list[0].path)
        }
    }

    private static let lists = [
        "authorization", "device_authorization", "token", "upgrade", "refresh", "introspection", "revocation",
    ]

    private static func isAlwaysSet(_ name: String, _ check: Checking) -> Bool {
        guard let input = check.definition.input(name) else { return name == "client_id" || name == "random" }
        return input.required || input.defaultValue != nil
    }

    /// RFC 8414 §2: an issuer has neither query nor fragment.
    static func issuerQuery(_ check: Checking) {
        guard let issuer = check.definition.issuer, issuer.description.contains("?") else { return }
        check.warn(
            "issuer-query", "an issuer has no query (RFC 8414 §2)", hint: "copy it from the provider's metadata",
            at: "issuer")
    }

    /// Anybody can have a name below these: a secret sent there could reach a stranger (SECURITY 62).
    static func publicSuffix(_ check: Checking) {
        if check.writtenHosts == nil, check.definition.inputs.isEmpty, check.definition.captures.isEmpty { return }
        var places = (check.writtenHosts ?? []).enumerated().map { (path: "hosts[\($0)]", rule: $1) }
        for url in check.urls where check.writtenHosts == nil && !url.template.placeholders.isEmpty {
            guard case .rules(let rules) = url.reach else { continue }
            places += rules.map { (url.path, $0) }
        }
        for (path, rule) in places {
            guard case .suffix(let suffix) = rule, PublicSuffixes.contains(suffix) else { continue }
            check.warn(
                "public-suffix", "anybody can have a host below \(suffix)",
                hint: "name the hosts, or use `organization`", at: path)
        }
    }
}

extension HostRule {
    /// Whether anybody can have a host below a suffix.
    package static func isPublic(suffix: String) -> Bool { PublicSuffixes.contains(suffix) }
}

/// A few suffixes under which everybody gets names. Not the whole of https://publicsuffix.org, which changes daily.
enum PublicSuffixes {
    static func contains(_ suffix: String) -> Bool {
        let labels = suffix.split(separator: ".")
        if known.contains(labels.joined(separator: ".")) { return true }
        return labels.count == 2 && labels[1].count == 2 && registries.contains(String(labels[0]))
    }

    private static let registries: Set<String> = ["co", "com", "org", "net", "gov", "edu", "ac", "or", "ne"]
    private static let known: Set<String> = [
        "amazonaws.com", "appspot.com", "azurewebsites.net", "cloudapp.net", "cloudfront.net", "duckdns.org",
        "firebaseapp.com", "fly.dev", "github.io", "gitlab.io", "herokuapp.com", "netlify.app", "ngrok.app", "ngrok.io",
        "on.aws", "onrender.com", "pages.dev", "run.app", "trycloudflare.com", "vercel.app", "web.app",
        "windows.net", "workers.dev",
    ]
}
