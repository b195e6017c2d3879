import ConnectorSDK

/// What the engine sets by itself is set nowhere else: neither in `parameters` nor in an endpoint's query.
enum ParameterChecks {
    /// DESIGN.md §3, after the table of keys.
    static let engineOwned: Set<String> = [
        "grant_type", "code", "refresh_token", "redirect_uri", "state", "scope", "client_id", "client_secret",
        "client_assertion", "client_assertion_type", "assertion", "device_code", "response_type", "nonce",
        "code_challenge", "code_challenge_method", "code_verifier", "login_hint",
    ]

    static func run(_ check: Checking) {
        parameters(check)
        queries(check)
        renames(check)
        secretsInQuery(check)
    }

    private static func parameters(_ check: Checking) {
        var paths = (check.definition.authorization?.parameters ?? [:]).keys.map { ("authorization", $0) }
        for (key, rules) in check.definition.requests(check.sources) {
            paths += rules.parameters.keys.map { (key, $0) }
        }
        for (key, name) in paths where engineOwned.contains(name) {
            let path = "\(key).parameters.\(name)"
            // Inherited from `token`, where it is reported.
            if key == "refresh", !check.sources.contains(path) { continue }
            if path == "token.parameters.state", check.definition.token.parameters[name] == .text(Template("{state}")) {
                continue
            }
            check.findKey("engine-parameter", "`\(name)` is set by the engine", hint: remedy(for: name), at: path)
        }
    }

    private static func queries(_ check: Checking) {
        for use in check.definition.endpoints(check.sources) where !use.path.hasPrefix("after_connect") {
            guard use.template.description.utf8.contains(UInt8(ascii: "?")) else { continue }
            guard let url = try? URLTemplate(use.template) else { continue }
            for name in url.queryNames where engineOwned.contains(name) {
                check.find(
                    "engine-parameter", "`\(name)` in this query is set by the engine", hint: remedy(for: name),
                    at: use.path)
            }
        }
    }

    private static func renames(_ check: Checking) {
        var tables = [
            ("authorization", check.definition.authorization?.rename ?? [:], check.definition.authorization?.omit ?? [])
        ]
        for (key, rules) in check.definition.requests(check.sources) where key != "revocation" {
            tables.append((key, rules.rename, rules.omit))
        }
        for (key, rename, omit) in tables {
            for (name, other) in rename {
                let path = "\(key).rename.\(name)"
                guard check.sources.contains(path) else { continue }
                let isTaken = other != name && (engineOwned.contains(other) || isSecond(name, in: rename, key, check))
                if other.isEmpty || isTaken {
                    check.find(
                        "rename", other.isEmpty ? "no name" : "`\(other)` is another parameter's name",
                        hint: "choose the name the provider wants", at: path)
                } else if omit.contains(name) {
                    check.findKey(
                        "rename", "`\(name)` is also under `omit`", hint: "rename it or leave it out, not both",
                        at: path)
                }
            }
        }
    }

    /// Whether an entry above gives the same name. Of the two only this one is reported.
    private static func isSecond(
        _ name: String, in rename: [String: String], _ key: String, _ check: Checking
    ) -> Bool {
        func place(_ name: String) -> (String, Int, Int) {
            let position = check.sources.key("\(key).rename.\(name)")
            return (position?.file ?? "", position?.line ?? 0, position?.column ?? 0)
        }
        return rename.contains { $0.key != name && $0.value == rename[name] && place($0.key) < place(name) }
    }

    private static func secretsInQuery(_ check: Checking) {
        for (key, rules) in check.definition.requests(check.sources) where rules.travelsInURL && key != "revocation" {
            let path = rules.method == .get ? "\(key).method" : "\(key).body"
            guard check.sources.contains(path) else { continue }
            check.warn(
                "secret-in-query", "secrets in a URL end up in logs of the provider and of proxies (RFC 9700 §4.3.2)",
                hint: "use it only where the provider takes nothing else", at: path)
        }
    }

    private static func remedy(for name: String) -> String {
        switch name {
        case "scope": "use `scopes`"
        case "grant_type": "use token.grant_type"
        case "state": "only token.parameters.state: \"{state}\" is possible"
        case "client_id", "client_secret": "use `client.authentication`, or `rename`"
        default: "remove it; `rename` and `omit` change what is sent"
        }
    }
}
