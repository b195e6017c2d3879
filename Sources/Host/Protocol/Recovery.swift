import ConnectorSDK
import Model

/// §5 and §6: which candidate may be adopted, and when a possibly spent refresh token may be sent again.
extension LineWork {
    /// The candidate that may become the current version: the highest fence, the order of sending.
    func adoptable() -> TokenVersion? {
        guard line.state != .revoked, line.state != .verify, !line.isHandedOver else { return nil }
        let candidates = line.versions.filter {
            $0.status == .candidate && $0.grant == line.grant && $0.parentGeneration == line.generation
        }
        guard let best = candidates.max(by: { $0.fence < $1.fence }) else { return nil }
        return isOvertaken(best) ? nil : best
    }

    /// Overlap classes only: a later presentation may have replaced this child. It is replayed instead while that fits.
    private func isOvertaken(_ candidate: TokenVersion) -> Bool {
        guard overlaps else { return false }
        if let open = line.open, open.state == .sent, open.fence > candidate.fence { return true }
        return line.unresolved.contains { $0.fence > candidate.fence } && windowFits()
    }

    /// By the line's class, or by one that something pending was claimed under (§7, class changed).
    private var overlaps: Bool {
        let pending = line.unresolved + (line.open.map { [$0] } ?? [])
        return ([line.rotation] + pending.map(\.rotation)).contains { if case .overlap = $0 { true } else { false } }
    }

    /// Adopting is T3 with the candidate's content (§5). An open SENT attempt is left to its own answer; quiet_at is kept.
    mutating func adopt(_ candidate: TokenVersion) {
        line.fence += 1
        if let open = line.open, open.state == .intent {
            close(open.id, as: .notSent, outcome: "candidate_adopted")
            release(open.id)
        }
        let quietAt = line.quietAt
        advance(to: candidate)
        line.quietAt = quietAt
    }

    /// Moves the pointer: the parent is superseded, the version current, the line active.
    mutating func advance(to version: TokenVersion) {
        scheduleWarning(from: line.current, to: version.content)
        for index in line.versions.indices where line.versions[index].status == .current {
            line.versions[index].status = .superseded
        }
        line.generation = max(line.generation, line.epochStart) + 1
        var next = version
        next.generation = line.generation
        next.status = .current
        line.versions.removeAll { $0.attempt == version.attempt }
        line.versions.append(next)
        line.expiresAt = version.content.expiresAt
        line.dueAt = version.content.dueAt
        line.notBefore = version.content.notBefore
        line.canPresent = version.content.canPresent
        line.grantedAt = line.grantedAt ?? version.content.receivedAt
        line.firstSentAt = nil
        line.nextTryAt = .distantPast
        line.failures = 0
        line.state = .active
        signals.append(.refreshed)
    }

    // MARK: §6

    /// Row 5's and row 6's condition by class, silence and candidates included.
    func mayReplay() -> Bool {
        guard now >= line.quietAt, adoptable() == nil else { return false }
        switch governingClass() {
        case .static, .overlap(.untilUsed), .singleUse: return true
        case .overlap(.window(_, afterWindow: let after)):
            if windowFits() { return true }
            return after == .refuse || familyMayReplay()
        case .singleUseFamily: return familyMayReplay()
        }
    }

    /// E6: the replay would be over before the window is.
    func windowFits() -> Bool {
        guard case .overlap(let overlap) = governingClass() else { return false }
        guard case .window(let window, _) = overlap else { return true }
        guard let first = line.firstSentAt else { return true }
        return now + timing.presentation <= first + window * 0.99
    }

    /// A family: the access token is of no use any more, and no host can hold, or still receive, the answer.
    private func familyMayReplay() -> Bool {
        accessTokenIsSpent() && line.unresolved.allSatisfy(holderHasSpoken)
    }

    /// Reported dead, near its end, or never held: an imported refresh token (fence 0) has none beside it yet.
    private func accessTokenIsSpent() -> Bool {
        if line.reportedDead == line.generation || line.current?.fence == 0 { return true }
        return line.expiresAt.map { now >= $0 - timing.ownership } ?? false
    }

    /// `holder_clear`, its host lost (row 27), or silent for G. A process of an earlier boot is dead: where its host could
    /// make no statement (row 26: spool or journal missing), its silence counts from its last call.
    func holderHasSpoken(_ attempt: Attempt) -> Bool {
        if attempt.holderClear { return true }
        guard let host = context.hosts[attempt.host] else { return false }
        if let boot = host.boot, boot != attempt.boot, let sentAt = attempt.sentAt {
            return host.lost || now - sentAt >= timing.ownerGrace
        }
        return host.lost || now - host.heartbeatAt >= timing.ownerGrace
    }

    /// When asking again makes sense, for `Retry-After` and the scheduler.
    func replayHint() -> Timestamp {
        let expiry = accessTokenIsSpent() ? now : line.expiresAt.map { $0 - timing.ownership } ?? now
        return max(line.quietAt, max(expiry, now + timing.heartbeat))
    }

    /// The stricter of the line's class and those its unresolved attempts were claimed under (§7).
    func governingClass() -> RotationClass {
        line.unresolved.map(\.rotation).reduce(line.rotation) { $0.strictness < $1.strictness ? $1 : $0 }
    }
}

extension RotationClass {
    /// Order of care: more is stricter. Among windows the shorter is, and `revoke` is stricter than `refuse`.
    var strictness: Double {
        switch self {
        case .static: 0
        case .overlap(.untilUsed): 1
        case .overlap(.window(let window, afterWindow: let after)):
            (after == .refuse ? 2 : 5) + 1 / (1 + window.inSeconds)
        case .singleUse: 4
        case .singleUseFamily: 7
        }
    }
}
