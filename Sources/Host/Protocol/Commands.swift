import ConnectorSDK
import Model

/// Row 26 and §7, §9: statements of hosts, and commands that meet a refresh.
extension LineWork {
    /// Row 26, after the host has flushed its spool.
    mutating func statement(of host: HostID, boot: BootID, journaled: Set<AttemptID>, exclusive: Bool) -> LineOutcome {
        let old = line.attempts.filter { $0.host == host && $0.boot != boot }
        // Its process is dead: an INTENT can no longer be sent, and its T2, were it still under way, must fail.
        for attempt in old where attempt.state == .intent {
            close(attempt.id, as: .notSent, outcome: "process_ended_before_sending")
            release(attempt.id)
        }
        let unresolved = Set(line.unresolved.map(\.id))
        // One that is clear already has been judged, and its journal line may be gone: only its silence counts again,
        // since a restart may have moved an embedded store's clock.
        let clear = old.filter { $0.state == .ambiguous && $0.holderClear && unresolved.contains($0.id) }
        let pending = old.filter { $0.state == .sent || ($0.state == .ambiguous && !$0.holderClear) }
        guard !pending.isEmpty || !clear.isEmpty else { return .applied }
        let wasOpen = pending.contains { $0.id == line.openAttempt }
        for attempt in pending { judge(attempt, wasWritten: journaled.contains(attempt.id)) }
        let quiet = now + (exclusive ? timing.settle : timing.afterClose)
        // §10: the dead process held the only open call. A silence that row 24 asked for is another call's: it stays.
        line.quietAt = exclusive && wasOpen ? quiet : max(line.quietAt, quiet)
        return .applied
    }

    private mutating func judge(_ attempt: Attempt, wasWritten: Bool) {
        let mine = line.openAttempt == attempt.id
        close(attempt.id, as: wasWritten ? .ambiguous : .notSent, outcome: "process_ended")
        release(attempt.id)
        guard wasWritten else { return }
        line.update(attempt.id) { $0.holderClear = true }
        if mine, isOfThisGeneration(attempt) { enterRecovering(code: "host_restarted") }
    }

    /// Exchange and reconnect: lock, next generation, new grant; the old grant's open attempts are on their own.
    mutating func redeem(
        _ attempt: AttemptID, grant: GrantID, content: TokenVersion.Content, by redeemer: Redeemer?
    ) -> LineOutcome {
        guard !line.versions.contains(where: { $0.attempt == attempt }), line.attempt(attempt) == nil else {
            return .duplicate
        }
        defer { if let redeemer { note(attempt, grant, redeemer) } }
        if line.state == .revoked { return keepForRevocation(attempt, grant, content) }
        return take(content, of: grant, by: attempt)
    }

    private mutating func note(_ id: AttemptID, _ grant: GrantID, _ redeemer: Redeemer) {
        line.attempts.append(
            Attempt(
                id: id, grant: grant, generationIn: line.generation - (line.state == .revoked ? 0 : 1),
                fence: line.fence, purpose: .exchange, rotation: line.rotation, host: redeemer.host,
                boot: redeemer.boot, caller: redeemer.caller, state: .done, claimedAt: redeemer.sentAt,
                sentAt: redeemer.sentAt, closedAt: now))
    }

    /// Revoked while the consent page was open: the new grant is a late child as row 15's is, and is revoked as it is.
    mutating func keepForRevocation(
        _ attempt: AttemptID, _ grant: GrantID, _ content: TokenVersion.Content
    ) -> LineOutcome {
        line.fence += 1
        line.versions.append(
            TokenVersion(
                generation: line.generation + 1, parentGeneration: line.generation, grant: grant, attempt: attempt,
                fence: line.fence, content: content, status: .candidate, revocationPending: true))
        signals.append(.revocationWanted)
        return .candidate
    }

    /// Import: the refresh token is generation 0's, claimed at once, stored before it is presented.
    mutating func importGrant(_ claim: Claim, grant: GrantID, content: TokenVersion.Content) -> LineOutcome {
        guard line.generation == 0, line.versions.isEmpty else { return .current }
        line.grant = grant
        line.versions = [
            TokenVersion(
                generation: 0, parentGeneration: 0, grant: grant, attempt: RefreshProtocol.importID(of: claim.attempt),
                fence: 0, content: content, status: .current)
        ]
        line.dueAt = now
        return take(claim, purpose: .normal)
    }

    /// At once: tokens are not served any more; the revoker does the rest.
    mutating func revoke() -> LineOutcome {
        guard line.state != .revoked else { return .applied }
        line.fence += 1
        abandonOpen()
        line.state = .revoked
        line.dueAt = nil
        signals.append(.revoked)
        // Another authority goes on with it: the provider is told nothing of that grant (docs/decisions/0028).
        let elsewhere = line.isHandedOver ? line.grant : nil
        for index in line.versions.indices
        where [.current, .candidate].contains(line.versions[index].status) && line.versions[index].grant != elsewhere {
            line.versions[index].revocationPending = true
        }
        if elsewhere == nil || line.versions.contains(where: \.revocationPending) { signals.append(.revocationWanted) }
        return .applied
    }

    mutating func setEnabled(_ enabled: Bool) -> LineOutcome {
        line.enabled = enabled
        return .applied
    }

    /// INTENT -> NOT_SENT, SENT -> AMBIGUOUS, lease and `open_attempt` cleared, quiet_at kept.
    mutating func abandonOpen() {
        if let open = line.open {
            close(open.id, as: open.state == .intent ? .notSent : .ambiguous, outcome: "overtaken_by_command")
        }
        line.openAttempt = nil
        line.leaseUntil = nil
    }

    // MARK: §9

    mutating func storeWentBack(epoch: Int64, mayBeAtWork: Bool) -> LineOutcome {
        // The order of sending goes on above what the lost rows had. So do the generations of a line that is pending here:
        // in the lost rows it may have been connected, and its readers know those.
        line.fence = max(line.fence, epoch << 32)
        guard line.current != nil else { return .applied }  // never connected: nothing that could be superseded
        let before = line.generation
        line.generation = max(line.generation, epoch << 32)
        // What was told of this token was told.
        if line.toldExpired == before { line.toldExpired = line.generation }
        if line.reportedDead == before { line.reportedDead = line.generation }
        for index in line.versions.indices where line.versions[index].status == .current {
            line.versions[index].generation = line.generation
        }
        abandonOpen()
        if mayBeAtWork { line.quietAt = max(line.quietAt, now + timing.presentation + timing.clockTolerance) }
        guard line.rotation.rotates, line.state != .revoked else { return .applied }
        line.state = .verify
        return .applied
    }

    /// Nobody's word about it is awaited: its host has brought in all that it held of it. The grant is not in the journal;
    /// the order of sending goes on through all of a line.
    mutating func recall(_ presented: Presented) -> LineOutcome {
        guard line.isOvertaken(by: presented.fence) else { return .current }
        line.attempts.append(
            Attempt(
                id: presented.attempt, grant: line.grant, generationIn: presented.generationIn, fence: presented.fence,
                purpose: .normal, rotation: line.rotation, host: presented.host, boot: presented.boot,
                state: .ambiguous,
                claimedAt: now, sentAt: now, holderClear: true, closedAt: now, outcome: "before_the_store_went_back"))
        return .applied
    }

    mutating func adoptNewest() -> LineOutcome {
        // Handed over, it may be superseded by what nobody here can hold: it is taken back first, by `assumeCurrent`.
        guard line.state == .verify, !line.isHandedOver else { return .current }
        let held = line.versions.filter { $0.grant == line.grant && $0.status == .candidate }
        // The current one is presented on the operator's word alone: it may be superseded.
        guard let newest = held.max(by: { $0.fence < $1.fence }), newest.fence > (line.current?.fence ?? 0) else {
            return .current
        }
        line.state = .degraded
        adopt(newest)
        return .applied
    }

    mutating func assumeCurrent() -> LineOutcome {
        guard line.state == .verify else { return .current }
        for attempt in line.attempts where line.isHandOver(attempt) {
            close(attempt.id, as: .notSent, outcome: "taken_back")
        }
        line.state = .degraded
        line.dueAt = now
        return .applied
    }

    mutating func reauthorize() -> LineOutcome {
        guard line.state == .verify else { return .current }
        line.state = .needsReauthorization(.restored)
        line.dueAt = nil
        signals.append(.reauthorizationRequired(.restored))
        return .applied
    }
}

extension Line {
    /// Whether a presentation of that fence is later than all that a line in VERIFY shows.
    package func isOvertaken(by fence: Int64) -> Bool {
        let known = versions.map(\.fence) + attempts.filter { $0.state == .ambiguous }.map(\.fence)
        return state == .verify && fence > known.max() ?? .min
    }
}
