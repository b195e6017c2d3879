import ConnectorSDK
import Model
import RefreshProtocol

/// Rows 16 to 22.
extension Mutant {
    static let refusals: [Mutant] = [
        step(
            "M31", "refused replay goes straight to NEEDS_REAUTH", [.i7], aim: shared(.singleUse) { $0.lost = 0.4 }
        ) { line, event, context in
            var step = honest(line, event, context)
            guard let presented = event.refuses, line.attempt(presented.attempt)?.purpose == .replay else {
                return step
            }
            if step.line.state == .suspect { step.line.state = .needsReauthorization(.lostInRotation) }
            return step
        },
        step(
            "M32", "a zombie's refusal changes the state", [.i7],
            aim: shared(.singleUse, hosts: 3) {
                $0.wireFreeze = 0.6; $0.withdrawals = 1; $0.lost = 0.2
            }
        ) { line, event, context in
            var step = honest(line, event, context)
            guard let presented = event.refuses, line.openAttempt != presented.attempt, step.outcome == .recorded else {
                return step
            }
            step.line.state = .needsReauthorization(.refused)
            return step
        },
        step(
            "M35a", "invalid_client marks connections dead", [.i7], aim: sqlite(.singleUse) { $0.clientFaults = 2 }
        ) { line, event, context in
            var step = honest(line, event, context)
            if case .answer(_, .clientError) = event { step.line.state = .needsReauthorization(.refused) }
            return step
        },
        step(
            "M35b", "a refusal deletes versions", [.i4], aim: shared(.singleUse) { $0.lost = 0.3 }
        ) { line, event, context in
            var step = honest(line, event, context)
            if event.refuses != nil, step.line.state == .suspect {
                step.line.versions.removeAll { $0.status == .current }
            }
            return step
        },
    ]
}
