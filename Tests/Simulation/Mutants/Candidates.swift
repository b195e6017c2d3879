import ConnectorSDK
import Model
import RefreshProtocol

/// Section 5.
extension Mutant {
    /// The candidate is stored, and nobody asks whether to adopt it.
    private static func store(_ line: Line, _ event: LineEvent, _ context: RefreshProtocol.Context) -> LineStep {
        var still = line
        still.state = .verify
        var step = honest(still, event, context)
        step.line.state = line.state
        return step
    }

    static let candidates: [Mutant] = [
        // The holder sleeps for longer than G: its line is given up, then its answer comes.
        step(
            "M4", "candidate stored but not adopted on insert", [.i10],
            aim: shared(.singleUse, seconds: 2_000) {
                $0.wireFreeze = 0.5; $0.freezeRange = 1_000_000...1_400_000
            }
        ) { line, event, context in
            let step = honest(line, event, context)
            return event.bringsTokens != nil && step.outcome == .adopted ? store(line, event, context) : step
        },
        // As above, and it wakes up while the confirmation is on the wire.
        step(
            "M5", "refusal handled without looking for candidates", [.i7],
            aim: shared(.overlap(.window(.seconds(60), afterWindow: .refuse)), seconds: 2_000) {
                $0.wireFreeze = 0.4
                $0.slowProvider = 0.9
                $0.freezeRange = 900_000...1_010_000
            }
        ) { line, event, context in
            guard event.refuses != nil else { return honest(line, event, context) }
            var blind = line
            blind.versions.removeAll { $0.status == .candidate }
            var step = honest(blind, event, context)
            step.line.versions += line.versions.filter { $0.status == .candidate }
            return step
        },
        // Two transactions at once: the insert does not see the claim, T2 does not see the insert.
        step(
            "M6", "candidate insert without locking the line", [.i1, .familyRevoked],
            aim: shared(.singleUse) {
                $0.wireFreeze = 0.6; $0.slowStore = 0.6; $0.freezeRange = 89_000...110_000
            }
        ) { line, event, context in
            if event.bringsTokens != nil {
                let step = honest(line, event, context)
                return step.outcome == .adopted && line.openAttempt != nil ? store(line, event, context) : step
            }
            guard case .send(let attempt, _) = event, let claimedAt = line.attempt(attempt)?.claimedAt else {
                return honest(line, event, context)
            }
            let unseen = line.versions.filter { version in
                version.status == .candidate
                    && line.attempts.contains { $0.id == version.attempt && ($0.closedAt ?? .distantPast) > claimedAt }
            }
            var blind = line
            blind.versions.removeAll { version in unseen.contains { $0.attempt == version.attempt } }
            var step = honest(blind, event, context)
            step.line.versions += unseen
            return step
        },
        step(
            "M7", "newest arrival adopted instead of the highest fence", [.deadPointer],
            aim: shared(.overlap(.untilUsed), hosts: 3) {
                $0.replacesSiblings = true
                $0.wireFreeze = 0.7
                $0.boundaryFreeze = 0.12
                $0.freezeRange = 30_000...230_000
            }
        ) { line, event, context in
            let step = honest(line, event, context)
            guard step.outcome == .adopted else { return step }
            return adoptingNewestArrival(line, event, context) ?? step
        },
        step(
            "M8", "overlap: adoption although a later presentation is unresolved", [.deadPointer],
            aim: shared(.overlap(.untilUsed)) {
                $0.replacesSiblings = true
                $0.wireFreeze = 0.5
                $0.lost = 0.4
            }
        ) { line, event, context in
            guard event.bringsTokens != nil || event.isClaim else { return honest(line, event, context) }
            var step = honest(line.seen(as: .singleUse), event, context)
            guard step.outcome == .adopted else { return honest(line, event, context) }
            step.line = step.line.seen(as: line.rotation)
            return step
        },
    ]

    /// Gives the version that arrived last the highest fence, for the time of one step.
    private static func adoptingNewestArrival(
        _ line: Line, _ event: LineEvent, _ context: RefreshProtocol.Context
    ) -> LineStep? {
        let top: Int64 = 1 << 60
        var moved = line
        var changed = event
        if case .answer(let presented, let answer) = event {
            changed = .answer(
                Presented(
                    attempt: presented.attempt, grant: presented.grant, generationIn: presented.generationIn,
                    fence: top,
                    host: presented.host, boot: presented.boot), answer)
        } else if let last = line.versions.lastIndex(where: { $0.status == .candidate }) {
            moved.versions[last] = line.versions[last].fenced(top)
        }
        var step = honest(moved, changed, context)
        guard step.outcome == .adopted else { return nil }
        step.line.versions = step.line.versions.map { $0.fence == top ? $0.fenced(line.fence) : $0 }
        return step
    }
}
