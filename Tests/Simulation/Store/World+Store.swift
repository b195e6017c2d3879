import Model
import RefreshProtocol

/// Transactions: refused, slow, or committed without saying so.
extension World {
    var storeNow: Timestamp { Timestamp(milliseconds: Self.start + now + clockGain) }

    /// Real time at which the store's clock, if it goes on as now, will show that.
    func realTime(of time: Timestamp) -> Int64 { time.milliseconds - Self.start - clockGain }

    /// Runs a request at once, or later; nil: its event comes by the queue.
    func issue(_ kind: StoreRequest.Kind, host: Int, attempt: AttemptID, line: Int) -> Owner.Event? {
        var request = StoreRequest(
            kind: kind, host: host, boot: hosts[host].bootNumber, attempt: attempt, line: line, session: session)
        let faults = profile.faults
        if now < outageEnds || (kind.commits && isNewSession(host)) || (faulty && dice.chance(faults.storeFails)) {
            tally.add(.storeFailures)
            tell(request, .storeFailed, after: dice.between(100, 1_500))
            return nil
        }
        let isSlow = faulty && dice.chance(faults.slowStore)
        if faulty, dice.chance(faults.acknowledgementLost) {
            tally.add(.acknowledgementsLost)
            request.acknowledged = false
            let executes = dice.chance(0.5)
            request.answersAt = now + dice.between(20, 3_000)
            if executes { run(request) }
            tell(request, .acknowledgementLost, after: request.answersAt - now)
            return nil
        }
        guard isSlow else { return run(request) }
        tally.add(.slowTransactions)
        let delay = dice.chance(0.2) ? dice.between(3_000, 30_000) : dice.between(20, 3_000)
        request.answersAt = now + delay + (dice.chance(0.3) ? dice.between(0, 8_000) : 1)
        requests.append(request)
        schedule(.transact(requests.count - 1), after: delay)
        return nil
    }

    private func tell(_ request: StoreRequest, _ event: Owner.Event, after delay: Int64) {
        schedule(.owner(host: request.host, boot: request.boot, attempt: request.attempt, event), after: delay)
    }

    /// A slow transaction commits now. On a shared store also when its host has died meanwhile.
    func transact(_ index: Int) {
        let request = requests[index]
        let host = hosts[request.host]
        if profile.mode == .sqlite {
            guard host.isAlive, host.bootNumber == request.boot else { return }
            if now < host.frozenUntil { return schedule(.transact(index), at: host.frozenUntil) }
        }
        guard request.session == session, now >= outageEnds else {
            return tell(request, .acknowledgementLost, after: max(1, request.answersAt - now))
        }
        if let event = run(request) { tell(request, event, after: max(1, request.answersAt - now)) }
    }

    /// The transaction itself.
    @discardableResult
    private func run(_ request: StoreRequest) -> Owner.Event? {
        look(host: request.host)
        switch request.kind {
        case .claim(let need, let token): return runClaim(request, need, importing: token)
        case .renew: return runRenewal(request)
        case .send(let elapsed): return runSend(request, elapsed)
        case .reread:
            let attempt = store.attempt(request.attempt, line: request.line)
            return .reread(attempt, mine: store.lines[request.line].openAttempt == request.attempt)
        case .notSent(let reason):
            return .stepped(
                step(request.line, .notSent(request.attempt, reason: reason), attempt: request.attempt).outcome)
        case .ambiguous(let reason):
            return .stepped(
                step(request.line, .ambiguous(request.attempt, reason: reason), attempt: request.attempt).outcome)
        case .commit, .flush: return runCommit(request)
        case .statement:
            runStatement(request)
            return .stepped(.applied)
        }
    }

    private func runClaim(_ request: StoreRequest, _ need: Claim.Need, importing token: Int?) -> Owner.Event {
        let permit = permit(request)
        let claim = Claim(
            attempt: request.attempt, host: hosts[request.host].id, boot: hosts[request.host].boot(request.boot),
            need: bound(need, line: request.line), permit: permit)
        let event: LineEvent
        if let token {
            event = .importGrant(claim, grant: grantID(provider.tokens[token].grant), content: imported(token))
        } else {
            event = .claim(claim)
        }
        let outcome = step(request.line, event, attempt: request.attempt).outcome
        checkBinding(need, outcome, line: request.line)
        guard outcome == .claimed else {
            if permit.breaker == .probe {
                hosts[request.host].breakers[client(of: request.line)].returnProbe(at: storeNow)
            }
            return .stepped(outcome)
        }
        tally.add(.claims)
        guard profile.mode == .sqlite else { return .stepped(.claimed) }
        return runSend(request, .zero)
    }

    private func bound(_ need: Claim.Need, line: Int) -> Claim.Need {
        guard habits.bindsForceLate, case .force = need else { return need }
        return .force(generation: store.lines[line].generation)
    }

    private func runSend(_ request: StoreRequest, _ elapsed: Duration) -> Owner.Event {
        let outcome = step(request.line, .send(request.attempt, elapsed: elapsed), attempt: request.attempt).outcome
        if outcome == .sent {
            tally.add(.sends)
            lastDraw = now
            hosts[request.host].highestMark = max(hosts[request.host].highestMark, store.drawMark())
        }
        return .stepped(outcome)
    }

    func imported(_ token: Int) -> TokenVersion.Content {
        var content = content(refresh: token, access: provider.tokens[token].accessToken)
        content.expiresAt = nil
        return content
    }

    /// T3 with what the spool entry, or the owner's memory, holds.
    private func runCommit(_ request: StoreRequest) -> Owner.Event {
        guard let entry = hosts[request.host].entry(request.attempt) else { return .stepped(.duplicate) }
        switch entry.content {
        case .answer(let presented, let answer):
            let before = store.lines[request.line].generation
            let event = entry.event(presented, answer)
            let outcome = step(request.line, event, attempt: request.attempt).outcome
            if case .tokens = answer, store.holds(request.attempt, line: request.line), let call = entry.call {
                calls[call].fate = .stored
            }
            hosts[request.host].hear(answer, client: client(of: request.line), at: storeNow)
            if entry.replaces != nil, outcome == .applied { tally.add(.renewed) }
            if outcome == .advanced, before < store.lines[request.line].generation { tally.add(.refreshes) }
            return .stepped(outcome)
        case .redeemed(let grant, let content, let seen):
            if habits.redeemComparesGeneration, store.lines[request.line].generation != seen {
                return .stepped(.duplicate)
            }
            return .stepped(
                step(request.line, .redeem(request.attempt, grant: grant, content: content), attempt: request.attempt)
                    .outcome)
        }
    }

    private func runStatement(_ request: StoreRequest) {
        let host = hosts[request.host]
        for index in store.lines.indices {
            guard store.lines[index].attempts.contains(where: { $0.host == host.id }) else { continue }
            tally.add(.statements)
            _ = step(
                index,
                .statement(
                    host: host.id, boot: host.boot(request.boot), journaled: host.journal,
                    exclusive: profile.mode == .sqlite),
                attempt: nil)
        }
        hosts[request.host].owesStatement = false
    }

    /// Every change of a line goes through here: the protocol, or a mutant of it, then the invariants.
    @discardableResult
    func step(_ index: Int, _ event: LineEvent, attempt: AttemptID?) -> LineStep {
        let old = store.load(index, attempt: attempt)
        let context = RefreshProtocol.Context(now: storeNow, timing: timing, hosts: facts(for: old))
        let step = seams.step(old, event, context)
        tally.add(.steps)
        note("line \(index): \(event.label) -> \(step.outcome.label), \(step.line.summary)")
        count(old, event, step)
        store.save(step.line, at: index)
        checkStep(index, old, event, step)
        return step
    }

    /// The heartbeats of all hosts that ever were: a living one's is fresh, a frozen or dead one's as old as its silence.
    private func facts(for line: Line) -> [HostID: RefreshProtocol.HostFact] {
        guard line.attempts.contains(where: { $0.state == .ambiguous && !$0.holderClear }) else { return [:] }
        var facts: [HostID: RefreshProtocol.HostFact] = [:]
        for host in hosts.indices {
            facts[hosts[host].id] = .init(
                heartbeatAt: isAudible(host) ? storeNow : hosts[host].lastBeat, boot: bootHeard(of: host))
        }
        for (id, fact) in departed { facts[id] = fact }
        if habits.countsSilenceOfStore { return facts }
        return RefreshProtocol.HostFact.heard(facts, since: silence.since, now: storeNow, timing: timing)
    }
}
