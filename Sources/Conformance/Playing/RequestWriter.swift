import ConnectorSDK
import ProviderSimulator

/// Writes down the requests that a definition leads to: which engine parameters, under which names, and what the
/// definition adds. The connector's own code has no part in it.
struct RequestWriter {
    let definition: Definition
    let values: MadeUpValues
    let provider: String

    /// Every request of a connection's life.
    var all: [RequestScript] {
        grants + [upgrade, refresh, introspection, revocation].compactMap(\.self) + resources
    }

    private var grants: [RequestScript] {
        definition.grants.compactMap { grant in
            switch grant {
            case .authorizationCode: exchange
            case .clientCredentials, .jwtBearer: redeem(grant, definition.token, scopes: [.token])
            case .deviceCode, .tokenExchange: nil
            }
        }
    }

    private var exchange: RequestScript {
        var draft = draft(.exchange, definition.token, .exchange, script: script(.exchange, knowsState: true))
        draft.add("grant_type", .exactly(definition.token.grantType ?? "authorization_code"))
        draft.add("code", .secret(.code))
        draft.add("redirect_uri", .secret(.redirectURI))
        if let consent = definition.authorization, consent.pkce, !consent.endpoint.isEmpty {
            draft.add("code_verifier", .secret(.verifier))
        }
        addScopes([.token], to: &draft)
        return draft.finished(authenticating: definition.client, values)
    }

    private func redeem(
        _ grant: GrantType, _ rules: RequestRules, scopes: Set<ScopeRules.Place>
    ) -> RequestScript {
        var draft = draft(.redeem, rules, .consent)
        let usual = grant == .jwtBearer ? "urn:ietf:params:oauth:grant-type:jwt-bearer" : grant.rawValue
        draft.add("grant_type", .exactly(rules.grantType ?? usual))
        if grant == .jwtBearer {
            var assertion = assertion(.consent, definition.assertion)
            assertion.subject = nil
            if definition.scopes.send.contains(.assertion) { assertion.scope = definition.scopes.text }
            draft.add("assertion", .assertion(assertion))
        }
        addScopes(scopes, to: &draft)
        return draft.finished(authenticating: definition.client, values)
    }

    /// Nil: nothing can be presented.
    private var refresh: RequestScript? {
        let rules = definition.refresh.request
        var draft = draft(.refresh, rules, .later)
        switch definition.refresh.uses {
        case .regrant:
            let grant = definition.grants.first { $0 == .jwtBearer } ?? .clientCredentials
            return redeem(grant, rules, scopes: [.token, .refresh])
        case .refreshToken where !definition.givesRefreshTokens: return nil
        case .refreshToken: draft.add("refresh_token", .secret(.refreshToken))
        case .accessToken: draft.add("access_token", .secret(.accessToken))
        }
        draft.add("grant_type", .exactly(rules.grantType ?? "refresh_token"))
        addScopes([.refresh], to: &draft)
        return draft.finished(authenticating: definition.client, values)
    }

    private var upgrade: RequestScript? {
        guard let rules = definition.upgrade else { return nil }
        var draft = draft(.upgrade, rules, .exchange)
        if let grant = rules.grantType { draft.add("grant_type", .exactly(grant)) }
        draft.add("access_token", .secret(.accessToken))
        return draft.finished(authenticating: definition.client, values)
    }

    private var introspection: RequestScript? {
        guard let rules = definition.introspection else { return nil }
        var draft = draft(.introspect, RequestRules(endpoint: rules.endpoint), .later)
        draft.add("token", .secret(.accessToken))
        return draft.finished(authenticating: definition.client, values)
    }

    private var revocation: RequestScript? {
        guard let rules = definition.revocation else { return nil }
        let token: ScriptedValue.Secret =
            rules.token == .refreshToken && definition.givesRefreshTokens ? .refreshToken : .accessToken
        var draft = draft(.revoke, rules.request, .later, script: script(.later, token: token))
        let parameters = rules.request.parameters.values.map {
            if case .text(let text) = $0 { text } else { Template("") }
        }
        let isPlaced = (rules.request.endpoint + parameters).contains { $0.placeholders.contains("token") }
        if rules.authorize == .bearer {
            draft.request.authorization = .bearer(token)
        } else if !isPlaced {
            draft.add("token", .secret(token))
        }
        return draft.finished(authenticating: rules.authorize == .client ? definition.client : nil, values)
    }

    private var resources: [RequestScript] {
        definition.afterConnect.compactMap { step in
            guard case .request(let step) = step else { return nil }
            let list = step.list.map { $0.tokens + ["0"] } ?? []
            let script = script(.later)
            let chosen = step.where.map { pointer, template -> AnswerScript.Member in
                let value = script.value(template)
                return .init(list + pointer.tokens, json: JSONWriter.string(value?.fixedText ?? ""))
            }
            var rules = RequestRules(endpoint: [step.endpoint])
            rules.method = step.method
            rules.headers = step.headers
            if case .object(let members)? = step.json {
                rules.body = .json
                rules.parameters = members.compactMapValues(ParameterValue.init(json:))
            }
            var draft = draft(.resource(values.members(step.capture, below: list) + chosen), rules, .later)
            draft.request.authorization = .bearer(.accessToken)
            return draft.finished(authenticating: nil, values)
        }
    }

    private func draft(
        _ act: RequestScript.Act, _ rules: RequestRules, _ phase: MadeUpValues.Phase, script: ValueScript? = nil
    ) -> RequestDraft {
        RequestDraft(
            act, rules, script ?? self.script(phase), at: provider, spaces: definition.scopes.spaces,
            assertion: assertion(phase, definition.client.assertion))
    }

    private func script(
        _ phase: MadeUpValues.Phase, token: ScriptedValue.Secret? = nil, knowsState: Bool = false
    ) -> ValueScript {
        ValueScript(definition: definition, texts: values.texts(phase), token: token, knowsState: knowsState)
    }

    private func addScopes(_ places: Set<ScopeRules.Place>, to draft: inout RequestDraft) {
        guard !definition.scopes.send.isDisjoint(with: places), let scopes = definition.scopes.text else { return }
        draft.add("scope", .exactly(scopes), usually: definition.scopes.parameter)
    }

    /// What an assertion must say: audience the issuer, else the token endpoint; issuer and subject the client.
    private func assertion(_ phase: MadeUpValues.Phase, _ rules: AssertionRules?) -> AssertionScript {
        let rules = rules ?? AssertionRules()
        let script = script(phase)
        let endpoint = script.address(definition.token.endpoint, at: "").path.fixedText ?? ""
        let issuer = definition.issuer.flatMap { $0.placeholders.isEmpty ? $0.description : nil }
        let name = { (template: Template?) in template.flatMap { script.value($0)?.fixedText } }
        return AssertionScript(
            audience: name(rules.audience) ?? issuer ?? endpoint, issuer: name(rules.issuer) ?? values.clientID,
            subject: name(rules.subject) ?? values.clientID)
    }
}

extension ScriptedValue {
    /// The text where it is one.
    var fixedText: String? { if case .exactly(let text) = self { text } else { nil } }
}

extension ParameterValue {
    /// A scalar of a JSON body.
    fileprivate init?(json: JSONValue) {
        switch json {
        case .string(let text): self = .text(Template(text))
        case .number(let digits): self = .number(digits)
        case .bool(let flag): self = .bool(flag)
        case .null, .array, .object: return nil
        }
    }
}
