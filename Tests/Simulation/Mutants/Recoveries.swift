import ConnectorSDK
import Model
import RefreshProtocol

/// Takeovers and section 6.
extension Mutant {
    /// The access token ends while the owner sleeps on its child.
    private static let sleepingHolder = shared(.singleUseFamily, lifetime: 150) { $0.wireFreeze = 0.5 }

    private static func takesOver(_ step: LineStep) -> Bool {
        if case .notYet(_, .takenOver) = step.outcome { true } else { false }
    }

    static let recoveries: [Mutant] = [
        step(
            "M24", "AMBIGUOUS inside the unique index", [.i10], aim: shared(.singleUse, seconds: 200) { $0.lost = 0.5 }
        ) { line, event, context in
            let step = honest(line, event, context)
            guard step.outcome == .claimed, line.attempts.contains(where: { $0.state == .ambiguous }) else {
                return step
            }
            return LineStep(line: line, outcome: .notYet(until: context.now + .seconds(60), .backOff))
        },
        step("M25", "takeover closes the old attempt without AMBIGUOUS", [.i1], aim: sleepingHolder) {
            line, event, context in
            var step = honest(line, event, context)
            guard takesOver(step), let open = line.openAttempt else { return step }
            step.line.change(open) { $0.state = .notSent }
            step.line.state = .degraded
            return step
        },
        step("M26", "expired SENT treated like expired INTENT", [.i1, .i6], aim: sleepingHolder) {
            line, event, context in
            guard event.isClaim, let open = line.open, open.state == .sent,
                context.now >= line.leaseUntil ?? .distantPast
            else { return honest(line, event, context) }
            var careless = line
            careless.change(open.id) { $0.state = .intent }
            careless.quietAt = .distantPast
            return honest(careless, event, context)
        },
        step("M27", "family: AT age only, holder_clear not asked", [.familyRevoked], aim: sleepingHolder) {
            line, event, context in
            guard event.isClaim || event.isSend else { return honest(line, event, context) }
            var hasty = line
            for attempt in line.unresolved { hasty.change(attempt.id) { $0.holderClear = true } }
            var step = honest(hasty, event, context)
            for attempt in line.unresolved { step.line.change(attempt.id) { $0.holderClear = attempt.holderClear } }
            return step
        },
        step("M28a", "holder_clear set by a taker", [.familyRevoked], aim: sleepingHolder) { line, event, context in
            var step = honest(line, event, context)
            if takesOver(step), let open = line.openAttempt { step.line.change(open) { $0.holderClear = true } }
            return step
        },
        habit(
            "M28b", "holder_clear set before all spool entries are flushed", [.familyRevoked],
            aim: shared(.singleUseFamily, lifetime: 150) {
                $0.boundaryCrash = 0.1
                $0.boundaryLongFreeze = 0.1
                $0.killsOldTokens = true
            }
        ) { $0.statesBeforeFlush = true },
        step("M30", "replay once", [.i10], aim: shared(.singleUse, seconds: 200) { $0.lost = 0.8 }) {
            line, event, context in
            let step = honest(line, event, context)
            guard step.outcome == .claimed, line.unresolved.contains(where: { $0.purpose == .replay }) else {
                return step
            }
            return LineStep(line: line, outcome: .notYet(until: context.now + .seconds(60), .backOff))
        },
        step(
            "M33", "overlap replay without E6", [.familyRevoked],
            aim: shared(.overlap(.window(.seconds(60), afterWindow: .revoke)), lifetime: 400) { $0.lost = 0.7 }
        ) { line, event, context in
            guard event.isClaim || event.isSend else { return honest(line, event, context) }
            var step = honest(line.seen(as: .overlap(.untilUsed)), event, context)
            step.line = step.line.seen(as: line.rotation)
            return step
        },
    ]
}
