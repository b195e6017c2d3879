import Locks

/// What a piece of work brings, for all who wait for it. They are told in the order in which they came, so that of thousands who
/// wait each waits as long as the others; those who wait for `Task.value` are told the last one first.
final class Promised<Value: Sendable>: Sendable {
    private struct State {
        var result: Result<Value, any Error>?
        var waiting: [CheckedContinuation<Value, any Error>] = []
    }

    private let state = Locked(State())

    /// Begins at once.
    /// - Parameter work: runs to its end, whoever goes away meanwhile.
    init(_ work: @escaping @Sendable () async throws -> Value) {
        Task {
            let result: Result<Value, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            settle(result)
        }
    }

    nonisolated(nonsending) func value() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state in
                if state.result == nil { state.waiting.append(continuation) }
                return state.result
            }
            if let result { continuation.resume(with: result) }
        }
    }

    private func settle(_ result: Result<Value, any Error>) {
        let waiting = state.withLock { state in
            state.result = result
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume(with: result) }
    }
}
