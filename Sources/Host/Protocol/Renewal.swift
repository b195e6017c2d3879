import ConnectorSDK
package import Model

import struct Foundation.Data

/// Renewal by a grant that nobody attends (§7, reconnect and import): it is presented beside the grant that the line has,
/// which goes on until the new one has brought tokens. So one that fails has changed nothing.
extension LineWork {
    /// T1 and T2 of such a presentation. It never is the line's open attempt: it counts from the start as one that may have
    /// spent what it presents, and as at work until its host has spoken.
    mutating func renew(
        _ claim: Claim, grant: GrantID, rotation: RotationClass, token: TokenVersion.Content?
    ) -> LineOutcome {
        if line.state == .revoked { return .refused(.revoked) }
        guard line.enabled else { return .refused(.disabled) }
        if let working = atWork() { return working }
        if let fingerprint = token?.fingerprint, let held = held(fingerprint), let obstacle = obstacle(to: held) {
            return obstacle
        }
        if let blocked = renewalBlock(claim.permit) { return blocked }
        if let fingerprint = token?.fingerprint, let held = held(fingerprint) { bury(held.attempt) }
        line.fence += 1
        line.attempts.append(
            Attempt(
                id: claim.attempt, grant: grant, generationIn: line.generation, fence: line.fence, purpose: .exchange,
                rotation: rotation, host: claim.host, boot: claim.boot, caller: claim.caller, state: .ambiguous,
                claimedAt: now, sentAt: now))
        if let token { keepImported(token, claim.attempt, grant) }
        return .sent
    }

    /// The new grant's tokens become the next generation, as an exchange's do. Where another grant has taken the place of
    /// the one that it was to replace, it is kept as a candidate that is never adopted: the later word counts.
    mutating func renewed(
        _ id: AttemptID, grant: GrantID, from replaced: GrantID, content: TokenVersion.Content
    ) -> LineOutcome {
        let isKnown = line.versions.contains { $0.attempt == id } || line.attempt(id)?.state == .done
        guard !isKnown else { return .duplicate }
        close(id, as: .done)
        settleImported(by: id)
        if line.state == .revoked { return keepForRevocation(id, grant, content) }
        guard line.grant == replaced else {
            line.fence += 1
            line.versions.append(
                TokenVersion(
                    generation: line.generation + 1, parentGeneration: line.generation, grant: grant, attempt: id,
                    fence: line.fence, content: content, status: .candidate))
            return .candidate
        }
        return take(content, of: grant, by: id)
    }

    /// A new grant takes the line (§7): next generation, the old grant's open attempts on their own, quiet_at kept.
    mutating func take(_ content: TokenVersion.Content, of grant: GrantID, by attempt: AttemptID) -> LineOutcome {
        let first = line.generation == 0
        line.fence += 1
        abandonOpen()
        line.grant = grant
        line.grantedAt = nil
        let quietAt = line.quietAt
        advance(
            to: TokenVersion(
                generation: line.generation + 1, parentGeneration: line.generation, grant: grant, attempt: attempt,
                fence: line.fence, content: content, status: .current))
        line.quietAt = quietAt
        line.reportedDead = nil
        if first { signals = signals.map { $0 == .refreshed ? .created : $0 } }
        return .applied
    }

    // MARK: Guards

    /// One renewal at a time, as long as an earlier one can still be at work.
    private func atWork() -> LineOutcome? {
        let open = line.attempts.first { !$0.holderClear && $0.mayBeRenewing(at: now, timing: timing) }
        return open.map { .inFlight($0.id, until: $0.silence(timing)) }
    }

    /// The same refresh token from an earlier renewal whose answer got lost.
    private func held(_ fingerprint: Data) -> TokenVersion? {
        line.versions.first { line.isHeldForRenewal($0) && $0.content.fingerprint == fingerprint }
    }

    /// It is presented again only when nobody can hold, or still receive, the answer to it (§6).
    private func obstacle(to held: TokenVersion) -> LineOutcome? {
        let earlier = line.attempts.first { RefreshProtocol.importID(of: $0.id) == held.attempt }
        guard let earlier else { return nil }
        let until = max(line.quietAt, earlier.silence(timing))
        guard holderHasSpoken(earlier) else { return .notYet(until: max(until, now + timing.heartbeat), .holder) }
        if now < until { return .notYet(until: until, .silence) }
        return nil
    }

    private func renewalBlock(_ permit: Claim.Permit) -> LineOutcome? {
        if !permit.storeTrusted { return .refused(.storeWentBack) }
        if !permit.keysReady { return .refused(.keysUnavailable) }
        if case .open(let until) = permit.breaker { return .notYet(until: until, .breaker) }
        if let until = permit.rateLimitedUntil { return .notYet(until: until, .rateLimit) }
        return nil
    }

    // MARK: The refresh token that came with it

    private mutating func keepImported(_ token: TokenVersion.Content, _ attempt: AttemptID, _ grant: GrantID) {
        line.versions.append(
            TokenVersion(
                generation: line.generation + 1, parentGeneration: line.generation, grant: grant,
                attempt: RefreshProtocol.importID(of: attempt), fence: line.fence, content: token, status: .candidate))
    }

    /// Certainly not spent by us, or refused: whoever brought it may bring it again, to any connection.
    mutating func forgetImported(by attempt: AttemptID) { bury(RefreshProtocol.importID(of: attempt)) }

    private mutating func bury(_ version: AttemptID) {
        for index in line.versions.indices
        where line.versions[index].attempt == version && line.versions[index].status == .candidate {
            line.versions[index].status = .dead
            line.versions[index].content.fingerprint = nil
            line.versions[index].revocationPending = false
        }
    }

    /// Its child is here.
    private mutating func settleImported(by attempt: AttemptID) {
        let id = RefreshProtocol.importID(of: attempt)
        for index in line.versions.indices
        where line.versions[index].attempt == id && line.versions[index].status == .candidate {
            line.versions[index].status = .superseded
            line.versions[index].revocationPending = false
        }
    }
}

extension Attempt {
    /// Until when it may be at work, by its own times: `Line.quietAt` is over with the answer to a presentation of the
    /// line's grant, whatever another grant has at work. From its end on where it has one: after row 24 that is another
    /// call's beginning, and the longest one can be at work is never less than what row 12 asks for.
    fileprivate func silence(_ timing: Timing) -> Timestamp {
        (closedAt ?? sentAt ?? claimedAt) + timing.presentation + timing.clockTolerance
    }

    fileprivate func mayBeRenewing(at now: Timestamp, timing: Timing) -> Bool {
        purpose == .exchange && state == .ambiguous && silence(timing) > now
    }
}

extension Line {
    /// Whether the presentation of a renewal's grant can still be at work: then nothing of that grant is revoked (I6). Also
    /// one whose host has spoken: behind the closed socket the provider works on, or on another call (row 24), and
    /// `quietAt` may have ended with an answer to the line's own grant.
    package func isRenewing(at now: Timestamp, timing: Timing) -> Bool {
        attempts.contains { $0.mayBeRenewing(at: now, timing: timing) }
    }

    /// Whether an earlier renewal has left that refresh token here, since nobody knows what became of it.
    package func isHeldForRenewal(_ version: TokenVersion) -> Bool {
        version.status == .candidate && version.grant != grant && version.content.fingerprint != nil
    }
}
