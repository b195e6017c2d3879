public import ConnectorSDK
public import ProviderSimulator

extension Role {
    /// The provider as a definition describes it. It expects what the definition says, so it shows that a host and the
    /// definition agree with themselves, and nothing about the real provider.
    ///
    /// - Parameters:
    ///   - definition: the played one, after `extends` was applied.
    ///   - provider: the simulated provider's address.
    public init(playing definition: Definition, at provider: String) {
        let values = MadeUpValues(definition, base: PlayedDefinition.base(of: definition.id, at: provider))
        let requests = RequestWriter(definition: definition, values: values, provider: provider)
        self.init(
            id: definition.id, client: SimulatedClient(playing: definition, values),
            consent: ConsentScript(playing: definition, values, at: provider), requests: requests.all,
            answers: AnswerScript(playing: definition, values),
            notBefore: definition.refresh.notBefore.map { Int($0.components.seconds) })
    }
}

extension SimulatedClient {
    fileprivate init(playing definition: Definition, _ values: MadeUpValues) {
        self.init(
            id: values.clientID, secret: definition.client.authentication == .none ? nil : Self.defaultSecret)
        // Just short enough that a refresh is allowed at once.
        if let notBefore = definition.refresh.notBefore { lifetime = Int(notBefore.components.seconds) }
        switch definition.refresh.rotation {
        case .static: rotation = .static
        case .singleUse: rotation = .singleUse
        case .singleUseFamily: rotation = .singleUseFamily
        case .overlap(.untilUsed): (rotation, window) = (.overlap, .untilUsed)
        case .overlap(.window(let length, let after)):
            (rotation, window) = (.overlap, .seconds(Int(length.components.seconds)))
            afterWindow = after == .refuse ? .refuse : .revoke
        }
    }
}

extension ConsentScript {
    /// Nil where consent starts at the provider.
    fileprivate init?(playing definition: Definition, _ values: MadeUpValues, at provider: String) {
        guard let rules = definition.authorization, !rules.endpoint.isEmpty else { return nil }
        let script = ValueScript(definition: definition, texts: values.texts(.consent))
        var (path, query) = script.address(rules.endpoint, at: provider)
        guard case .exactly(let path) = path else { return nil }
        var engine: [String: ScriptedValue] = [
            "response_type": .exactly("code"), "client_id": .exactly(values.clientID),
            "redirect_uri": .secret(.redirectURI), "state": .secret(.state),
        ]
        if definition.scopes.send.contains(.authorization), let scopes = definition.scopes.text {
            engine[definition.scopes.parameter] = .exactly(scopes)
        }
        if rules.pkce {
            engine["code_challenge"] = .secret(.challenge)
            engine["code_challenge_method"] = .exactly("S256")
        }
        if definition.asksForNonce { engine["nonce"] = .anything }
        for (name, value) in engine where !rules.omit.contains(name) { query[rules.rename[name] ?? name] = value }
        for (name, template) in rules.parameters { query[name] = script.value(template) }
        var callback: [String: String] = [:]
        // `iss` is written where the issuer is known (RFC 9207).
        for (name, parameter) in rules.callback.capture where parameter != "iss" {
            callback[parameter] = values.capture(name)
        }
        let isFixed = definition.issuer?.placeholders.isEmpty ?? false
        self.init(
            path: path, query: query, spaces: definition.scopes.spaces, scope: definition.scopes.granted,
            code: rules.callback.code, callback: callback, issuer: isFixed ? definition.issuer?.description : nil)
    }
}

extension ScopeRules {
    /// The scopes as they are asked for when nobody names any; nil: none are.
    var text: String? { list.isEmpty ? nil : list.joined(separator: separator) }

    /// As an answer names them (RFC 6749 §3.3).
    var granted: String { list.joined(separator: " ") }

    /// How a space is written.
    var spaces: RequestScript.Spaces { encoding == .plus ? .plus : .percent }

    private var list: [String] { defaults + always.filter { !defaults.contains($0) } }
}
