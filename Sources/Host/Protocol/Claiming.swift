import ConnectorSDK
import Model

/// Rows 1–5 and 21: who may present, decided on the primary inside T1.
extension LineWork {
    mutating func claim(_ claim: Claim) -> LineOutcome {
        if let refusal = standingRefusal(claim) {
            // Nothing is presented, but what somebody saw rejected is not served on.
            if refusal == .verify { noteReport(claim.need) }
            return .refused(refusal)
        }
        noteReport(claim.need)
        if let outcome = clearTheWay() { return outcome }
        if let candidate = adoptable() {  // row 2
            adopt(candidate)
            return .adopted
        }
        if case .needsReauthorization = line.state { return .refused(.needsReauthorization) }
        if isOutdated(claim.need) { return .current }
        if let blocked = localBlock(claim.permit) { return blocked }
        switch line.state {
        case .recovering: return claimReplay(claim)
        case .suspect: return claimConfirmation(claim)
        default: return line.unresolved.isEmpty ? claimNormal(claim) : claimReplay(claim)
        }
    }

    private func standingRefusal(_ claim: Claim) -> LineOutcome.Refusal? {
        switch line.state {
        case .revoked: .revoked
        case .verify: .verify
        // Whatever state a way out of VERIFY has left it in.
        case _ where line.isHandedOver: .verify
        // An import holds its refresh token before its first answer; nothing else can be presented while pending.
        case .pending where line.current == nil: .pending
        default: claim.permit.storeTrusted ? nil : .storeWentBack
        }
    }

    /// What an open attempt means for a claim: nil when the way is free.
    private mutating func clearTheWay() -> LineOutcome? {
        guard let open = line.open else {
            // An open attempt without a row cannot be answered by its owner: it holds the line no longer.
            line.openAttempt = nil
            return nil
        }
        let lease = line.leaseUntil ?? .distantPast
        if open.state == .intent && adoptable() != nil { return nil }  // row 2: adopting closes it
        guard now >= lease else { return .inFlight(open.id, until: lease) }
        release(open.id)
        if open.state == .intent {  // row 3
            close(open.id, as: .notSent, outcome: "lease_expired_before_sending")
            return nil
        }
        close(open.id, as: .ambiguous, outcome: "taken_over")  // row 4
        if isOfThisGeneration(open) { line.state = .recovering }
        return .notYet(until: max(line.quietAt, now), .takenOver)
    }

    private func localBlock(_ permit: Claim.Permit) -> LineOutcome? {
        if !permit.keysReady { return .refused(.keysUnavailable) }
        if !permit.spoolFlushed { return .refused(.spoolUnflushed) }
        if let until = permit.pausedUntil, now < until, governingClass().rotates {
            return .notYet(until: until, .newSession)
        }
        if now < line.nextTryAt {
            return .notYet(until: line.nextTryAt, line.state == .suspect ? .confirmDelay : .backOff)
        }
        // Row 6 would refuse: a claim before silence is an attempt for nothing.
        if now < line.quietAt { return .notYet(until: line.quietAt, .silence) }
        if let until = permit.upgradeAt, line.unresolved.isEmpty, line.expiresAt.map({ now < $0 }) ?? true {
            return .notYet(until: max(until, now), .upgrade)
        }
        if case .open(let until) = permit.breaker { return .notYet(until: until, .breaker) }
        if let until = permit.rateLimitedUntil { return .notYet(until: until, .rateLimit) }
        return nil
    }

    /// Row 5. `enabled` is not asked: what was begun is finished.
    private mutating func claimReplay(_ claim: Claim) -> LineOutcome {
        guard mayReplay() else { return .notYet(until: replayHint(), .holder) }
        return take(claim, purpose: .replay)
    }

    /// Row 21.
    private mutating func claimConfirmation(_ claim: Claim) -> LineOutcome {
        guard line.enabled else { return .refused(.disabled) }
        guard line.unresolved.allSatisfy(holderHasSpoken) else {
            return .notYet(until: now + timing.heartbeat, .holder)
        }
        return take(claim, purpose: .confirm)
    }

    /// Row 1.
    private mutating func claimNormal(_ claim: Claim) -> LineOutcome {
        guard line.enabled else { return .refused(.disabled) }
        guard line.canPresent else { return .refused(.nothingToPresent) }
        guard isNeeded(claim.need) else { return .current }
        if let notBefore = line.notBefore, now < notBefore { return .notYet(until: notBefore, .notBefore) }
        if let until = limit(claim.need) { return until }
        return take(claim, purpose: .normal)
    }

    /// T1's writes.
    mutating func take(_ claim: Claim, purpose: Attempt.Purpose) -> LineOutcome {
        line.fence += 1
        line.leaseUntil = now + timing.lease
        line.openAttempt = claim.attempt
        line.attempts.append(
            Attempt(
                id: claim.attempt, grant: line.grant, generationIn: line.generation, fence: line.fence,
                purpose: purpose,
                rotation: line.rotation, host: claim.host, boot: claim.boot, caller: claim.caller,
                state: .intent, claimedAt: now))
        return .claimed
    }

    // MARK: Need (§8)

    /// A request bound to a generation that is over costs no call, in no state.
    private func isOutdated(_ need: Claim.Need) -> Bool {
        switch need {
        case .scheduled: false
        case .validity(let bound, _), .generation(let bound), .report(let bound), .force(let bound):
            bound != line.generation
        }
    }

    private func isNeeded(_ need: Claim.Need) -> Bool {
        switch need {
        // A transient failure is something to finish, due or not: else DEGRADED would last until the next expiry (I10).
        case .scheduled: line.state == .degraded || line.dueAt.map { $0 <= now } ?? false
        case .validity(_, let until):
            line.expiresAt.map { $0 < until } ?? false
        case .generation, .report, .force: true
        }
    }

    /// One forced refresh and three reports per interval; a 401 per generation would else loop.
    private mutating func limit(_ need: Claim.Need) -> LineOutcome? {
        switch need {
        case .force:
            if let last = line.forcedAt, now < last + timing.forceInterval {
                return .notYet(until: last + timing.forceInterval, .forceInterval)
            }
            line.forcedAt = now
        case .report:
            if now >= (line.reportsSince ?? .distantPast) + timing.forceInterval {
                line.reportsSince = now
                line.reports = 0
            }
            if hasManyReports {
                return .notYet(until: (line.reportsSince ?? now) + timing.forceInterval, .reportInterval)
            }
            line.reports += 1
        default: break
        }
        return nil
    }

    /// The free reports of this interval are used up.
    var hasManyReports: Bool {
        guard timing.forceInterval > .zero, let since = line.reportsSince else { return false }
        return line.reports >= 3 && now < since + timing.forceInterval
    }

    /// A report that no claim has noted: its refresh was another one that it joined, or could not be begun.
    mutating func report(of generation: Int64) -> LineOutcome {
        guard generation == line.generation, line.reportedDead != generation, line.state != .revoked else {
            return .current
        }
        noteReport(.report(generation: generation))
        return .applied
    }

    /// A family's recovery may begin once its access token is known to be dead (§6), and an unknown lifetime ends.
    private mutating func noteReport(_ need: Claim.Need) {
        guard case .report(let generation) = need, generation == line.generation else { return }
        let isNew = line.reportedDead != generation
        line.reportedDead = generation
        takeReport(isNew: isNew)
    }
}
