import Model
import RefreshProtocol

/// The owner's side of the wire: connect, the last check, reading, and H.
extension World {
    func connect(host: Int, attempt: AttemptID) -> Owner.Event? {
        let faults = profile.faults
        let isSlow = faulty && dice.chance(faults.slowConnect)
        let delay = isSlow ? dice.between(1_000, 6_000) : dice.between(2, 60)
        if faulty, dice.chance(faults.connectFails) {
            tally.add(.connectFailures)
            schedule(
                .owner(host: host, boot: hosts[host].bootNumber, attempt: attempt, .notWritten(reason: "connect")),
                after: delay)
            return nil
        }
        schedule(.connected(host: host, boot: hosts[host].bootNumber, attempt: attempt), after: delay)
        return nil
    }

    /// Row 8: connected; the budget is checked as the last act before the write.
    func connected(host: Int, attempt: AttemptID) {
        guard let index = hosts[host].owner(of: attempt) else { return }
        let running = hosts[host].running[index]
        guard habits.skipsBudget || running.owner.writeBudget.allowsWriting(at: clock(of: host)) else {
            tally.add(.budgetStops)
            return hear(.notWritten(reason: "budget"), host: host, attempt: attempt)
        }
        present(host: host, index: index)
    }

    private func present(host: Int, index: Int) {
        let running = hosts[host].running[index]
        hosts[host].breakers[client(of: running.line)].presented(at: storeNow)
        let call = write(running, host: host)
        guard call >= 0, violation == nil else { return }
        hosts[host].running[index].call = call
        let boot = hosts[host].bootNumber
        schedule(
            .hardDeadline(host: host, boot: boot, attempt: running.attempt, call: call), after: timing.hard.milliseconds
        )
        if habits.closesAtSoftDeadline || habits.cancelsWithCaller {
            let delay = habits.cancelsWithCaller ? dice.between(1, 20_000) : timing.soft.milliseconds
            schedule(.softDeadline(host: host, boot: boot, attempt: running.attempt, call: call), after: delay)
        }
        if faulty, dice.chance(profile.faults.wireFreeze) { freeze(host, for: drawFreeze(long: dice.chance(0.6))) }
    }

    /// Whether the owner still reads this call.
    private func isReading(_ call: Int, host: Int, attempt: AttemptID) -> Bool {
        guard let index = hosts[host].owner(of: attempt) else { return false }
        return hosts[host].running[index].call == call && calls[call].closed == nil
    }

    /// Row 11: the complete answer, whenever it is read.
    func readable(_ index: Int) {
        let call = calls[index]
        if call.issued != nil, call.fate == .travelling { calls[index].fate = .received }
        guard isReading(index, host: call.host, attempt: call.attempt), let answer = call.arrived else { return }
        let isLate = now > call.firstByte + timing.hard.milliseconds
        if isLate, habits.skipsLastRead { return }
        if isLate { tally.add(.lateAnswers) }
        take(answer, of: index)
    }

    private func take(_ answer: Answer, of index: Int) {
        let call = calls[index]
        guard let owner = hosts[call.host].owner(of: call.attempt) else { return }
        if calls[index].fate == .travelling { calls[index].fate = .received }
        close(index, .answered)
        hosts[call.host].running[owner].answer = SpoolEntry(
            attempt: call.attempt, line: call.line, content: .answer(call.presented, answer),
            replaces: hosts[call.host].running[owner].renewal?.replaces, call: index, isSynced: false)
        hear(.answered, host: call.host, attempt: call.attempt)
    }

    /// The connection broke: reset, or cut within the answer.
    func broken(_ index: Int) {
        let call = calls[index]
        guard isReading(index, host: call.host, attempt: call.attempt) else { return }
        close(index, .broken)
        if habits.retriesBrokenCalls, let owner = hosts[call.host].owner(of: call.attempt) {
            return present(host: call.host, index: owner)
        }
        hear(.broken(reason: "reset"), host: call.host, attempt: call.attempt)
    }

    /// Row 12: H passed. One last read, then the socket is closed.
    func hardDeadline(host: Int, attempt: AttemptID, call: Int) {
        guard isReading(call, host: host, attempt: attempt) else { return }
        if let answer = calls[call].arrived, !habits.skipsLastRead {
            tally.add(.lastReads)
            return take(answer, of: call)
        }
        close(call, .deadline)
        guard violation == nil else { return }
        hear(.broken(reason: "deadline"), host: host, attempt: attempt)
    }

    /// Row 10: callers are answered, nothing else; M19 and M20 close the socket.
    func softDeadline(host: Int, attempt: AttemptID, call: Int) {
        guard isReading(call, host: host, attempt: attempt) else { return }
        close(call, habits.cancelsWithCaller ? .caller : .soft)
        hear(.broken(reason: "cancelled"), host: host, attempt: attempt)
    }
}
