import ConnectorSDK
import Model
import RefreshProtocol

/// T3 and what arrives late.
extension Mutant {
    private static let zombies = shared(.overlap(.untilUsed)) { $0.wireFreeze = 0.4 }

    static let commits: [Mutant] = [
        step("M1", "T3 without a guard", [.i2], aim: zombies) { line, event, context in
            guard let presented = event.bringsTokens, line.attempt(presented.attempt)?.state != .done else {
                return honest(line, event, context)
            }
            var open = line
            open.openAttempt = presented.attempt
            open.grant = presented.grant
            open.generation = presented.generationIn
            return honest(open, event, context)
        },
        step(
            "M2", "T3 without a guard on gen", [.i2],
            aim: shared(.singleUse) {
                $0.reconnects = 6; $0.slowProvider = 1
            }
        ) {
            line, event, context in
            guard case .answer(let presented, .tokens(let content)) = event else { return honest(line, event, context) }
            let moved = Presented(
                attempt: presented.attempt, grant: line.grant, generationIn: line.generation, fence: presented.fence,
                host: presented.host, boot: presented.boot)
            return honest(line, .answer(moved, .tokens(content)), context)
        },
        step("M3", "answer dropped when T3 finds 0 rows", [.i5], aim: zombies) { line, event, context in
            let step = honest(line, event, context)
            guard event.bringsTokens != nil, step.outcome == .candidate || step.outcome == .adopted else { return step }
            return LineStep(line: line, outcome: .candidate)
        },
        step(
            "M17", "T3 not idempotent by attempt", [.i2],
            aim: shared(.singleUse) { $0.boundaryCrash = 0.08 }
        ) { line, event, context in
            guard let presented = event.bringsTokens else { return honest(line, event, context) }
            let known = line.versions.filter { $0.attempt == presented.attempt }
            guard !known.isEmpty else { return honest(line, event, context) }
            var forgetful = line
            forgetful.versions.removeAll { $0.attempt == presented.attempt }
            forgetful.change(presented.attempt) { $0.state = .sent }
            var step = honest(forgetful, event, context)
            step.line.versions += known
            return step
        },
        hearing(
            "M16", "lost T3 acknowledgement: spool entry deleted at once", [.i5],
            aim: shared(.singleUse) { $0.acknowledgementLost = 0.3 }
        ) { doing, event in
            doing == .commit && event == .acknowledgementLost ? .stepped(.advanced) : event
        },
        habit(
            "M22", "spool without fsync", [.i5],
            aim: sqlite(.singleUse) {
                $0.powerCuts = 4; $0.storeFails = 0.5; $0.forces = 4
            }
        ) { $0.skipsSync = true },
        habit(
            "M23", "spool entry removed before T3 is acknowledged", [.i5],
            aim: sqlite(.singleUse) {
                $0.boundaryCrash = 0.05; $0.storeFails = 0.3
            }
        ) { $0.deletesBeforeCommit = true },
        habit("M44", "a missing refresh token overwrites the old one", [.i4], aim: sqlite(.static) { _ in }) {
            $0.emptyTokenOverwrites = true
        },
    ]
}
