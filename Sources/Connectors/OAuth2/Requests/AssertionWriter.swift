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
        let issuer = try rules.issuer?.text(values, at: "\(place).issuer") ?? values.texts["client_id"]
        guard let issuer else {
            throw ConnectorError(
                .unresolvedPlaceholder, at: "\(place).issuer", remedy: "the client has no client_id; set it")
        }
        return Assertion(
            audience: try audience(rules) ?? endpoint, issuer: issuer,
            subject: try rules.subject?.text(values, at: "\(place).subject") ?? defaultSubject,
            lifetime: rules.lifetime, algorithm: rules.algorithm,
            header: try texts(rules.header, at: "header"), claims: try texts(rules.claims, at: "claims"), key: rules.key
        )
    }

    // An issuer that holds a claim of the ID token cannot be named before there is one.
    private func audience(_ rules: AssertionRules) throws(ConnectorError) -> String? {
        if let audience = rules.audience { return try audience.text(values, at: "\(place).audience") }
        guard let issuer = definition.issuer, values.resolve(issuer) else { return nil }
        return try issuer.text(values, at: "issuer")
    }

    private func texts(_ templates: [String: Template], at key: String) throws(ConnectorError) -> [String: String] {
        var texts: [String: String] = [:]
        for (name, template) in templates {
            texts[name] = try template.text(values, at: "\(place).\(key).\(name)")
        }
        return texts
    }
}
