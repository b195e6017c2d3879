import ConnectorSDK

extension LintRules {
    /// RFC 6749 §3.1, §3.2: no parameter goes twice. Which of two the provider takes is its secret.
    static func shadowedParameters(_ check: Checking) {
        let definition = check.definition
        if let rules = definition.authorization {
            let own = Set(rules.parameters.keys)
            shadowed("authorization", own, rules.pages, rules.rename, check)
        }
        for (key, rules) in definition.requests(check.sources) {
            let own = Set(rules.parameters.keys).filter { check.sources.contains("\(key).parameters.\($0)") }
            shadowed(key, own, rules.endpoint, rules.rename, check)
        }
    }

    private static func shadowed(
        _ key: String, _ own: Set<String>, _ endpoints: [Template], _ rename: [String: String], _ check: Checking
    ) {
        if own.isEmpty { return }
        let queries = Set(endpoints.flatMap { (try? URLTemplate($0))?.queryNames ?? [] })
        let scopes = key == "revocation" ? nil : check.definition.scopes.parameter
        for name in own.sorted() {
            let other: String? =
                if queries.contains(name) {
                    "the endpoint's query"
                } else if let engine = rename.first(where: { $0.value == name })?.key {
                    "the renamed `\(engine)`"
                } else if name == scopes {
                    "the parameter of `scopes`"
                } else { nil }
            guard let other else { continue }
            check.warnKey(
                "shadowed-parameter", "`\(name)` is also \(other): it would go twice (RFC 6749 §3.1)",
                hint: "keep one of them", at: "\(key).parameters.\(name)")
        }
    }

    /// A parameter without a value is not sent.
    static func emptyGrantNames(_ check: Checking) {
        for key in ["token", "upgrade", "refresh"] {
            guard let rules = check.definition.requests(check.sources).first(where: { $0.key == key })?.rules,
                rules.grantType == "", check.sources.contains("\(key).grant_type")
            else { continue }
            check.warn(
                "empty-value", "an empty `grant_type` is not sent", hint: "say omit: [grant_type] if that is meant",
                at: "\(key).grant_type")
        }
    }

    /// The same within one query.
    static func repeatedQuery(_ check: Checking) {
        for use in check.definition.endpoints(check.sources) where use.template.description.contains("?") {
            guard let names = (try? URLTemplate(use.template))?.queryNames else { continue }
            var seen: Set<String> = []
            guard let twice = names.first(where: { !seen.insert($0).inserted }) else { continue }
            check.warn(
                "repeated-query", "`\(twice)` stands twice in this query (RFC 6749 §3.1)", hint: "remove one",
                at: use.path)
        }
    }

    /// RFC 7009 §2: the token goes in a POST's body.
    static func revocationInQuery(_ check: Checking) {
        guard let rules = check.definition.revocation, rules.authorize != .bearer, rules.request.travelsInURL else {
            return
        }
        if rules.request.endpoint.contains(where: { $0.placeholders.contains("token") }) { return }
        check.warn(
            "revocation-in-query", "the token to be revoked stands in a URL, which logs keep (RFC 7009 §2)",
            hint: "use it only where the provider takes nothing else",
            at: check.sources.contains("revocation.body") ? "revocation.body" : "revocation.method")
    }
}
