import ProviderSimulator

/// Reads the provider's log of one grant: whether a refresh token was presented outside its class's rule (PROTOCOL.md §6).
struct RuleCheck {
    let cell: KillCell
    /// B + H + C in milliseconds.
    let ownership: Int
    /// Another host went on, which does not see what lies in the dead one's spool.
    var isTakenOver = false

    /// What was against the rule; empty when nothing was.
    func violations(in lines: [Presentation]) -> [String] {
        lines.flatMap { line in
            var found: [String] = []
            if line.overlapping { found.append("overlaps another (I6)") }
            if !isAllowed(line, in: lines) { found.append("was judged \(line.verdict.rawValue)") }
            if isTooEarly(line, in: lines) { found.append("came while its access token was good") }
            return found.map { "presentation \(line.sequence) of generation \(line.generation ?? 0) \($0)" }
        }
    }

    private func isAllowed(_ line: Presentation, in lines: [Presentation]) -> Bool {
        switch (cell.rotation, line.verdict) {
        case (_, .fresh): true
        // I1: what is held is never asked for again.
        case (.overlap, .replayInWindow): cell.fate == .lost || !cell.point.isSafe || isUnseen
        case (.singleUse, .reuse): wasUnanswered(line.spentBy, in: lines) || isUnseen
        case (.family, .reuse): wasUnanswered(line.spentBy, in: lines)
        // The confirmation of a refusal, K later.
        case (.family, .revoked): lines.contains { $0.sequence < line.sequence && $0.verdict == .reuse }
        default: false
        }
    }

    /// The answer is durable, where its owner is not. A family waits for its word; the others need not.
    private var isUnseen: Bool { isTakenOver && cell.point == .spooled }

    /// Whether the answer that used the token up was lost, or died with the process.
    private func wasUnanswered(_ sequence: Int?, in lines: [Presentation]) -> Bool {
        guard let spender = lines.first(where: { $0.sequence == sequence }) else { return false }
        return spender.answer == .lost || cell.point.isUnspooled
    }

    /// A family's token is presented again only when the access token that we hold is of no use any more.
    private func isTooEarly(_ line: Presentation, in lines: [Presentation]) -> Bool {
        guard cell.rotation == .family, let first = lines.first(where: { $0.generation == line.generation }),
            first.sequence != line.sequence, let expiresAt = first.accessTokenExpiresAt
        else { return false }
        return line.arrivedAt < expiresAt - ownership
    }
}
