import Locks
import Model

/// A value that whoever asks shares with those who ask at the same time or soon after: for what anybody may ask for, and
/// costs more than one who asks should be able to make it cost.
final class Recent<Value: Sendable>: Sendable {
    /// What was read, or why it could not be.
    struct Answer: Sendable {
        let result: Result<Value, any Error>
        /// How long the read took, whoever it was done for.
        let latency: Duration
    }

    private struct Last {
        let task: Task<Answer, Never>
        let began: MonotonicTime
        var isRunning = true
    }

    private let age: Duration
    private let clock: @Sendable () -> MonotonicTime
    private let read: @Sendable () async throws -> Value
    private let last = Locked<Last?>(nil)

    /// - Parameters:
    ///   - age: how long a value is given again, from when it began to be read; a failure too.
    ///   - read: runs to its end, whoever goes away meanwhile.
    init(
        for age: Duration, clock: @escaping @Sendable () -> MonotonicTime = { HostClock.now },
        _ read: @escaping @Sendable () async throws -> Value
    ) {
        self.age = age
        self.clock = clock
        self.read = read
    }

    func value() async throws -> Value { try await answer().result.get() }

    /// Begins no second read while one runs, however long that is.
    func answer() async -> Answer {
        let task = last.withLock { last in
            let now = clock()
            if let last, last.isRunning || now - last.began < age { return last.task }
            let task = Task {
                defer { self.last.withLock { $0?.isRunning = false } }
                let began = HostClock.now
                let result: Result<Value, any Error>
                do { result = .success(try await self.read()) } catch { result = .failure(error) }
                return Answer(result: result, latency: HostClock.now - began)
            }
            last = Last(task: task, began: now)
            return task
        }
        return await task.value
    }
}
