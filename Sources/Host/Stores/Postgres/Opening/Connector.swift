import CLinux
import Locks
import StoreContract

/// Makes connections; after a failure none for a while, so that a server that comes back is not run over.
final class Connector: Sendable {
    private struct State {
        var failures = 0
        var waitsUntil: Int64 = 0
        var reason: StoreError?
    }

    private let place: PostgresURL
    private let state = Locked(State())

    init(_ place: PostgresURL) { self.place = place }

    /// - Throws: `StoreError`; within the pause at once, with the reason of the last failure.
    func connect() throws -> Link {
        let now = tm_boottime_nanoseconds()
        let refusal: StoreError? = state.withLock { now < $0.waitsUntil ? $0.reason : nil }
        if let refusal { throw refusal }
        do {
            let link = try Link(to: place)
            state.withLock { $0 = State() }
            return link
        } catch {
            let error = (error as? StoreError) ?? StoreError(.unavailable, "\(error)")
            state.withLock { state in
                state.failures = min(state.failures + 1, 6)
                let longest = Int64(50_000_000) << Int64(state.failures)
                state.waitsUntil = tm_boottime_nanoseconds() + .random(in: 0...longest)
                state.reason = error
            }
            throw error
        }
    }
}
