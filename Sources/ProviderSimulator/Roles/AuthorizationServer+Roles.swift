import Foundation

/// The acts of a role, on the core that every client of the simulated provider has.
extension AuthorizationServer {
    /// A good call's answer, and the tokens in it for the faults that change them.
    mutating func act(
        _ call: RoleState.Call, _ role: Role, sequence: Int?, now: Date
    ) throws(OAuthFailure) -> (body: Answer, tokens: TokenAnswer?) {
        switch call.act {
        case .exchange, .refresh, .redeem, .upgrade:
            var tokens = try tokens(call, role, sequence: sequence, now: now)
            if !role.answers.claims.isEmpty { enclose(JSONTree(role.answers.claims).json, in: &tokens) }
            let answer = role.answers.shape(tokens, now: now)
            return (role.answers.isForm ? .form(answer.form) : .json(answer.json), answer)
        case .introspect:
            return (.json(introspection(of: call.found[.accessToken] ?? "", by: role.client, now: now)), nil)
        case .revoke:
            guard let token = revocable(call), revoke(token: token, of: role.client) else {
                throw .invalidRequest("a token that is not the role's")
            }
            return (Answer(status: 200, headers: [], body: ""), nil)
        case .resource(let members):
            guard useAccessToken(call.found[.accessToken] ?? "", now: now) != nil else {
                throw .invalidRequest("the access token is not good")
            }
            return (.json(JSONTree(members).json), nil)
        }
    }

    private mutating func tokens(
        _ call: RoleState.Call, _ role: Role, sequence: Int?, now: Date
    ) throws(OAuthFailure) -> TokenAnswer {
        switch call.act {
        case .exchange: return try exchange(call, role, sequence: sequence, now: now)
        case .refresh where call.found[.refreshToken] != nil:
            try checkTime(of: call.found[.refreshToken] ?? "", role, now: now)
            return try refresh(call.parameters, role.client, sequence: sequence, now: now)
        case .redeem: return try ownToken(call.parameters, role.client, now: now)
        default: return try renewed(call.found[.accessToken] ?? "", role.client, now: now)
        }
    }

    /// Some providers do not want the redirect URI again; `state` is looked at where one does.
    private mutating func exchange(
        _ call: RoleState.Call, _ role: Role, sequence: Int?, now: Date
    ) throws(OAuthFailure) -> TokenAnswer {
        var call = call
        let code = call.found[.code].flatMap { codes[$0] }
        if let state = call.found[.state], state != code?.state { throw .invalidRequest("state is another one") }
        call.found[.redirectURI] = call.found[.redirectURI] ?? code?.redirectURI
        return try exchange(call.parameters, role.client, sequence: sequence, now: now)
    }

    private func checkTime(of refreshToken: String, _ role: Role, now: Date) throws(OAuthFailure) {
        guard let earliest = role.notBefore, let family = refreshTokens[refreshToken]?.family,
            let end = families[family]?.newestAccessExpiresAt
        else { return }
        if now < end - TimeInterval(earliest) { throw .invalidRequest("the access token is still good") }
    }

    /// The token of a revocation, if it is one of the kind that the role wants.
    private func revocable(_ call: RoleState.Call) -> String? {
        if let token = call.found[.refreshToken] { return refreshTokens[token].map { _ in token } }
        return call.found[.accessToken].flatMap { token in accessTokens[token].map { _ in token } }
    }

    /// A new access token for one that is good.
    private mutating func renewed(
        _ text: String, _ client: SimulatedClient, now: Date
    ) throws(OAuthFailure) -> TokenAnswer {
        guard let record = liveAccessToken(text, now: now), record.clientID == client.id, let family = record.family
        else { throw .invalidGrant("the access token is not good") }
        return issue(family, client, parent: nil, scope: record.scope, now: now)
    }

    /// Makes the access token a JWT. Whoever may not check its signature may read it.
    private mutating func enclose(_ claims: String, in answer: inout TokenAnswer) {
        let opaque = JSONText.plain(answer["access_token"] ?? "")
        let parts = ["{\"alg\":\"ES256\"}", claims].map { Data($0.utf8).base64URL }
        let token = (parts + [Data(opaque.utf8).base64URL]).joined(separator: ".")
        accessTokens[token] = accessTokens.removeValue(forKey: opaque)
        answer["access_token"] = JSONText.string(token)
    }
}

extension Data {
    /// Base64 for URLs, unpadded (RFC 4648 §5).
    var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
