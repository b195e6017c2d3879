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
            header: try header(rules), claims: try claims(rules), key: rules.key)
    }

    // An issuer that holds a claim of the ID token cannot be named before there is one.
    private func audience(_ rules: AssertionRules) throws(ConnectorError) -> String? {
        if let audience = rules.audience { return try audience.text(values, at: "\(place).audience") }
        guard let issuer = definition.issuer, values.resolve(issuer) else { return nil }
        return try issuer.text(values, at: "issuer")
    }

    private func header(_ rules: AssertionRules) throws(ConnectorError) -> [String: Value] {
        var header: [String: Value] = [:]
        for (name, template) in rules.header {
            header[name] = try template.value(values, at: "\(place).header.\(name)")
        }
        return header
    }

    // A claim that is one unset optional input is left out, like a parameter.
    private func claims(_ rules: AssertionRules) throws(ConnectorError) -> [String: ProviderRequest.JSONTree] {
        var claims: [String: ProviderRequest.JSONTree] = [:]
        for (name, value) in rules.claims {
            let path = "\(place).claims.\(name)"
            if case .string(let text) = value {
                guard let expanded = try Template(text).value(values, at: path) else { continue }
                claims[name] = .value(expanded)
            } else {
                claims[name] = try value.expanded(values, at: path)
            }
        }
        return claims
    }
}
