import Model
import RefreshProtocol

/// Owners at work: actions that take no time run on at once, the others come back by the queue.
extension World {
    func start(host: Int, line: Int, need: Claim.Need, importing: Int? = nil, renewal: Renewal? = nil) {
        attempts += 1
        let id = AttemptID("a\(attempts)")
        // A renewal's T1 and T2 are one transaction on every store.
        let owner = Owner(attempt: id, timing: timing, merged: profile.mode == .sqlite || renewal != nil)
        var running = Running(
            attempt: id, line: line, need: need, importing: importing, renewal: renewal, owner: owner, claimedAt: now)
        let action = running.owner.start(at: clock(of: host))
        running.doing = action
        hosts[host].running.append(running)
        if let event = perform(action, host: host, attempt: id) { hear(event, host: host, attempt: id) }
    }

    /// Reports an event to its owner and carries out what follows, until something takes time.
    func hear(_ first: Owner.Event, host: Int, attempt: AttemptID) {
        var event = first
        while true {
            guard hosts[host].isAlive, let index = hosts[host].owner(of: attempt) else { return }
            if strikesAtBoundary(host) {
                if hosts[host].isAlive { postpone(event, host: host, attempt: attempt) }
                return
            }
            event = seams.hears(hosts[host].running[index].doing, event)
            remember(event, host: host, index: index)
            let action = hosts[host].running[index].owner.next(after: event, at: clock(of: host))
            hosts[host].running[index].doing = action
            guard let next = perform(action, host: host, attempt: attempt) else { return }
            event = next
        }
    }

    private func postpone(_ event: Owner.Event, host: Int, attempt: AttemptID) {
        schedule(
            .owner(host: host, boot: hosts[host].bootNumber, attempt: attempt, event), at: hosts[host].frozenUntil)
    }

    /// What the driver itself keeps of an event.
    private func remember(_ event: Owner.Event, host: Int, index: Int) {
        let running = hosts[host].running[index]
        let isClaimed = event == .stepped(.claimed) || event == .stepped(.sent)
        var isReread = false
        if case .reread = event { isReread = true }
        if isClaimed || isReread, running.presented == nil { learn(host: host, index: index) }
        if event == .stepped(.claimed), habits.startsClockAtAcknowledgement {
            var late = Owner(attempt: running.attempt, timing: timing, merged: false)
            _ = late.start(at: clock(of: host))
            hosts[host].running[index].owner = late
        }
    }

    /// What T1 claimed: the owner opens the current version to present it.
    private func learn(host: Int, index: Int) {
        let running = hosts[host].running[index]
        let line = store.lines[running.line]
        guard let attempt = store.attempt(running.attempt, line: running.line) else { return }
        hosts[host].running[index].presented = Presented(
            attempt: attempt.id, grant: attempt.grant,
            generationIn: running.renewal == nil ? attempt.generationIn : 0, fence: attempt.fence,
            host: attempt.host, boot: attempt.boot)
        hosts[host].running[index].purpose = attempt.purpose
        if let renewal = running.renewal { return hosts[host].running[index].token = renewal.token }
        hosts[host].running[index].token = line.versions.first { $0.status == .current }.flatMap {
            Sealed.refresh($0.content)
        }
    }

    /// Does one action; nil: its event comes later.
    private func perform(_ action: Owner.Action, host: Int, attempt: AttemptID) -> Owner.Event? {
        guard let index = hosts[host].owner(of: attempt) else { return nil }
        let running = hosts[host].running[index]
        switch action {
        case .claim where running.renewal != nil:
            return issue(.renew, host: host, attempt: attempt, line: running.line)
        case .claim:
            return issue(
                .claim(running.need, token: running.importing), host: host, attempt: attempt, line: running.line)
        case .send:
            let elapsed = habits.skipsBudget ? .zero : running.owner.elapsed(at: clock(of: host))
            return issue(.send(elapsed: elapsed), host: host, attempt: attempt, line: running.line)
        case .reread(let step): return issue(.reread(step), host: host, attempt: attempt, line: running.line)
        case .journal: return journal(host: host, attempt: attempt)
        case .present: return connect(host: host, attempt: attempt)
        case .spool: return spool(host: host, index: index)
        case .commit: return commit(host: host, index: index)
        case .deleteSpoolEntry:
            deleteEntry(attempt, host: host)
            return .spoolEntryDeleted
        case .recordNotSent(let reason):
            return issue(.notSent(reason), host: host, attempt: attempt, line: running.line)
        case .recordAmbiguous(let reason):
            return issue(.ambiguous(reason), host: host, attempt: attempt, line: running.line)
        case .finish(let result):
            finish(result, host: host, index: index)
            return nil
        }
    }

    private func journal(host: Int, attempt: AttemptID) -> Owner.Event? {
        if faulty, dice.chance(profile.faults.journalFails) {
            tally.add(.journalFailures)
            return .journalFailed
        }
        hosts[host].journal.insert(attempt)
        return .journaled
    }

    private func spool(host: Int, index: Int) -> Owner.Event? {
        let running = hosts[host].running[index]
        guard let answer = running.answer else { return .spooled }
        if faulty, dice.chance(profile.faults.spoolFails) {
            tally.add(.spoolFailures)
            schedule(
                .owner(host: host, boot: hosts[host].bootNumber, attempt: running.attempt, .spoolFailed),
                after: dice.between(100, 6_000))
            return nil
        }
        var entry = answer
        entry.isSynced = !habits.skipsSync
        hosts[host].spool.append(entry)
        if let call = entry.call, calls[call].fate == .received {
            calls[call].reachedSpool = true
            calls[call].fate = .spooled
        }
        if habits.deletesBeforeCommit { hosts[host].spool.removeAll { $0.attempt == running.attempt } }
        return .spooled
    }

    private func commit(host: Int, index: Int) -> Owner.Event? {
        let running = hosts[host].running[index]
        return issue(.commit, host: host, attempt: running.attempt, line: running.line)
    }

    func deleteEntry(_ attempt: AttemptID, host: Int) {
        guard let index = hosts[host].spool.firstIndex(where: { $0.attempt == attempt }) else { return }
        let entry = hosts[host].spool.remove(at: index)
        checkDeletion(entry)
    }

    private func finish(_ result: Owner.Result, host: Int, index: Int) {
        let running = hosts[host].running.remove(at: index)
        note("host \(host) finishes \(running.attempt): \(result)")
        if result == .spooled {
            schedule(.flush(host: host, boot: hosts[host].bootNumber), after: dice.between(500, 4_000))
        }
        if let renewal = running.renewal { return ended(renewal, line: running.line, result) }
        poll(
            host: host, line: running.line, after: result == .storeUnavailable ? dice.between(500, 3_000) : 1,
            outcome: result)
    }
}
