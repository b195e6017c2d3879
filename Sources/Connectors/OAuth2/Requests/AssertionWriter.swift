import ConnectorSDK

/// Describes an assertion (RFC 7523 §3) for the host to sign.
struct AssertionWriter {
    let definition: Definition
    let values: TemplateValues
    let place: String

    /// - Parameter endpoint: the audience where neither rules nor issuer name one.
    func assertion(
        _ rules: AssertionRules, defaultSubject: String?, endpoint: String
    ) throws(ConnectorError) -> Assertion {
        let clientID = values.texts["client_id"].map { Value($0) }
        let issuer = try rules.issuer?.value(values, at: "\(place).issuer") ?? clientID
        guard let issuer else {
            throw ConnectorError(
                .unresolvedPlaceholder, at: "\(place).issuer", remedy: "the client has no client_id; set it")
        }
        return Assertion(
            audience: try audience(rules) ?? endpoint, issuer: issuer,
            subject: try rules.subject?.value(values, at: "\(place).subject") ?? defaultSubject.map { Value($0) },
            lifetime: rules.lifetime, algorithm: rules.algorithm,
            header: try expanded(rules.header, at: "header"), claims: try expanded(rules.claims, at: "claims"),
            key: rules.key)
    }

    // An issuer that holds a claim of the ID token cannot be named before there is one.
    private func audience(_ rules: AssertionRules) throws(ConnectorError) -> String? {
        if let audience = rules.audience { return try audience.text(values, at: "\(place).audience") }
        guard let issuer = definition.issuer, values.resolve(issuer) else { return nil }
        return try issuer.text(values, at: "issuer")
    }

    private func expanded(
        _ templates: [String: Template], at key: String
    ) throws(ConnectorError) -> [String: Value] {
        var expanded: [String: Value] = [:]
        for (name, template) in templates {
            expanded[name] = try template.value(values, at: "\(place).\(key).\(name)")
        }
        return expanded
    }
}
