import Foundation

extension AuthorizationServer {
    /// Redeems an authorization code (RFC 6749 §4.1.3). A code has one try; a second one revokes what the first brought.
    mutating func exchange(
        _ parameters: Parameters, _ client: SimulatedClient, sequence: Int?, now: Date
    ) throws(OAuthFailure) -> TokenAnswer {
        guard let text = parameters["code"] else { throw .invalidRequest("code is missing") }
        let verdict = verdict(ofCode: text, client, now: now)
        log.judge(sequence, verdict, spentBy: codes[text]?.spentBy, now: now)
        guard verdict == .fresh, var code = codes[text] else {
            // RFC 6749 §4.1.2: a code used twice takes its tokens with it.
            if verdict == .reuse { revoke(family: codes[text]?.family) }
            throw .invalidGrant("the code is \(verdict == .reuse ? "used already" : verdict.rawValue)")
        }
        code.spent = true
        code.spentBy = sequence
        codes[text] = code
        guard parameters["redirect_uri"] == code.redirectURI else {
            throw .invalidGrant("redirect_uri differs from the one of the authorization request")
        }
        try check(verifier: parameters["code_verifier"], against: code.challenge)
        let family = newFamily(clientID: client.id, subject: code.subject, scope: code.scope)
        codes[text]?.family = family
        let answer = begin(family, client, scope: code.scope, now: now)
        log.issued(sequence, family: family, generation: 1)
        return answer
    }

    private func verdict(ofCode text: String, _ client: SimulatedClient, now: Date) -> Verdict {
        guard let code = codes[text], code.clientID == client.id else { return .unknown }
        if code.spent { return .reuse }
        return code.expiresAt <= now ? .expired : .fresh
    }

    private func check(verifier: String?, against challenge: String?) throws(OAuthFailure) {
        guard let challenge else {
            // A verifier without challenge is the sign of a downgrade (RFC 9700 §2.1.1).
            if verifier != nil { throw .invalidGrant("code_verifier without code_challenge") }
            return
        }
        guard let verifier, ProofKey.isVerifier(verifier), ProofKey.challenge(of: verifier) == challenge else {
            throw .invalidGrant("code_verifier does not match")
        }
    }

    /// Hands out the first generation of a family: without a refresh token, if the client must ask for one and did not.
    mutating func begin(_ id: Int, _ client: SimulatedClient, scope: String, now: Date) -> TokenAnswer {
        if let wanted = client.refreshScope, !scope.split(separator: " ").contains(wanted[...]) {
            let access = newAccessToken(id, client, parent: nil, scope: scope, now: now)
            return TokenAnswer(accessToken: access, lifetime: client.lifetime, refreshToken: nil, scope: scope)
        }
        return issue(id, client, parent: nil, scope: scope, now: now)
    }

    /// Hands out the next generation of a family: an access token and a refresh token.
    mutating func issue(
        _ id: Int, _ client: SimulatedClient, parent: String?, scope: String, now: Date
    ) -> TokenAnswer {
        let access = newAccessToken(id, client, parent: parent, scope: scope, now: now)
        let refresh = tokens.refreshToken()
        let expiresAt = client.refreshLifetime.map { now + TimeInterval($0) }
        refreshTokens[refresh] = RefreshTokenRecord(
            family: id, generation: families[id]?.generation ?? 1, parent: parent, expiresAt: expiresAt)
        if let parent { refreshTokens[parent]?.successor = refresh }
        return TokenAnswer(accessToken: access, lifetime: client.lifetime, refreshToken: refresh, scope: scope)
    }

    /// Counts the family's generation up and hands out an access token of it.
    mutating func newAccessToken(
        _ id: Int, _ client: SimulatedClient, parent: String?, scope: String, now: Date
    ) -> String {
        let text = tokens.accessToken()
        let expiresAt = now + TimeInterval(client.lifetime)
        var family = families[id] ?? TokenFamily(clientID: client.id, subject: "sandbox-user", scope: scope)
        family.generation += 1
        family.newestAccessExpiresAt = expiresAt
        if client.accessTokensDieAtRefresh { family.oldestLiveAccess = family.generation }
        families[id] = family
        accessTokens[text] = AccessTokenRecord(
            family: id, generation: family.generation, clientID: client.id, subject: family.subject, scope: scope,
            issuedAt: now, expiresAt: expiresAt, parent: parent)
        return text
    }
}
