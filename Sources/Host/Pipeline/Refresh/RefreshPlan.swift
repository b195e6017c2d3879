import ConnectorSDK
import Model

/// When a token set ends and when it should be refreshed, from the answer, the definition and the client's settings.
enum RefreshPlan {
    /// - Parameters:
    ///   - uses: what the connection refreshes with.
    ///   - connection: spreads due times, so that thousands of connections do not come due together (RELIABILITY.md F26).
    static func times(
        _ expiry: Expiry, holdsRefreshToken: Bool, uses: RefreshRules.Uses, receivedAt: Timestamp,
        definition: Definition,
        settings: ClientRecord.Settings, connection: ConnectionID
    ) -> (expiresAt: Timestamp?, dueAt: Timestamp?, notBefore: Timestamp?) {
        let expiresAt = end(expiry, holdsRefreshToken, receivedAt, definition.response.expiry)
        let notBefore = expiresAt.flatMap { end in definition.refresh.notBefore.map { end - $0 } }
        let canPresent = holdsRefreshToken || uses != .refreshToken
        guard canPresent else { return (expiresAt, nil, notBefore) }
        var due: Timestamp?
        if let expiresAt {
            due = expiresAt - margin(lifetime: expiresAt - receivedAt, definition.refresh, spread: spread(connection))
        }
        if let idle = settings.idleLifetime ?? definition.refresh.idleLifetime {
            let keepAlive = receivedAt + idle * 0.8
            due = due.map { min($0, keepAlive) } ?? keepAlive
        }
        if let notBefore, let early = due, early < notBefore { due = notBefore }
        // A provider that grants seconds must not be asked all the time.
        due = due.map { max($0, receivedAt + .seconds(2)) }
        return (expiresAt, due, notBefore)
    }

    /// Whether nothing ends the access token, as the connector or the definition says: no lifetime alone does not say it.
    static func isEndless(_ expiry: Expiry, _ rules: ExpiryRules) -> Bool {
        switch expiry {
        case .at: false
        case .never: true
        case .missing: rules.never
        }
    }

    /// When the refresh token ends: as the answer says; else as it was said of the same one; else its grant's whole life,
    /// as the client's settings or the definition have it. What is redeemed again without a person does not end.
    static func refreshEnd(
        of token: Token, receivedAt: Timestamp, uses: RefreshRules.Uses, rules: RefreshRules,
        settings: ClientRecord.Settings, held: TokenVersion?, grantedAt: Timestamp?
    ) -> Timestamp? {
        if let end = token.refreshExpiresAt { return Timestamp(milliseconds: end) }
        if token.refreshToken == nil, let end = held?.content.refreshExpiresAt { return end }
        guard uses != .regrant else { return nil }
        return (settings.absoluteLifetime ?? rules.absoluteLifetime).map { (grantedAt ?? receivedAt) + $0 }
    }

    /// A missing lifetime: the definition's, else an hour if a refresh token is held, else unknown (DESIGN.md §3).
    private static func end(
        _ expiry: Expiry, _ holdsRefreshToken: Bool, _ receivedAt: Timestamp, _ rules: ExpiryRules
    ) -> Timestamp? {
        switch expiry {
        case .at(let milliseconds): Timestamp(milliseconds: milliseconds)
        case .never: nil
        case .missing:
            if rules.never {
                nil
            } else if let fallback = rules.fallback {
                receivedAt + fallback
            } else {
                holdsRefreshToken ? receivedAt + .seconds(3600) : nil
            }
        }
    }

    /// The smaller of five minutes and half the lifetime unless the definition says more, up to a quarter earlier by spread.
    private static func margin(lifetime: Duration, _ rules: RefreshRules, spread: Double) -> Duration {
        let half = lifetime / 2
        var margin = min(rules.margin ?? .seconds(300), half)
        margin = min(half, margin + margin * (0.25 * spread))
        if let notBefore = rules.notBefore { margin = min(margin, notBefore) }
        return max(.zero, margin)
    }

    private static func spread(_ connection: ConnectionID) -> Double {
        let hash = connection.description.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        return Double(hash % 1000) / 1000
    }
}
