import Locks

/// Waits for an answer that may come too late; the first of answer and deadline counts.
package final class FirstAnswer: Sendable {
    private let waiting: Locked<CheckedContinuation<Void, any Error>?>

    private init(_ continuation: CheckedContinuation<Void, any Error>) { waiting = Locked(continuation) }

    /// Answers, unless it is too late.
    package func give(_ result: Result<Void, any Error>) {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(with: result)
    }

    /// Starts the question and waits for its answer, but not longer than that.
    /// - Throws: what the answer throws; `StoreError.Code.unavailable` when it is late.
    package static func of(within limit: Duration, _ ask: (FirstAnswer) -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let answer = FirstAnswer(continuation)
            Task {
                try? await Task.sleep(for: limit)
                answer.give(.failure(StoreError(.unavailable, "the store does not answer in time")))
            }
            ask(answer)
        }
    }
}
