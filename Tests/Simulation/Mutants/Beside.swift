import ConnectorSDK
import Model
import RefreshProtocol

/// What goes on beside a line's own grant: renewals, and other authorities (docs/decisions/0023, 0028).
extension Mutant {
    private static let given = shared(.singleUseFamily, seconds: 600, lifetime: 150) { $0.handOvers = 2 }
    private static let givenAndRestored = sqlite(.singleUseFamily, seconds: 700, lifetime: 150) {
        $0.handOvers = 2; $0.restores = 1
    }

    static let beside: [Mutant] = [
        step("F6", "a hand-over leaves the line presentable", [.handedOver], aim: given) { line, event, context in
            var step = honest(line, event, context)
            guard case .handOver(let attempt, _) = event, step.outcome == .applied else { return step }
            step.line.state = line.state
            step.line.attempts.removeAll { $0.id == attempt }
            return step
        },
        habit("F7", "a hand-over draws no mark", [.handedOver], aim: givenAndRestored) {
            $0.handsOverWithoutMark = true
        },
        habit("F8", "a hand-over is forgotten with the store that went back", [.handedOver], aim: givenAndRestored) {
            $0.forgetsHandOvers = true
        },
        step(
            "F9", "handed over while an earlier presentation may be at work", [.i6],
            aim: shared(.singleUse, lifetime: 150) {
                $0.handOvers = 3; $0.slowProvider = 1; $0.wireFreeze = 0.5; $0.freezeRange = 92_000...125_000
            }
        ) { line, event, context in
            guard case .handOver = event else { return honest(line, event, context) }
            var deaf = line
            deaf.quietAt = .distantPast
            var step = honest(deaf, event, context)
            step.line.quietAt = line.quietAt
            return step
        },
        step(
            "F10", "an answer to the old grant ends the silence after a renewal", [.i6],
            aim: shared(.singleUse, lifetime: 150) {
                $0.renewals = 12; $0.busy = 0.3; $0.forces = 9; $0.slowConnect = 1
            }
        ) { line, event, context in
            guard case .renew = event else { return honest(line, event, context) }
            // Only `quiet_at` is asked.
            var deaf = line
            for index in deaf.attempts.indices where deaf.attempts[index].purpose == .exchange {
                deaf.attempts[index].closedAt = .distantPast
            }
            var step = honest(deaf, event, context)
            for attempt in line.attempts { step.line.change(attempt.id) { $0.closedAt = attempt.closedAt } }
            return step
        },
        step(
            "F11", "a renewal does not await its host's word about the one before", [.familyRevoked, .i6],
            aim: shared(.singleUseFamily, lifetime: 150) {
                $0.renewals = 6; $0.wireFreeze = 0.6
            }
        ) { line, event, context in
            guard case .renew = event else { return honest(line, event, context) }
            var deaf = line
            for index in deaf.attempts.indices where deaf.attempts[index].purpose == .exchange {
                deaf.attempts[index].holderClear = true
            }
            return honest(deaf, event, context)
        },
        step(
            "F12", "a renewal's answer takes the place of a grant that came later", [.i2],
            aim: shared(.singleUse, lifetime: 150) {
                $0.renewals = 4; $0.reconnects = 6; $0.slowProvider = 0.9
            }
        ) { line, event, context in
            guard case .renewed(let id, let grant, _, let content) = event else { return honest(line, event, context) }
            return honest(line, .renewed(id, grant: grant, from: line.grant, content: content), context)
        },
        step(
            "F13", "a renewal whose answer is unclear may be brought again at once where nothing rotates", [.i6],
            aim: sqlite(.static) {
                $0.renewals = 6; $0.gatewayTimeout = 0.6
            }
        ) { line, event, context in
            guard case .answer(let presented, .unclear(_, let code)) = event, presented.generationIn == 0 else {
                return honest(line, event, context)
            }
            return honest(line, .answer(presented, .retryLater(after: nil, code: code)), context)
        },
    ]
}
