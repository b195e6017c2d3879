import ConnectorSDK
import Model
import RefreshProtocol

/// Bugs that this simulation, or the review before it, found in the protocol's first draft: each keeps its reproduction.
extension Mutant {
    static let found: [Mutant] = [
        // docs/decisions/0010: the store's clock gains J while the provider works on for settle.
        step(
            "F1", "silence after a close without J", [.i6],
            aim: shared(.singleUse, lifetime: 150) {
                $0.gatewayTimeout = 0.7; $0.clockSteps = 60
            }
        ) { line, event, context in
            var step = honest(line, event, context)
            let isClose: Bool
            switch event {
            case .ambiguous, .answer(_, .unclear): isClose = true
            default: isClose = false
            }
            if isClose, step.outcome == .recorded { step.line.quietAt = context.now + context.timing.settle }
            return step
        },
        step(
            "F2", "a restart on an embedded store shortens the silence of row 24", [.i6],
            aim: sqlite(.singleUse) {
                $0.busy = 0.4; $0.boundaryCrash = 0.1; $0.crashes = 2
            }
        ) { line, event, context in
            var step = honest(line, event, context)
            guard case .statement = event, !step.line.unresolved.isEmpty else { return step }
            step.line.quietAt = context.now + context.timing.settle
            return step
        },
        hearing(
            "F3", "a closed call is said once, heard or not: its family waits for ever", [.i10],
            aim: shared(.singleUseFamily, seconds: 200) {
                $0.lost = 0.4; $0.storeFails = 0.4
            }
        ) { doing, event in
            guard case .recordAmbiguous = doing, event == .storeFailed else { return event }
            return .stepped(.recorded)
        },
        hearing(
            "F4", "T2 in doubt and the store away: the owner leaves without a word", [.i10],
            aim: shared(.singleUseFamily, seconds: 200) {
                $0.acknowledgementLost = 0.4; $0.storeFails = 0.4
            }
        ) { doing, event in
            guard case .recordNotSent = doing, event == .storeFailed else { return event }
            return .stepped(.recorded)
        },
        step(
            "F5", "a restarted host leaves the INTENT of its earlier boot, and its slow T2 still commits", [.i10],
            aim: shared(.singleUseFamily, seconds: 200) {
                $0.slowStore = 0.7; $0.crashes = 6
            }
        ) { line, event, context in
            guard case .statement = event, let open = line.open, open.state == .intent else {
                return honest(line, event, context)
            }
            var blind = line
            blind.attempts.removeAll { $0.id == open.id }
            var step = honest(blind, event, context)
            step.line.attempts.append(open)
            return step
        },
        // docs/decisions/0058: whoever comes back first finds all others silent, who hold what they could not store.
        habit(
            "F14", "a host counts as silent while the store could not be reached", [.i1, .familyRevoked],
            aim: shared(.singleUseFamily, seconds: 1_700, lifetime: 150) {
                $0.longOutages = 1; $0.slowProvider = 1; $0.forces = 4
            }
        ) { $0.countsSilenceOfStore = true },
        habit(
            "F15", "a host that lives counts as dead while it holds an answer of before its restart",
            [.i1, .familyRevoked],
            aim: shared(.singleUseFamily, seconds: 2_000, lifetime: 150) {
                $0.withholds = 1; $0.boundaryCrash = 0.05; $0.crashes = 2
            }
        ) { $0.announcesBootAtOnce = true },
    ]
}
