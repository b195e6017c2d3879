import ConnectorSDK
import Model
import RefreshProtocol

/// `quiet_at` and the budgets.
extension Mutant {
    /// Late first bytes, long work, owners that fall silent, and a silence that outlasts the lease.
    private static let lateCalls = shared(.singleUse, lifetime: 150, tight: true) {
        $0.slowConnect = 1
        $0.slowProvider = 1
        $0.wireFreeze = 0.6
        $0.clockSteps = 4
        $0.freezeRange = 62_000...160_000
    }

    static let silence: [Mutant] = [
        step("M9", "quiet_at = sent_at + H + settle", [.i6], aim: lateCalls) { line, event, context in
            var step = honest(line, event, context)
            guard step.outcome == .sent else { return step }
            step.line.quietAt = max(line.quietAt, context.now + context.timing.hard + context.timing.settle)
            return step
        },
        step("M10", "quiet_at cleared by an adoption or reconnect", [.i6], aim: lateCalls) { line, event, context in
            var step = honest(line, event, context)
            if step.outcome == .adopted { step.line.quietAt = context.now }
            return step
        },
        step("M11", "quiet_at not looked at when purpose is normal", [.i6], aim: lateCalls) { line, event, context in
            guard event.isClaim || event.isSend, line.unresolved.isEmpty, line.state != .suspect else {
                return honest(line, event, context)
            }
            var deaf = line
            deaf.quietAt = .distantPast
            var step = honest(deaf, event, context)
            step.line.quietAt = max(step.line.quietAt, line.quietAt)
            return step
        },
        habit(
            "M12", "m1 taken after T1's acknowledgement", [.lateSend],
            aim: shared(.singleUse, tight: true) {
                $0.boundaryFreeze = 0.3
                $0.slowConnect = 0.8
                $0.freezeRange = 54_000...60_000
            }
        ) { $0.startsClockAtAcknowledgement = true },
        habit(
            "M13", "budget check left out", [.i6],
            aim: shared(.singleUse) {
                $0.boundaryLongFreeze = 0.15; $0.slowProvider = 0.8
            }
        ) { $0.skipsBudget = true },
        // The provider works for as long as the socket is open: only the holder's word, with its silence, keeps calls apart.
        step(
            "M29", "holder_clear set without moving quiet_at", [.i6],
            aim: shared(.singleUseFamily, lifetime: 150) {
                $0.worksWhileOpen = true
                $0.slowProvider = 0.7
                $0.wireFreeze = 0.6
            }
        ) { line, event, context in
            var step = honest(line, event, context)
            if case .ambiguous = event { step.line.quietAt = line.quietAt }
            return step
        },
        step(
            "M34", "\"already being processed\" retried as transient", [.i6, .i1, .familyRevoked],
            aim: shared(.singleUseFamily) { $0.busy = 0.3 }
        ) { line, event, context in
            guard case .answer(let presented, .busy(let code)) = event else { return honest(line, event, context) }
            return honest(line, .answer(presented, .retryLater(after: nil, code: code)), context)
        },
    ]
}
