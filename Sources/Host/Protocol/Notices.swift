import Model

/// What time alone brings, told once per cause (docs/decisions/0033-told-once.md).
extension LineWork {
    /// The end of an access token, or the warning before the end of a grant; of one whose token has ended only that.
    mutating func notice() -> LineOutcome {
        guard [.active, .degraded].contains(line.state) else { return .current }
        if line.isExpired(at: now) {
            guard line.toldExpired != line.generation else { return .current }
            tellExpired()
            return .applied
        }
        guard line.canPresent, let warnAt = line.warnAt, warnAt <= now else { return .current }
        line.warnAt = nil
        if let end = line.current?.content.refreshExpiresAt { signals.append(.reauthorizationDue(end)) }
        return .applied
    }

    /// Somebody saw the provider reject the access token. One whose end was unknown has ended with that, whatever becomes
    /// of its refresh; where the provider named an end, or that there is none, its word counts, and a caller that is wrong
    /// takes nothing away.
    mutating func takeReport(isNew: Bool) {
        let isLast = !line.canPresent && [.active, .degraded].contains(line.state)
        if line.hasUnknownLifetime {
            // Beyond the free reports a token is served on: reads refresh what has ended, so a 401 per generation would
            // loop through them (§8).
            if line.canPresent, hasManyReports { return }
            line.expiresAt = now
            if isLast { tellExpired() }
        } else if isLast, isNew, !line.isExpired(at: now) {
            signals.append(.refreshFailed(code: "nothing_to_present"))
        }
    }

    private mutating func tellExpired() {
        line.toldExpired = line.generation
        line.warnAt = nil
        signals.append(.expired)
    }

    /// Sets when the end of the grant is to be told, as the pointer moves from one version to the next. An end that moved
    /// less than half as far as time did is the same one, which some answers repeat and others count down.
    mutating func scheduleWarning(from old: TokenVersion?, to content: TokenVersion.Content) {
        guard content.canPresent, let end = content.refreshExpiresAt else { return line.warnAt = nil }
        let fresh = Self.warning(of: end, content)
        guard let old, let oldEnd = old.content.refreshExpiresAt, old.grant == line.grant,
            end - oldEnd <= (content.receivedAt - old.content.receivedAt) / 2
        else { return line.warnAt = fresh }
        line.warnAt = line.warnAt.map { min($0, fresh) }
    }

    /// A week before the end, or a quarter of what is left; but first the refresh that is due may move the end.
    private static func warning(of end: Timestamp, _ content: TokenVersion.Content) -> Timestamp {
        let early = end - min(.seconds(7 * 86_400), (end - content.receivedAt) / 4)
        guard let due = content.dueAt, due < end else { return early }
        return max(early, due + (end - due) / 2)
    }
}
