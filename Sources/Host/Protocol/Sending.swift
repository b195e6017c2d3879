import ConnectorSDK
import Model

/// Rows 6–9 and 12: from the claim to the wire, and calls that ended without a complete answer.
extension LineWork {
    /// T2 (rows 6, 7).
    mutating func send(_ id: AttemptID, elapsed: Duration) -> LineOutcome {
        guard line.openAttempt == id, let attempt = line.attempt(id), attempt.state == .intent else { return .notMine }
        if let obstacle = obstacle(to: attempt, elapsed: elapsed) {
            close(id, as: .notSent, outcome: obstacle)
            release(id)
            return .notSent(obstacle)
        }
        let now = now
        line.update(id) {
            $0.state = .sent
            $0.sentAt = now
        }
        line.quietAt = max(line.quietAt, now + timing.presentation + timing.clockTolerance)
        if line.firstSentAt == nil { line.firstSentAt = now }
        return .sent
    }

    private func obstacle(to attempt: Attempt, elapsed: Duration) -> String? {
        if line.state == .revoked { return "revoked" }
        if line.state == .verify || line.isHandedOver { return "verify" }
        if !line.enabled && attempt.purpose != .replay { return "disabled" }
        if now < line.quietAt { return "an earlier presentation may still be at work" }
        if adoptable() != nil { return "a candidate arrived" }
        if attempt.purpose == .replay && !mayReplay() { return "replay not allowed any more" }
        if elapsed > timing.lease - timing.ownership { return "too late in the lease" }
        return nil
    }

    /// Row 9: by the owner only, by id, even after a takeover.
    mutating func notSent(_ id: AttemptID, reason: String) -> LineOutcome {
        guard let attempt = line.attempt(id), attempt.isOpen || attempt.state == .ambiguous else { return .notMine }
        close(id, as: .notSent, outcome: reason)
        guard line.openAttempt == id else { return .notMine }
        release(id)
        endSilence(after: id, at: now)
        guard isOfThisGeneration(attempt) else { return .notSent(reason) }
        backOff(id)
        degrade(code: reason)
        return .notSent(reason)
    }

    /// Row 12: the socket is closed, a last read brought no complete answer.
    mutating func ambiguous(_ id: AttemptID, reason: String, after wait: Duration? = nil) -> LineOutcome {
        guard let attempt = line.attempt(id), attempt.isOpen || attempt.state == .ambiguous else { return .notMine }
        close(id, as: .ambiguous, outcome: reason)
        line.update(id) { $0.holderClear = true }
        guard line.openAttempt == id else {
            line.quietAt = max(line.quietAt, now + timing.afterClose)
            return .notMine
        }
        release(id)
        line.quietAt = now + timing.afterClose
        guard isOfThisGeneration(attempt) else { return .recorded }
        backOff(id, atLeast: wait.flatMap(replayWait))
        enterRecovering(code: reason)
        return .recorded
    }

    /// What a provider may ask a replay to wait: no longer than any back-off (§6), and a window does not wait (E6).
    private func replayWait(_ asked: Duration) -> Duration? {
        if case .overlap(.window) = governingClass() { return nil }
        return min(asked, timing.longestBackOff)
    }

    /// DEGRADED, or RECOVERING while anything is unresolved: else rows 1 and 5 would both refuse (I10).
    mutating func degrade(code: String) {
        let state: LineState = line.unresolved.isEmpty ? .degraded : .recovering
        tellFailure(code, unless: state)
        line.state = state
    }

    /// False once a candidate was adopted beside it: the line's state is then that of its successor.
    func isOfThisGeneration(_ attempt: Attempt) -> Bool {
        attempt.grant == line.grant && attempt.generationIn == line.generation
    }

    mutating func enterRecovering(code: String) {
        tellFailure(code, unless: .recovering)
        line.state = .recovering
    }

    /// After `backOff`. A client error was told before, though it left the state as it is: only it counts a failure there.
    private mutating func tellFailure(_ code: String, unless state: LineState) {
        let wasTold = [.active, .pending].contains(line.state) && line.failures > 1
        if line.state != state, !wasTold { signals.append(.refreshFailed(code: code)) }
    }
}
