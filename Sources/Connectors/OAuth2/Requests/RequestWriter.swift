import ConnectorSDK

/// Describes the request of each operation: which engine parameters it holds, in RFC order.
struct RequestWriter {
    let definition: Definition
    let context: ConnectorContext
    let values: TemplateValues

    init(definition: Definition, context: ConnectorContext) {
        self.definition = definition
        self.context = context
        values = TemplateValues(definition, context)
    }

    /// RFC 6749 §4.1.3, §4.4.2; RFC 7523 §2.1; RFC 8693 §2.1.
    func redeem(_ redemption: Redemption) throws(ConnectorError) -> ProviderRequest {
        try redeem(redemption, by: definition.token, at: "token", scopes: [.token])
    }

    /// RFC 8628 §3.1. The scopes go here, whatever `scopes.send` says of the other requests: here the person consents.
    func authorizeDevice() throws(ConnectorError) -> ProviderRequest {
        guard !definition.deviceAuthorization.isEmpty else { throw unsupported("device_authorization") }
        var rules = RequestRules(endpoint: definition.deviceAuthorization)
        rules.rename = definition.token.rename
        rules.headers = definition.token.headers
        var draft = RequestDraft(rules, at: "device_authorization")
        draft.add("scope", Value(ScopeList(definition.scopes, context).text), usually: definition.scopes.parameter)
        return try finish(&draft)
    }

    /// RFC 6749 §6, or what `refresh.uses` says. A connection that was made by a grant without refresh token redeems it
    /// again, whatever the definition says of the others: then `refresh` does not speak of it, but `token` does.
    func refresh() throws(ConnectorError) -> ProviderRequest {
        let rules = definition.refresh.request
        let name = definition.refresh.uses.rawValue
        if definition.refresh.uses == .regrant {
            return try redeem(try regrant(), by: rules, at: "refresh", scopes: [.token, .refresh])
        }
        if let regrant = context.regrant { return try redeem(regrant) }
        var draft = RequestDraft(rules, at: "refresh")
        draft.add("grant_type", Value(rules.grantType ?? "refresh_token"))
        draft.add(name, try secret(name, at: "refresh.uses"))
        addScopes([.refresh], to: &draft)
        return try finish(&draft)
    }

    /// One more request that presents the access token just received.
    func upgrade() throws(ConnectorError) -> ProviderRequest {
        guard let rules = definition.upgrade else { throw unsupported("upgrade") }
        var draft = RequestDraft(rules, at: "upgrade")
        draft.add("grant_type", rules.grantType.map(Value.init(_:)))
        draft.add("access_token", .secret("access_token"))
        return try finish(&draft)
    }

    /// RFC 7662 §2.1; asks about the access token.
    func introspect() throws(ConnectorError) -> ProviderRequest {
        guard let rules = definition.introspection else { throw unsupported("introspection") }
        var draft = RequestDraft(RequestRules(endpoint: rules.endpoint), at: "introspection")
        draft.add("token", try secret("access_token", at: "introspection"))
        return try finish(&draft)
    }

    /// RFC 7009 §2.1. Of a line that does not hold the token which the definition names, the other one is revoked.
    func revoke() throws(ConnectorError) -> ProviderRequest {
        guard let rules = definition.revocation else { throw unsupported("revocation") }
        let other: RevocationRules.Token = rules.token == .refreshToken ? .accessToken : .refreshToken
        let named = context.secrets.contains(rules.token.rawValue) ? rules.token.rawValue : other.rawValue
        let token = try secret(named, at: "revocation.token")
        var draft = RequestDraft(rules.request, at: "revocation")
        if !draft.places("token"), rules.authorize != .bearer { draft.add("token", token) }
        if rules.authorize == .bearer { draft.authorization = .bearer(token) }
        return try finish(&draft, values.naming(named, as: "token"), authenticates: rules.authorize == .client)
    }

    private func redeem(
        _ redemption: Redemption, by rules: RequestRules, at place: String, scopes: Set<ScopeRules.Place>
    ) throws(ConnectorError) -> ProviderRequest {
        var draft = RequestDraft(rules, at: place)
        draft.add("grant_type", Value(rules.grantType ?? redemption.grantName))
        switch redemption {
        case .authorizationCode(let redirectURI, let hasVerifier):
            draft.add("code", .secret("code"))
            draft.add("redirect_uri", Value(redirectURI))
            if hasVerifier { draft.add("code_verifier", .secret("code_verifier")) }
        case .deviceCode:
            // Its scopes were asked for with the codes.
            draft.add("device_code", try secret("device_code", at: place))
            return try finish(&draft)
        case .clientCredentials: break
        case .jwtBearer(let subject): draft.add("assertion", try grantAssertion(subject: subject, rules, place))
        case .tokenExchange(let type, let audience, let resource):
            draft.add("subject_token", try secret("subject_token", at: place))
            draft.add("subject_token_type", Value(type))
            draft.add("audience", audience.map { Value($0) })
            draft.add("resource", resource.map { Value($0) })
        }
        addScopes(scopes, to: &draft)
        return try finish(&draft)
    }

    private func grantAssertion(
        subject: String?, _ rules: RequestRules, _ place: String
    ) throws(ConnectorError) -> Value {
        let assertionRules = definition.assertion ?? AssertionRules()
        _ = try secret(assertionRules.key, at: "assertion.key")
        let writer = AssertionWriter(definition: definition, values: values, place: "assertion")
        var assertion = try writer.assertion(
            assertionRules, defaultSubject: subject, endpoint: try endpoint(rules, values, place).description)
        let scopes = ScopeList(definition.scopes, context).text
        if definition.scopes.send.contains(.assertion), !scopes.isEmpty {
            assertion.claims["scope"] = .value(Value(scopes))
        }
        return Value(parts: [.assertion(assertion)])
    }

    private func regrant() throws(ConnectorError) -> Redemption {
        if let regrant = context.regrant { return regrant }
        for grant in definition.grants {
            if grant == .clientCredentials { return .clientCredentials }
            if grant == .jwtBearer { return .jwtBearer(subject: nil) }
        }
        throw ConnectorError(
            .unsupported, at: "refresh.uses", remedy: "no grant of the definition can be redeemed again")
    }

    private func addScopes(_ places: Set<ScopeRules.Place>, to draft: inout RequestDraft) {
        guard !definition.scopes.send.isDisjoint(with: places) else { return }
        draft.add("scope", Value(ScopeList(definition.scopes, context).text), usually: definition.scopes.parameter)
    }

    private func finish(
        _ draft: inout RequestDraft, _ values: TemplateValues? = nil, authenticates: Bool = true
    ) throws(ConnectorError) -> ProviderRequest {
        let values = values ?? self.values
        let url = try endpoint(draft.rules, values, draft.place)
        if authenticates {
            let proof = ClientProof(definition: definition, context: context, values: values)
            try proof.add(to: &draft, endpoint: tokenEndpoint(or: url))
        }
        return try draft.request(to: url, values, spaces: definition.scopes.encoding)
    }

    // RFC 7523 §3: the audience is the token endpoint, also at the authorization server's other endpoints.
    private func tokenEndpoint(or url: StrictURL) -> String {
        ((try? endpoint(definition.token, values, "token")) ?? url).description
    }

    private func endpoint(
        _ rules: RequestRules, _ values: TemplateValues, _ place: String
    ) throws(ConnectorError) -> StrictURL {
        try EndpointRules(definition, context).url(of: rules.endpoint, values, at: "\(place).endpoint")
    }

    private func secret(_ name: String, at place: String) throws(ConnectorError) -> Value {
        guard context.secrets.contains(name) else {
            throw ConnectorError(.unresolvedPlaceholder, at: place, remedy: "\(name) has no value")
        }
        return .secret(name)
    }

    private func unsupported(_ place: String) -> ConnectorError {
        ConnectorError(.unsupported, at: place, remedy: "the definition has no \(place)")
    }
}

extension Redemption {
    /// The registered grant type.
    fileprivate var grantName: String {
        switch self {
        case .authorizationCode: "authorization_code"
        case .deviceCode: "urn:ietf:params:oauth:grant-type:device_code"
        case .clientCredentials: "client_credentials"
        case .jwtBearer: "urn:ietf:params:oauth:grant-type:jwt-bearer"
        case .tokenExchange: "urn:ietf:params:oauth:grant-type:token-exchange"
        }
    }
}
