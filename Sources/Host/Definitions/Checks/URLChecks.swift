import ConnectorSDK

/// Every endpoint is a URL that may be called, whatever its placeholders hold (SECURITY 41).
enum URLChecks {
    static func run(_ check: Checking) {
        let derivation = HostDerivation(check)
        for use in urls(of: check) {
            if case .problem(let problem) = derivation.derive(use.template) {
                check.find(problem.rule, problem.message, hint: problem.hint, at: use.path)
            }
        }
        if let jwks = check.definition.jwks, !Template(jwks).placeholders.isEmpty {
            check.find("placeholder-place", "no placeholder can stand here", hint: "write the URL out", at: "jwks")
        }
    }

    /// Every URL that is called or shown: endpoints, keys and issuer.
    static func urls(of check: Checking) -> [TemplateUse] {
        var uses = check.definition.endpoints(check.sources)
        if let jwks = check.definition.jwks {
            uses.append(TemplateUse(path: "jwks", template: Template(jwks), place: .endpoint))
        }
        if let issuer = check.definition.issuer, AssertionChecks.namesItsHost(issuer) {
            uses.append(TemplateUse(path: "issuer", template: issuer, place: .endpoint))
        }
        return uses
    }
}

extension HostDerivation {
    init(_ check: Checking) {
        self.init(inputs: check.definition.inputs, captured: Set(check.captures.map(\.name)))
    }
}
