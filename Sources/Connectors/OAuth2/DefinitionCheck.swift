import ConnectorSDK

/// What the standard connector will not do, whatever a definition says. Lint says the same with file and line; these
/// checks hold where a definition came another way.
struct DefinitionCheck {
    let definition: Definition

    /// The parameters that the engine owns (DESIGN.md §3): no definition sets them.
    static let engineParameters: Set<String> = [
        "grant_type", "code", "refresh_token", "redirect_uri", "state", "scope", "client_id", "client_secret",
        "client_assertion", "client_assertion_type", "assertion", "device_code", "response_type", "nonce",
        "code_challenge", "code_challenge_method", "code_verifier", "login_hint",
    ]

    /// - Throws: the first thing that cannot be used.
    func run() throws(ConnectorError) {
        guard definition.options.isEmpty else { throw refusal("options", "the connector oauth2 has no options") }
        guard definition.client.repeatInBody.allSatisfy({ $0 == "client_id" }) else {
            throw refusal("client.repeat_in_body", "only client_id may be repeated: a secret is never sent twice")
        }
        try checkProofKey()
        try checkParameters()
        try checkCaptures()
    }

    // SECURITY 4: `authorization.pkce` is the one switch.
    private func checkProofKey() throws(ConnectorError) {
        guard let authorization = definition.authorization else { return }
        for name in ["state", "code_challenge", "code_challenge_method"] where authorization.omit.contains(name) {
            throw refusal(
                "authorization.omit", "\(name) cannot be left out; PKCE is switched off by authorization.pkce")
        }
        guard authorization.rename["state"] == nil else {
            throw refusal("authorization.rename", "state keeps its name")
        }
        guard !authorization.pkce || !definition.token.omit.contains("code_verifier") else {
            throw refusal("token.omit", "code_verifier cannot be left out; PKCE is switched off by authorization.pkce")
        }
    }

    private func checkParameters() throws(ConnectorError) {
        let requests: [(String, RequestRules?)] = [
            ("token", definition.token), ("upgrade", definition.upgrade), ("refresh", definition.refresh.request),
            ("revocation", definition.revocation?.request),
        ]
        for (place, rules) in requests {
            let own = (rules?.parameters ?? [:]).sorted { $0.key < $1.key }
            for (name, value) in own where Self.engineParameters.contains(name) {
                if name == "state", value == .text(Template("{state}")) { continue }
                if place == "revocation", case .text(let text) = value, text.placeholders.contains("token") { continue }
                throw refusal("\(place).parameters", "\(name) is set by the engine")
            }
        }
        for name in definition.authorization?.parameters.keys.sorted() ?? [] where Self.engineParameters.contains(name)
        {
            throw refusal("authorization.parameters", "\(name) is set by the engine")
        }
    }

    // SECURITY 61: a capture at or above a token would publish it.
    private func checkCaptures() throws(ConnectorError) {
        let tokens = TokenReader(rules: definition.response).tokenPointers
        for (name, pointer) in definition.response.capture where tokens.contains(where: pointer.contains) {
            throw refusal("response.capture.\(name)", "\(pointer) leads to a token")
        }
    }

    private func refusal(_ place: String, _ remedy: String) -> ConnectorError {
        ConnectorError(.invalidOptions, at: place, remedy: remedy)
    }
}
