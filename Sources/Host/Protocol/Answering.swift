import ConnectorSDK
import Model

/// Rows 13–25: what a complete answer does.
extension LineWork {
    mutating func answer(_ answer: Answer, to presented: Presented) -> LineOutcome {
        switch answer {
        case .tokens(let content): return tokens(content, to: presented)
        case .refused(let code): return refused(presented, code: code)
        case .clientError(let code): return clientError(presented, code: code)
        case .retryLater(let after, let code): return retryLater(presented, after: after, code: code)
        case .busy(let code): return busy(presented, code: code)
        case .unclear(let after, let code):
            let attempt = line.attempt(presented.attempt)
            let rotates = (attempt?.rotation ?? line.rotation).rotates || line.rotation.rotates
            // A renewal may be brought again at once, by anybody: its silence alone keeps that apart from a call at work.
            guard rotates || attempt?.purpose == .exchange else {
                return retryLater(presented, after: after, code: code, silence: timing.afterClose)
            }
            guard isUnanswered(presented) else { return .duplicate }
            return ambiguous(presented.attempt, reason: code, after: after)  // row 25: as row 12
        }
    }

    private func isMine(_ presented: Presented) -> Bool { line.openAttempt == presented.attempt }

    private func hasMoved(_ presented: Presented) -> Bool {
        line.generation != presented.generationIn || line.grant != presented.grant
    }

    // MARK: Tokens (rows 13–15)

    private mutating func tokens(_ content: TokenVersion.Content, to presented: Presented) -> LineOutcome {
        let known = line.versions.contains { $0.attempt == presented.attempt }
        if known || line.attempt(presented.attempt)?.state == .done { return .duplicate }  // row 14
        let version = TokenVersion(
            generation: presented.generationIn + 1, parentGeneration: presented.generationIn, grant: presented.grant,
            attempt: presented.attempt, fence: presented.fence, content: content, status: .candidate)
        let first = presented.generationIn == 0
        guard isMine(presented), !hasMoved(presented) else { return keep(version, from: presented) }
        let overlapped = line.unresolved.contains { $0.id != presented.attempt }
        finish(presented, as: .done)
        advance(to: version)  // row 13
        if first { signals = signals.map { $0 == .refreshed ? .created : $0 } }
        if !overlapped { line.quietAt = now }
        return .advanced
    }

    /// Row 15: a secret is never refused.
    private mutating func keep(_ version: TokenVersion, from presented: Presented) -> LineOutcome {
        finish(presented, as: .done)
        var candidate = version
        if line.state == .revoked, !(line.isHandedOver && version.grant == line.grant) {
            candidate.revocationPending = true
            signals.append(.revocationWanted)
        }
        line.versions.append(candidate)
        if let best = adoptable() {
            adopt(best)
            return .adopted
        }
        // I7: an arriving child lifts NEEDS_REAUTH, also one that row 19's own steps have left behind.
        if case .needsReauthorization = line.state, presentHeld() { return .adopted }
        return .candidate
    }

    // MARK: Refusals (rows 16–20)

    private mutating func refused(_ presented: Presented, code: String) -> LineOutcome {
        guard isUnanswered(presented) else { return .duplicate }
        let mine = isMine(presented)
        let purpose = line.attempt(presented.attempt)?.purpose ?? .normal
        finish(presented, as: .rejected, outcome: code)
        signals.append(.refusal)
        if hasMoved(presented) { return .recorded }  // row 16
        if let candidate = adoptable() {  // row 17
            adopt(candidate)
            return .adopted
        }
        guard mine else { return .recorded }  // row 20
        endSilence(after: presented.attempt, at: now)
        if purpose == .confirm {
            giveUp(code: code)  // row 19
        } else {
            line.nextTryAt = now + timing.confirmDelay  // row 18
            if line.state != .suspect { signals.append(.refreshFailed(code: code)) }
            line.state = .suspect
        }
        return .recorded
    }

    /// Row 19: first any held refresh token of this grant that was never presented, newest fence first; then the user.
    private mutating func giveUp(code: String) {
        if presentHeld() { return }
        let reason: LineState.Reason = line.unresolved.isEmpty ? .refused : .lostInRotation
        line.state = .needsReauthorization(reason)
        line.dueAt = nil
        signals.append(.reauthorizationRequired(reason))
    }

    private mutating func presentHeld() -> Bool {
        guard !line.isHandedOver else { return false }
        let held = line.versions.filter {
            $0.status == .candidate && $0.grant == line.grant && $0.content.fingerprint != nil
        }
        guard let next = held.max(by: { $0.fence < $1.fence }) else { return false }
        line.fence += 1
        advance(to: next)
        line.state = .degraded
        line.dueAt = now
        return true
    }

    // MARK: The others (rows 22–24)

    private mutating func clientError(_ presented: Presented, code: String) -> LineOutcome {
        guard isUnanswered(presented) else { return .duplicate }
        let mine = isMine(presented)
        finish(presented, as: .rejected, outcome: code)
        if mine {
            endSilence(after: presented.attempt, at: now)
            let isFirst = [.active, .pending].contains(line.state) && line.failures == 0
            if isFirst, !hasMoved(presented) { signals.append(.refreshFailed(code: code)) }
            line.failures = max(line.failures, 1)  // shown beside the token; when to try again the breaker says
        }
        signals.append(.clientMisconfigured(code: code))
        return .recorded
    }

    private mutating func retryLater(
        _ presented: Presented, after wait: Duration?, code: String, silence: Duration = .zero
    ) -> LineOutcome {
        guard isUnanswered(presented) else { return .duplicate }
        let mine = isMine(presented)
        finish(presented, as: .rejected, outcome: code)
        guard mine else { return .recorded }
        endSilence(after: presented.attempt, at: now + silence)
        if hasMoved(presented) { return .recorded }
        backOff(presented.attempt, atLeast: wait)
        degrade(code: code)
        return .recorded
    }

    private mutating func busy(_ presented: Presented, code: String) -> LineOutcome {
        guard isUnanswered(presented) else { return .duplicate }
        let mine = isMine(presented)
        finish(presented, as: .ambiguous, outcome: code)
        line.update(presented.attempt) { $0.holderClear = true }
        line.quietAt = max(line.quietAt, now + timing.presentation + timing.clockTolerance)
        guard mine, !hasMoved(presented) else { return .recorded }
        backOff(presented.attempt)
        enterRecovering(code: code)
        return .recorded
    }

    /// Whether the attempt still waits for its answer. One that the store has forgotten is entered again.
    private mutating func isUnanswered(_ presented: Presented) -> Bool {
        guard let attempt = line.attempt(presented.attempt) else {
            remember(presented)
            return true
        }
        return attempt.isOpen || attempt.state == .ambiguous
    }

    private mutating func finish(_ presented: Presented, as state: Attempt.State, outcome: String? = nil) {
        if line.attempt(presented.attempt) == nil { remember(presented) }
        close(presented.attempt, as: state, outcome: outcome)
        release(presented.attempt)
    }

    /// A spool entry is usable when the store has forgotten its attempt (§2).
    private mutating func remember(_ presented: Presented) {
        line.attempts.append(
            Attempt(
                id: presented.attempt, grant: presented.grant, generationIn: presented.generationIn,
                fence: presented.fence, purpose: .normal, rotation: line.rotation, host: presented.host,
                boot: presented.boot, state: .sent, claimedAt: now, sentAt: now))
    }
}
