import ConnectorSDK
import Model
import RefreshProtocol

/// The wire: from the first byte to the answer, and what the provider does meanwhile.
extension World {
    /// Row 8's first byte.
    func write(_ running: Running, host: Int) -> Int {
        guard let presented = running.presented, let token = running.token else { return -1 }
        let plan = drawPlan()
        let index = calls.count
        calls.append(
            Call(
                attempt: presented.attempt, presented: presented, purpose: running.purpose, line: running.line,
                grant: provider.tokens[token].grant, token: token, host: host, hostID: hosts[host].id,
                boot: hosts[host].bootNumber, firstByte: now, plan: plan, workEnds: now + drawWork(plan)))
        note("host \(host) writes \(presented.attempt) of line \(running.line), token \(token), plan \(plan)")
        checkPresentation(index)
        provider.note(call: index, of: token)
        working.append(index)
        tally.add(.presentations)
        if plan == .gatewayTimeout || plan == .busy {
            schedule(.reply(call: index), after: dice.between(50, 8_000))
        }
        schedule(.work(call: index), at: calls[index].workEnds)
        return index
    }

    private func drawPlan() -> Call.Plan {
        let faults = profile.faults
        guard faulty else { return .answer }
        if dice.chance(faults.lost) { return .lost }
        if dice.chance(faults.truncated) { return .truncated }
        if dice.chance(faults.serverError) { return .serverError(done: dice.chance(0.5)) }
        if dice.chance(faults.gatewayTimeout) { return .gatewayTimeout }
        if dice.chance(faults.tooMany) { return .tooMany }
        if dice.chance(faults.busy) { return .busy }
        return .answer
    }

    /// How long the provider works: at most H + settle from the first byte, which is what `settle` promises (E4).
    private func drawWork(_ plan: Call.Plan) -> Int64 {
        let longest = (timing.hard + timing.settle).milliseconds
        switch plan {
        case .gatewayTimeout: return dice.between(8_000, 22_000)
        case .busy: return dice.between(8_000, longest)
        case .tooMany: return dice.between(20, 500)
        default: break
        }
        guard faulty, dice.chance(profile.faults.slowProvider) else { return dice.between(20, 900) }
        if profile.faults.worksWhileOpen, dice.chance(0.7) { return longest + dice.between(0, 4 * longest) }
        return dice.chance(0.5) ? dice.between(900, longest) : dice.between(longest - 16_000, longest)
    }

    /// A proxy's answer to a call at which the provider still works.
    func reply(_ index: Int) {
        guard calls[index].closed == nil, calls[index].arrived == nil else { return }
        tally.add(calls[index].plan == .busy ? .busy : .gatewayTimeouts)
        deliver(index, calls[index].plan == .busy ? .busy(code: "in_progress") : .unclear(code: "504"))
        if calls[index].plan == .gatewayTimeout { shortenWork(index, to: now + timing.settle.milliseconds) }
    }

    /// The provider's work on a call ends here.
    func work(_ index: Int) {
        guard !calls[index].isDone, now >= calls[index].workEnds else { return }
        calls[index].isDone = true
        working.removeAll { $0 == index }
        let call = calls[index]
        if call.plan == .tooMany { return finish(index, .retryLater(after: retryAfter(), code: "429"), .tooMany) }
        if call.plan == .serverError(done: false) { return finish(index, .unclear(code: "500"), .serverErrors) }
        if clientIsWrong { return finish(index, .clientError(code: "invalid_client"), .clientErrors) }
        if isLagging(call.token) { return finish(index, .refused(code: "invalid_grant"), .lagRefusals) }
        switch provider.redeem(call.token, at: now) {
        case .refused(let punished):
            if punished { tally.add(.familyRevocations) }
            finish(index, .refused(code: "invalid_grant"), .refusals)
        case .issued(let refresh, let access): issued(index, refresh: refresh, access: access)
        }
    }

    private func retryAfter() -> Duration? { dice.chance(0.6) ? .seconds(dice.between(1, 40)) : nil }

    private func isLagging(_ token: Int) -> Bool {
        let it = provider.tokens[token]
        return faulty && profile.faults.lagging && it.spentAt == nil && it.parent != nil && now < it.issuedAt + 40_000
    }

    private func issued(_ index: Int, refresh: Int, access: Int) {
        calls[index].issued = refresh
        calls[index].fate = .travelling
        if profile.faults.killsOldTokens { tally.add(.oldTokensDied) }
        note("provider issues token \(refresh) for \(calls[index].attempt)")
        guard calls[index].closed == nil, calls[index].arrived == nil else { return lose(index) }
        switch calls[index].plan {
        case .lost, .truncated:
            tally.add(calls[index].plan == .lost ? .lostAnswers : .truncated)
            lose(index)
            breakConnection(index)
        case .serverError:
            tally.add(.serverErrors)
            lose(index)
            deliver(index, .unclear(code: "500"))
        default: deliver(index, .tokens(content(refresh: refresh, access: access, of: index)))
        }
    }

    private func lose(_ index: Int) {
        calls[index].fate = .lost
        checkSelfMadeLoss(index)
    }

    private func finish(_ index: Int, _ answer: Answer, _ fact: Fact) {
        tally.add(fact)
        guard calls[index].closed == nil, calls[index].arrived == nil else { return }
        switch calls[index].plan {
        case .lost, .truncated: breakConnection(index)
        default: deliver(index, answer)
        }
    }

    private func deliver(_ index: Int, _ answer: Answer) {
        calls[index].arrived = answer
        schedule(.readable(call: index), after: dice.between(1, 20))
    }

    private func breakConnection(_ index: Int) { schedule(.broken(call: index), after: dice.between(1, 20)) }

    /// Our end of the socket is closed: the provider works on for at most `settle`, or not at all.
    func close(_ index: Int, _ reason: Call.Reason) {
        guard calls[index].closed == nil else { return }
        calls[index].closed = reason
        if reason == .crash, calls[index].fate == .travelling || calls[index].fate == .received {
            calls[index].fate = .lost
        }
        if reason != .answered { shortenWork(index, to: now + timing.settle.milliseconds) }
        checkClose(index)
    }

    func shortenWork(_ index: Int, to end: Int64) {
        guard !calls[index].isDone, calls[index].workEnds > end else { return }
        calls[index].workEnds = dice.chance(0.3) ? end : dice.between(now, end)
        schedule(.work(call: index), at: calls[index].workEnds)
    }

    /// What the provider's answer holds; a static provider may leave the refresh token out.
    private func content(refresh: Int, access: Int, of index: Int) -> TokenVersion.Content {
        let omitted = !provider.grants[calls[index].grant].rotation.rotates && dice.chance(0.5)
        let kept = omitted && habits.emptyTokenOverwrites ? nil : refresh
        return content(refresh: kept, access: access)
    }
}
