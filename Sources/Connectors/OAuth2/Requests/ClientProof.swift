import ConnectorSDK

/// Adds what shows who the client is, by the definition's method and never by probing. No secret goes twice
/// (SECURITY 14): each method puts it into one place.
struct ClientProof {
    let definition: Definition
    let context: ConnectorContext
    let values: TemplateValues

    func add(to draft: inout RequestDraft, endpoint: String) throws(ConnectorError) {
        let client = definition.client
        draft.presentsCertificate = client.certificate || client.authentication == .tlsClientAuth
        if draft.presentsCertificate { _ = try material("client_certificate") }
        switch client.authentication {
        case .clientSecretPost:
            draft.add("client_id", clientID)
            draft.add("client_secret", try material("client_secret"))
        case .clientSecretBasic:
            draft.authorization = try basic()
            if client.repeatInBody.contains("client_id") { draft.add("client_id", clientID) }
        case .privateKeyJWT:
            draft.add("client_id", clientID)
            draft.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            draft.add("client_assertion", try assertion(endpoint))
        case .tlsClientAuth, .none:
            draft.add("client_id", clientID)
        }
    }

    private var clientID: Value { Value(context.clientID) }

    private func basic() throws(ConnectorError) -> ProviderRequest.Authorization {
        let secret = try material("client_secret")
        switch definition.client.basicUsername {
        case .clientID:
            guard !context.clientID.isEmpty else { throw missing("client_id") }
            return .basic(username: clientID, password: secret)
        case .clientSecret: return .basic(username: secret, password: "")
        }
    }

    // SECURITY 16: at most five minutes; `jti` is the host's.
    private func assertion(_ endpoint: String) throws(ConnectorError) -> Value {
        let rules = definition.client.assertion ?? AssertionRules()
        _ = try material(rules.key)
        let writer = AssertionWriter(definition: definition, values: values, place: "client.assertion")
        var assertion = try writer.assertion(rules, defaultSubject: context.clientID, endpoint: endpoint)
        assertion.lifetime = min(assertion.lifetime, .seconds(300))
        return Value(parts: [.assertion(assertion)])
    }

    private func material(_ name: String) throws(ConnectorError) -> Value {
        guard context.secrets.contains(name) else { throw missing(name) }
        return .secret(name)
    }

    private func missing(_ name: String) -> ConnectorError {
        ConnectorError(.unresolvedPlaceholder, at: "client.\(name)", remedy: "the client has no \(name); set it")
    }
}
