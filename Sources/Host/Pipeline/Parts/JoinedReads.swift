import Locks

/// Reads of one thing that many ask for at once. Who comes while one runs waits for the next: that begins after he came, so
/// it shows everything that was acknowledged by then. However many come, two reads serve them all.
final class JoinedReads<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Reads {
        var running: Task<Value, any Error>
        /// Begins when that one is over.
        var next: Task<Value, any Error>?
    }

    private let reads = Locked<[Key: Reads]>([:])

    /// - Parameter read: runs to its end, whoever goes away meanwhile.
    func value(of key: Key, _ read: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await join(key, read).value
    }

    /// The read that serves who comes now.
    func join(_ key: Key, _ read: @escaping @Sendable () async throws -> Value) -> Task<Value, any Error> {
        reads.withLock { reads in
            if let next = reads[key]?.next { return next }
            let task = self.task(for: key, after: reads[key]?.running, read)
            if reads[key] == nil { reads[key] = Reads(running: task) } else { reads[key]?.next = task }
            return task
        }
    }

    private func task(
        for key: Key, after last: Task<Value, any Error>?, _ read: @escaping @Sendable () async throws -> Value
    ) -> Task<Value, any Error> {
        // Of its own: whoever joins must not lose it when the first one goes away.
        Task {
            _ = await last?.result
            defer { end(key) }
            return try await read()
        }
    }

    private func end(_ key: Key) {
        reads.withLock { reads in
            let next = reads[key]?.next
            reads[key] = next.map { Reads(running: $0) }
        }
    }
}
