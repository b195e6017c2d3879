import ConnectorSDK

/// What Google wants of every definition, filled in where the definition itself says nothing.
enum GoogleRules {
    /// Consent: a refresh token, each time, and scopes that were granted before stay granted.
    private static let consent = [
        "access_type": "offline", "include_granted_scopes": "true", "prompt": "consent",
    ]

    /// Failures of an assertion that concern one subject and one scope set, not the service account: by their standard
    /// meaning one wrong scope would stop all its connections.
    static let delegationErrors = ["unauthorized_client", "access_denied", "invalid_scope", "org_internal"].map {
        ErrorRule(
            status: nil, pointer: JSONPointer(tokens: ["error"]), match: .equals(.string($0)), means: .reauthorize)
    }

    /// - Throws: `invalid_options` for a service account whose key file has no place.
    static func applied(to definition: Definition) throws(ConnectorError) -> Definition {
        var definition = definition
        for (name, value) in consent where definition.authorization?.parameters[name] == nil {
            definition.authorization?.parameters[name] = Template(value)
        }
        guard definition.grants.contains(.jwtBearer) else { return definition }
        definition.assertion = try assertion(of: definition)
        definition.scopes.send.remove(.token)
        definition.scopes.send.insert(.assertion)
        return definition
    }

    /// Issuer, key and key id are members of the key file; the audience is the token endpoint, never the issuer of users.
    private static func assertion(of definition: Definition) throws(ConnectorError) -> AssertionRules {
        var rules = definition.assertion ?? AssertionRules()
        if rules.key == AssertionRules().key { rules.key = "private_key" }
        for name in ["client_email", rules.key] where definition.input(name)?.secret != true {
            throw ConnectorError(
                .invalidOptions, at: "inputs.\(name)",
                remedy: "declare it, secret and per organization: the service account's key file holds it")
        }
        rules.issuer = rules.issuer ?? Template("{client_email}")
        rules.audience = rules.audience ?? definition.token.endpoint.first
        if definition.input("private_key_id") != nil, rules.header["kid"] == nil {
            rules.header["kid"] = Template("{private_key_id}")
        }
        return rules
    }
}
