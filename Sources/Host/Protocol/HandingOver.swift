package import Model

/// Hand-overs: another authority is given what a line presents (§12: a second authority outside this system).
extension LineWork {
    /// Only what nobody is presenting, and what nothing that is held would replace. An earlier presentation that may still be
    /// at work at the provider would meet the other authority's.
    mutating func handOver(_ attempt: AttemptID, by redeemer: Redeemer) -> LineOutcome {
        guard line.isAtRest, now >= line.quietAt else { return .current }
        line.state = .verify
        let handOver = HandOver(
            attempt: attempt, line: line.id, grant: line.grant, generation: line.generation, fence: line.fence,
            host: redeemer.host, boot: redeemer.boot, caller: redeemer.caller, at: redeemer.sentAt)
        line.attempts.append(Attempt(handOver, rotation: line.rotation, closedAt: now))
        return .applied
    }

    /// Whatever class the line had: what it holds is another authority's. One that was taken back stays so.
    mutating func recall(_ handOver: HandOver) -> LineOutcome {
        guard line.grant == handOver.grant, line.current != nil, line.attempt(handOver.attempt) == nil else {
            return .current
        }
        abandonOpen()
        line.attempts.append(Attempt(handOver, rotation: line.rotation, closedAt: now))
        switch line.state {
        case .pending, .active, .degraded, .recovering, .suspect: line.state = .verify
        case .needsReauthorization, .revoked, .verify: break
        }
        return .applied
    }
}

extension Line {
    /// Another authority has what this line presents, and nobody has said that it was not used.
    package var isHandedOver: Bool { attempts.contains(where: isHandOver) }

    /// One that holds: of this grant, and not taken back.
    package func isHandOver(_ attempt: Attempt) -> Bool {
        attempt.purpose == .handOver && attempt.state == .ambiguous && attempt.grant == grant
    }

    /// Nothing is at work that could replace what it presents, and nothing is held that would.
    package var isAtRest: Bool {
        [.active, .degraded].contains(state) && openAttempt == nil && unresolved.isEmpty
            && !versions.contains { $0.status == .candidate && $0.grant == grant && $0.parentGeneration == generation }
    }
}
