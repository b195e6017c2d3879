import Locks

/// The port the server listens on, once it does.
final class BoundPort: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Int, any Error>])
        case bound(Int)
        case gone
    }

    private let state = Locked(State.waiting([]))

    var current: Int? {
        state.withLock { if case .bound(let port) = $0 { port } else { nil } }
    }

    /// Tells everybody the port; nil: the server is gone.
    func set(_ port: Int?) {
        let waiters = state.withLock { state -> [CheckedContinuation<Int, any Error>] in
            defer { state = port.map { .bound($0) } ?? .gone }
            if case .waiting(let waiters) = state { return waiters }
            return []
        }
        for waiter in waiters {
            if let port { waiter.resume(returning: port) } else { waiter.resume(throwing: NotListening()) }
        }
    }

    /// Waits for the port. The server's `run` ends every wait, so this needs no cancellation.
    func value() async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            let known = state.withLock { state -> Result<Int, NotListening>? in
                switch state {
                case .waiting(let waiters):
                    state = .waiting(waiters + [continuation])
                    return nil
                case .bound(let port): return .success(port)
                case .gone: return .failure(NotListening())
                }
            }
            if let known { continuation.resume(with: known.mapError { $0 as any Error }) }
        }
    }
}
