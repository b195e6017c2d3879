import ConnectorSDK
import Model
import RefreshProtocol

/// The invariants that only the provider's truth can show.
extension World {
    /// At the first byte.
    func checkPresentation(_ index: Int) {
        let call = calls[index]
        checkI6(call)
        checkLease(call)
        let owner = provider.grants[provider.tokens[call.token].grant].line
        if owner != call.line {
            return fail(.authorities, "line \(call.line) presents token \(call.token) of line \(owner)")
        }
        if provider.grants[call.grant].isGiven {
            return fail(.handedOver, "\(call.attempt) presents token \(call.token), which another authority has")
        }
        checkI1(call)
    }

    /// I6: no two calls of one grant overlap at the provider.
    private func checkI6(_ call: Call) { checkI6(call.attempt.description, grant: call.grant) }

    /// The same of another authority's.
    func checkI6(_ name: String, grant: Int) {
        guard let other = working.first(where: { calls[$0].grant == grant }) else { return }
        fail(.i6, "\(name) begins while the provider works on \(calls[other].attempt) until \(calls[other].workEnds)")
    }

    /// Row 8: a first byte leaves within the lease of its claim.
    private func checkLease(_ call: Call) {
        guard let attempt = store.attempt(call.attempt, line: call.line) else { return }
        let end = attempt.claimedAt + timing.lease
        if storeNow > end { fail(.lateSend, "\(call.attempt) begins after its lease") }
    }

    /// I1: a refresh token that was spent is presented again only by its class's rule.
    private func checkI1(_ call: Call) {
        let token = provider.tokens[call.token]
        let rotation = provider.grants[call.grant].rotation
        guard rotation.rotates, !provider.grants[call.grant].revoked, call.purpose != .confirm else { return }
        let spenders = token.calls.filter { calls[$0].issued != nil }
        guard !spenders.isEmpty else { return }
        if call.purpose == .normal {
            return fail(.i1, "\(call.attempt) presents token \(call.token) as if it had not been spent")
        }
        if provider.wouldPunish(call.token, at: now) { return checkFamilyRule(call, spenders) }
        if case .overlap = rotation { return }
        let isStored = store.lines[call.line].versions.contains { version in
            version.status == .candidate && spenders.contains { calls[$0].attempt == version.attempt }
        }
        if isStored { fail(.i1, "\(call.attempt) presents token \(call.token) beside its stored child") }
    }

    /// §6, single_use_family: nobody holds or may still receive a child, and the access token is of no use any more.
    private func checkFamilyRule(_ call: Call, _ spenders: [Int]) {
        for spender in spenders where calls[spender].fate != .lost && !isExcused(calls[spender].hostID) {
            let fate = calls[spender].fate
            return fail(
                .familyRevoked, "\(call.attempt) revokes the child of \(calls[spender].attempt), which is \(fate)")
        }
        let line = store.lines[call.line]
        guard line.grant == call.presented.grant, line.generation == call.presented.generationIn else { return }
        guard line.generation > 0, line.reportedDead != line.generation, let expiry = line.expiresAt else { return }
        if storeNow + timing.clockTolerance < expiry - timing.ownership {
            fail(.familyRevoked, "\(call.attempt) revokes a living access token")
        }
    }

    /// Lost by the operator's word, or silent for G (§12).
    private func isExcused(_ host: HostID) -> Bool {
        guard let fact = departed[host] else { return false }
        return fact.lost || storeNow - fact.heartbeatAt >= timing.ownerGrace
    }

    /// What is asked of a claim that a caller bound to a generation (§8): it costs no call once that is over.
    func checkBinding(_ need: Claim.Need, _ outcome: LineOutcome, line: Int) {
        guard outcome == .claimed, store.lines[line].open?.purpose == .normal else { return }
        let bound: Int64
        switch need {
        case .generation(let generation), .report(let generation), .force(let generation),
            .validity(let generation, _):
            bound = generation
        case .scheduled: return
        }
        let generation = store.lines[line].generation
        if bound != generation {
            fail(.i3, "line \(line): a refresh of generation \(bound) cost a call for \(generation)")
        }
    }

    /// M15: a living host's INTENT without an owner stalls the line for a lease.
    func checkStall(_ attempt: AttemptID, host: Int, line: Int) {
        guard let open = store.attempt(attempt, line: line), open.state == .intent else { return }
        guard let holder = hosts.first(where: { $0.id == open.host }), holder.isAlive, now >= holder.frozenUntil else {
            return
        }
        guard holder.boot(holder.bootNumber) == open.boot, holder.owner(of: attempt) == nil else { return }
        fail(.i10, "line \(line): \(attempt) stalls it for a lease, and its living host has forgotten it")
    }

    /// Our end of a socket was closed.
    func checkClose(_ index: Int) {
        let call = calls[index]
        if call.closed == .deadline, case .tokens? = call.arrived {
            fail(.selfMadeLoss, "\(call.attempt): the socket was closed over a delivered answer")
        }
    }

    /// An answer that nobody will get.
    func checkSelfMadeLoss(_ index: Int) {
        guard let reason = calls[index].closed, reason == .caller || reason == .soft else { return }
        fail(.selfMadeLoss, "\(calls[index].attempt): the socket was closed (\(reason)) before its answer")
    }

    /// I5: a token answer leaves the spool only when the store holds it.
    func checkDeletion(_ entry: SpoolEntry) {
        guard !rolledBack, !store.holds(entry.attempt, line: entry.line) else { return }
        switch entry.content {
        case .answer(_, .tokens): fail(.i5, "the answer to \(entry.attempt) left the spool and is not in the store")
        case .redeemed: fail(.i5, "the exchange \(entry.attempt) left the spool and is not in the store")
        default: break
        }
    }

    // MARK: At the end

    /// I5, I10 and "nothing lost", once everything has come to rest.
    func checkEnd() {
        guard !rolledBack else { return }
        for call in calls where call.issued != nil && call.reachedSpool {
            guard !store.holds(call.attempt, line: call.line) else { continue }
            return fail(.i5, "the answer to \(call.attempt) reached a spool and is not in the store")
        }
        for (line, attempt) in witness.redeemed where !store.holds(attempt, line: line) {
            guard departed.isEmpty else { continue }
            return fail(.i5, "the exchange \(attempt) reached a spool and is not in the store")
        }
        for index in store.lines.indices { checkRest(index) }
    }

    private func checkRest(_ index: Int) {
        let line = store.lines[index]
        let living = line.versions.filter { version in
            (version.status == .current || version.status == .candidate) && version.grant == line.grant
                && Sealed.refresh(version.content).map { provider.isAlive($0, at: now) } ?? false
        }
        if isNeedsReauthorization(line.state), let held = living.first {
            fail(.i10, "line \(index): NEEDS_REAUTH, and the living token of \(held.attempt) is held")
        }
        guard line.state == .active, line.enabled, !(line.expiresAt.map { $0 <= storeNow } ?? false) else { return }
        if let token = currentToken(index), !provider.isAlive(token, at: now),
            !provider.grants[provider.tokens[token].grant].revoked,
            living.contains(where: { $0.status == .candidate })
        {
            fail(.deadPointer, "line \(index): ACTIVE on dead token \(token) beside a living candidate")
        }
    }
}
