import ConnectorSDK

/// Every endpoint is a URL that may be called, whatever its placeholders hold (SECURITY 41).
enum URLChecks {
    static func run(_ check: Checking) {
        for url in check.urls {
            if case .problem(let problem) = url.reach {
                check.find(problem.rule, problem.message, hint: problem.hint, at: url.path)
            }
        }
        fragments(check)
        if let jwks = check.definition.jwks, !Template(jwks).placeholders.isEmpty {
            check.find("placeholder-place", "no placeholder can stand here", hint: "write the URL out", at: "jwks")
        }
    }

    /// What stands behind `#` with `authorization.fragment` is the page's own, and literal.
    private static func fragments(_ check: Checking) {
        guard let rules = check.definition.authorization, rules.fragment else { return }
        for (index, template) in rules.endpoint.enumerated() {
            let listed = "authorization.endpoint[\(index)]"
            let path = check.sources.contains(listed) ? listed : "authorization.endpoint"
            let fragment = template.description.drop { $0 != "#" }.dropFirst()
            if !Template(String(fragment)).placeholders.isEmpty {
                check.find(
                    "placeholder-place", "no placeholder can stand behind `#`",
                    hint: "put it in front, or into a parameter",
                    at: path)
            } else if !fragment.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"#<>?\\^`{|}".utf8.contains($0) }) {
                check.find(
                    "invalid-url", "a character that cannot stand behind `#`",
                    hint: "a path such as /oauth; the engine adds its query", at: path)
            }
        }
    }

    /// Every URL that is called or shown: endpoints, keys and issuer.
    static func urls(of definition: Definition, _ decoding: Decoding) -> [ReachingURL] {
        var uses = definition.endpoints(decoding.sources)
        if let jwks = definition.jwks {
            uses.append(TemplateUse(path: "jwks", template: Template(jwks), place: .endpoint))
        }
        if let issuer = definition.issuer, AssertionChecks.namesItsHost(issuer) {
            uses.append(TemplateUse(path: "issuer", template: issuer, place: .endpoint))
        }
        let captured = Set(definition.captures.map(\.name))
        var derivation = HostDerivation(inputs: definition.inputs, captured: captured)
        return uses.map { use in
            let reach = isUnknown(use, decoding) ? .rules([]) : derivation.derive(use.template)
            return ReachingURL(path: use.path, template: use.template, reach: reach)
        }
    }

    /// Whether it depends on something that could not be read: where it leads shows once that can.
    private static func isUnknown(_ use: TemplateUse, _ decoding: Decoding) -> Bool {
        if use.path.hasPrefix("authorization."), decoding.isBroken("authorization.fragment") { return true }
        return use.template.placeholders.contains { decoding.isBroken("inputs.\($0)") }
            || (decoding.hasRefusedNames && use.template.description.contains("{"))
    }
}

/// A URL of a definition, and where it can lead.
struct ReachingURL {
    let path: String
    let template: Template
    let reach: HostDerivation.Result
}
