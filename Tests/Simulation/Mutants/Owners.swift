import ConnectorSDK
import Model
import RefreshProtocol

/// The owner and its client of the provider.
extension Mutant {
    static let owners: [Mutant] = [
        hearing(
            "M14", "lost T2 acknowledgement read as \"sent recorded\"", [.i1, .i6],
            aim: shared(.singleUse) {
                $0.acknowledgementLost = 0.3; $0.wireFreeze = 0.5
            }
        ) { doing, event in
            doing == .send && event == .acknowledgementLost ? .stepped(.sent) : event
        },
        hearing(
            "M15", "lost T1 acknowledgement: new attempt, old one left", [.i10],
            aim: shared(.singleUse) { $0.acknowledgementLost = 0.3 }
        ) { doing, event in
            doing == .claim(merged: false) && event == .acknowledgementLost ? .storeFailed : event
        },
        habit(
            "M18", "the HTTP client retries the POST on a broken connection", [.i1, .i6, .familyRevoked],
            aim: sqlite(.singleUseFamily) { $0.lost = 0.4 }
        ) { $0.retriesBrokenCalls = true },
        habit(
            "M19", "a caller's cancellation reaches the call", [.selfMadeLoss],
            aim: sqlite(.singleUse) { $0.slowProvider = 0.6 }
        ) { $0.cancelsWithCaller = true },
        habit(
            "M20", "soft deadline closes the socket", [.selfMadeLoss], aim: sqlite(.singleUse) { $0.slowProvider = 0.6 }
        ) { $0.closesAtSoftDeadline = true },
        habit(
            "M21", "at H the socket is closed without a last read", [.selfMadeLoss],
            aim: shared(.singleUse) { $0.wireFreeze = 0.5 }
        ) { $0.skipsLastRead = true },
        step(
            "M43a", "row 9 leaves SENT", [.needlessRecovery], aim: shared(.singleUse) { $0.connectFails = 0.4 }
        ) { line, event, context in
            guard case .notSent(_, let reason) = event else { return honest(line, event, context) }
            return LineStep(line: line, outcome: .notSent(reason))
        },
        step(
            "M43b", "row 9 gives up another owner's attempt", [.i6, .i1],
            aim: shared(.singleUse, hosts: 3) {
                $0.boundaryLongFreeze = 0.12
                $0.slowProvider = 0.8
            }
        ) { line, event, context in
            var step = honest(line, event, context)
            guard case .notSent(let attempt, _) = event, let open = step.line.openAttempt, open != attempt else {
                return step
            }
            step.line.change(open) { $0.state = .notSent }
            step.line.openAttempt = nil
            step.line.leaseUntil = nil
            step.line.quietAt = context.now
            return step
        },
    ]
}
