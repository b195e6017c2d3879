import Locks

/// A read that happens once, for all who may have what it brings. The first who asks begins it.
final class OneRead<Value: Sendable>: Sendable {
    private let task = Locked<Task<Value, any Error>?>(nil)

    /// - Parameter read: runs to its end, whoever goes away meanwhile.
    func value(_ read: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = self.task.withLock { task in
            if let task { return task }
            // Of its own: whoever shares it must not lose it when the first one goes away.
            let new = Task { try await read() }
            task = new
            return new
        }
        return try await task.value
    }
}
