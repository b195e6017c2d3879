import Foundation

extension AuthorizationServer {
    /// Refreshes (RFC 6749 §6) by the rules of the client's rotation class.
    mutating func refresh(
        _ parameters: Parameters, _ client: SimulatedClient, sequence: Int?, now: Date
    ) throws(OAuthFailure) -> TokenAnswer {
        guard let text = parameters["refresh_token"] else { throw .invalidRequest("refresh_token is missing") }
        let record = refreshTokens[text]
        let verdict = verdict(of: record, client, now: now)
        log.judge(sequence, verdict, spentBy: record?.spentBy, now: now)
        guard let record, verdict == .fresh || verdict == .replayInWindow else {
            if verdict == .reuse, client.revokesOnReuse { revoke(family: record?.family) }
            throw .invalidGrant("the refresh token is \(verdict == .reuse ? "used already" : verdict.rawValue)")
        }
        let granted = families[record.family]?.scope ?? ""
        let scope = parameters["scope"] ?? granted
        // RFC 6749 §6: never more than was granted.
        let grantedScopes = granted.split(separator: " ").map(String.init)
        guard scope == granted || (!grantedScopes.isEmpty && ScopeText.allows(grantedScopes, scope)) else {
            throw .invalidScope("scope goes beyond what was granted")
        }
        closeWindow(of: record.parent)
        let answer = rotate(text, record, client, scope: scope, sequence: sequence, now: now)
        log.issued(sequence, family: record.family, generation: families[record.family]?.generation)
        return answer
    }

    /// Judges a presented refresh token, changing nothing.
    func verdict(of record: RefreshTokenRecord?, _ client: SimulatedClient, now: Date) -> Verdict {
        guard let record, let family = families[record.family], family.clientID == client.id else { return .unknown }
        if family.revoked || record.revoked { return .revoked }
        if let expiresAt = record.expiresAt, expiresAt <= now { return .expired }
        guard let spentAt = record.spentAt, client.rotation != .static else { return .fresh }
        guard client.rotation == .overlap else { return .reuse }
        switch client.window {
        case .untilUsed: return record.closed ? .reuse : .replayInWindow
        case .seconds(let seconds): return now <= spentAt + TimeInterval(seconds) ? .replayInWindow : .reuse
        }
    }

    /// A token that came for `parent` was used: under `until_used` that ends the parent's window.
    mutating func closeWindow(of parent: String?) {
        if let parent { refreshTokens[parent]?.closed = true }
    }

    private mutating func rotate(
        _ text: String, _ record: RefreshTokenRecord, _ client: SimulatedClient, scope: String, sequence: Int?,
        now: Date
    ) -> TokenAnswer {
        if client.rotation == .static {
            let access = newAccessToken(record.family, client, parent: nil, scope: scope, now: now)
            return TokenAnswer(
                accessToken: access, lifetime: client.lifetime,
                refreshToken: client.repeatsRefreshToken ? text : nil, scope: scope)
        }
        guard record.spentAt != nil else {
            refreshTokens[text]?.spentAt = now
            refreshTokens[text]?.spentBy = sequence
            return issue(record.family, client, parent: text, scope: scope, now: now)
        }
        switch client.replay {
        case .newSibling: break
        case .replaceSibling:
            if let sibling = record.successor { refreshTokens[sibling]?.revoked = true }
        case .samePair:
            let access = newAccessToken(record.family, client, parent: text, scope: scope, now: now)
            return TokenAnswer(
                accessToken: access, lifetime: client.lifetime, refreshToken: tokenInForce(after: text), scope: scope)
        }
        return issue(record.family, client, parent: text, scope: scope, now: now)
    }

    /// The end of the chain of replacements that starts at a token.
    private func tokenInForce(after text: String) -> String {
        var last = text
        while let next = refreshTokens[last]?.successor { last = next }
        return last
    }
}
