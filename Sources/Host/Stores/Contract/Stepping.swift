package import Model
package import RefreshProtocol

extension StoreTransaction {
    /// Runs one step of the protocol on a stored line and writes what it changed. Nil when there is no such line.
    package func step(_ id: LineID, _ event: LineEvent, timing: Timing) throws -> LineStep? {
        guard let line = try line(id, for: event) else { return nil }
        return try step(line, event, timing: timing)
    }

    /// The same on a line that was just loaded in this transaction, with `line(_:for:)`.
    package func step(_ line: Line, _ event: LineEvent, timing: Timing) throws -> LineStep {
        try step(line, replacing: line, event, timing: timing)
    }

    /// The same on a line that was changed since it was loaded, or is new.
    /// - Parameter stored: the line as the store has it; nil when it is new.
    package func step(_ line: Line, replacing stored: Line?, _ event: LineEvent, timing: Timing) throws -> LineStep {
        let step = RefreshProtocol.step(line, event, in: try protocolContext(for: line, timing: timing))
        if step.line != stored { try save(step.line, replacing: stored) }
        return step
    }

    /// T1, and T2 where T1 holds, as one write: for stores that merge them (`Store.mergesClaimAndSend`). The outcome is
    /// T2's, or T1's where it does not hold.
    /// - Parameters:
    ///   - stored: the line as the store has it; nil when it is new.
    ///   - claim: the event of T1, which opens `attempt`.
    ///   - elapsed: what had passed since T1 was issued, asked when T2 is decided.
    package func claimAndSend(
        _ line: Line, replacing stored: Line?, _ claim: LineEvent, _ attempt: AttemptID,
        elapsed: () -> Duration, timing: Timing
    ) throws -> LineStep {
        let context = try protocolContext(for: line, timing: timing)
        var step = RefreshProtocol.step(line, claim, in: context)
        if step.outcome == .claimed {
            let sent = RefreshProtocol.step(step.line, .send(attempt, elapsed: elapsed()), in: context)
            step = LineStep(line: sent.line, outcome: sent.outcome, signals: step.signals + sent.signals)
        }
        if step.line != stored { try save(step.line, replacing: stored) }
        return step
    }

    /// Hosts are loaded only while somebody's word is awaited.
    private func protocolContext(for line: Line, timing: Timing) throws -> RefreshProtocol.Context {
        let awaited = line.attempts.contains { $0.state == .ambiguous && !$0.holderClear }
        return RefreshProtocol.Context(
            now: now, timing: timing, hosts: awaited ? try hostFacts(timing: timing) : [:])
    }
}

extension StoreReader {
    /// A line with what this event is about: the attempt that it names is loaded even when it is closed.
    package func line(_ id: LineID, for event: LineEvent) throws -> Line? {
        guard let attempt = event.namedAttempt else { return try line(id) }
        return try line(id, withAttempt: attempt)
    }
}

extension LineEvent {
    /// The attempt that an event speaks of.
    package var namedAttempt: AttemptID? {
        switch self {
        case .send(let attempt, _), .notSent(let attempt, _), .ambiguous(let attempt, _), .redeem(let attempt, _, _, _),
            .renewed(let attempt, _, _, _), .upgraded(let attempt, _, _), .learned(let attempt, _):
            attempt
        case .answer(let presented, _): presented.attempt
        case .recallHandOver(let handOver): handOver.attempt
        case .recallPresentation(let presented): presented.attempt
        case .claim, .statement, .importGrant, .renew, .reported, .notice, .revoke, .setEnabled, .storeWentBack,
            .handOver, .adoptNewest, .assumeCurrent, .reauthorize:
            nil
        }
    }
}
