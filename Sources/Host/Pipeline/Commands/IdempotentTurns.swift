import Foundation
import Model
import RefreshProtocol
import StoreContract

/// The same key at two hosts at the same moment: one of them runs the call. In one process the API keeps the order; where
/// others work on the store too, an entry without an answer stands in it for the call that runs.
extension TokenPipeline {
    /// The stored answer, waited for while another host runs the call; nil: the call is this host's to run.
    /// - Parameter request: of the body; nil where no other host works on the store.
    func answerOrTurn(
        _ key: String, _ route: String, _ request: Data?, _ caller: Caller
    ) async throws -> IdempotentAnswer? {
        let (parts, began) = (parts, HostClock.now)
        guard let request else {
            return try await wrapping {
                try await parts.store.read { try $0.idempotentAnswer(Self.name(key, route, caller, in: $0)) }
            }
        }
        while true {
            let found = try await wrapping {
                try await parts.store.write { transaction in
                    try transaction.answerOrTurn(
                        Self.name(key, route, caller, in: transaction), request, of: parts.host,
                        within: parts.settings.timing.lease)
                }
            }
            guard let found, found.isRunning else { return found }
            guard found.request == request else { return found }
            let waited = HostClock.now - began
            guard waited < parts.settings.timing.soft, !isDraining else { throw Self.runsElsewhere }
            try await Task.sleep(for: AttemptWatch.pause(after: waited))
        }
    }

    /// The call that was this host's to run has brought nothing to keep: whoever asks again may run it.
    package func giveUpAnswer(key: String, route: String, by caller: Caller) async throws {
        let parts = parts
        guard !parts.store.isExclusive else { return }
        try await wrapping {
            try await parts.store.write { transaction in
                let name = try Self.name(key, route, caller, in: transaction)
                if var found = try transaction.idempotentAnswer(name), found.isRunning(at: parts.host) {
                    found.at = .distantPast  // as old as what is cleared away
                    try transaction.save(found)
                }
            }
        }
    }

    private static let runsElsewhere = PipelineError(
        .refreshInProgress, "Another host runs the call with this Idempotency-Key; ask again with the same key.",
        retryAfter: .seconds(2))
}

extension StoreTransaction {
    /// What is kept of a call, or who runs it; nil: it is this host's to run from now on.
    /// - Parameter limit: how long a call runs at most. A host whose turn is older has died; one's own is left over, since
    ///   in one process the same key comes once at a time.
    func answerOrTurn(
        _ name: String, _ request: Data, of host: HostID, within limit: Duration
    ) throws -> IdempotentAnswer? {
        if let found = try idempotentAnswer(name) {
            guard found.isRunning, found.isRunning(at: host) || found.at + limit < now else { return found }
        }
        try save(IdempotentAnswer(key: name, request: request, status: 0, sealedBody: Data("\(host)".utf8), at: now))
        return nil
    }
}

extension IdempotentAnswer {
    /// It stands for an answer that is not there yet, and names its host where that would be.
    var isRunning: Bool { status == 0 }

    func isRunning(at host: HostID) -> Bool { isRunning && sealedBody == Data("\(host)".utf8) }
}
