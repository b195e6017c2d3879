import ConnectorSDK

/// Makes a definition of answers and metadata, as a sketch: values only.
struct NewDefinition {
    let id: String
    /// What the options say.
    let options: ConnectorAnswers
    /// All answers.
    let answers: ConnectorAnswers
    let discovered: MetadataTranslation?

    var sketch: Sketch {
        var sketch = Sketch(id: id, title: answers.title ?? Names.title(id))
        sketch.documentation = answers.documentation.map(ConnectorAnswers.lines) ?? []
        let grants = answers.grantWords
        sketch.grants = grants == ["authorization_code"] ? [] : grants
        addEndpoints(&sketch)
        addClient(&sketch)
        addRefresh(&sketch)
        addMetadata(&sketch)
        addInputs(&sketch)
        addWords(&sketch)
        return sketch
    }

    private func addEndpoints(_ sketch: inout Sketch) {
        if answers.hasConsent {
            sketch.authorization = AuthorizationSketch(
                endpoint: list(answers.authorizationEndpoint), usesProofKey: answers.pkce != "off",
                capture: discovered?.metadata.namesItselfInCallbacks == true ? [Pair("iss", "iss")] : [])
        }
        if answers.grantWords.contains("device_code") {
            sketch.deviceAuthorization = list(answers.deviceAuthorizationEndpoint)
        }
        sketch.token.endpoint = list(answers.tokenEndpoint)
        sketch.revocation = list(answers.revocationEndpoint)
        sketch.introspection = list(answers.introspectionEndpoint)
    }

    private func list(_ answer: String?) -> [String] { answer.map { [$0] } ?? [] }

    private func addClient(_ sketch: inout Sketch) {
        if let method = answers.authentication { sketch.client.authentication = method }
        if sketch.client.authentication == ClientRules.Authentication.privateKeyJWT.rawValue {
            sketch.client.algorithm = discovered?.algorithm
        }
        sketch.scopes.defaults = ConnectorAnswers.words(answers.scopes)
        if keepsAlwaysScopes { sketch.scopes.always = ConnectorAnswers.words(answers.alwaysScopes) }
    }

    /// What metadata says of `scopes.always` is for a refresh token, which comes only where a user agreed.
    private var keepsAlwaysScopes: Bool {
        options.alwaysScopes != nil || answers.hasConsent || answers.grantWords.contains("device_code")
    }

    private func addRefresh(_ sketch: inout Sketch) {
        sketch.refresh.rotation = answers.rotation
        sketch.refresh.overlap = answers.overlap
        sketch.refresh.hardDeadline = answers.hardDeadline
    }

    private func addMetadata(_ sketch: inout Sketch) {
        guard let discovered else { return }
        sketch.issuer = discovered.metadata.issuer
        sketch.jwks = discovered.metadata.jwks
        sketch.scopes.available = discovered.metadata.scopes.map { Pair($0, "Listed in the metadata.") }
        sketch.notes = discovered.notes
        // A comment tells of the metadata's answer, not of an option's.
        let given = Question.all.filter { options[keyPath: $0.answer] != nil }.map(\.key)
        sketch.comments = discovered.comments.filter { !given.contains($0.key) }
        if !keepsAlwaysScopes { sketch.comments["scopes.always"] = nil }
    }

    /// A placeholder is something that somebody fills in: the format follows from its place.
    private func addInputs(_ sketch: inout Sketch) {
        for name in sketch.endpoints.flatMap({ Template($0).placeholders }) where sketch.input(name) == nil {
            sketch.inputs.append(InputSketch(name: name, title: Names.title(name.replacing("_", with: "-"))))
        }
        if sketch.inputs.isEmpty { return }
        HostTranslation.settle(&sketch)
        Examples.settle(&sketch)
    }

    private func addWords(_ sketch: inout Sketch) {
        sketch.preface = [
            "Drafted \(discovered.map { "from \($0.source)" } ?? "by `token-manager connector new`").",
            "Not compared with the provider's own pages: read those before you rely on it.",
        ]
        if answers.rotation == nil, answers.hasRefreshToken {
            sketch.preface.append(
                "How refresh tokens rotate was not said, so the most careful class (single_use_family) holds.")
        }
        if sketch.documentation.isEmpty {
            sketch.notes.append("No page of the provider is named: add `documentation`.")
        }
        if answers.hasConsent, answers.pkce == "off", let reason = answers.pkceReason {
            sketch.comments["authorization.pkce", default: []].append("lint-allow: pkce-off \(reason)")
        }
    }
}
