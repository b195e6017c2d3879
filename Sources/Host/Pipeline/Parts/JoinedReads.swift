import Locks

/// Reads of one thing that many ask for at once. Who comes while one runs waits for the next: that begins after he came, so
/// it shows everything that was acknowledged by then. However many come, two reads serve them all.
final class JoinedReads<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Reads {
        var running: Promised<Value>
        /// Begins when that one is over.
        var next: Promised<Value>?
    }

    private let reads = Locked<[Key: Reads]>([:])

    /// - Parameter read: runs to its end, whoever goes away meanwhile.
    func value(of key: Key, _ read: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await join(key, read).value()
    }

    /// The read that serves who comes now.
    func join(_ key: Key, _ read: @escaping @Sendable () async throws -> Value) -> Promised<Value> {
        reads.withLock { reads in
            if let next = reads[key]?.next { return next }
            let new = self.read(for: key, after: reads[key]?.running, read)
            if reads[key] == nil { reads[key] = Reads(running: new) } else { reads[key]?.next = new }
            return new
        }
    }

    private func read(
        for key: Key, after last: Promised<Value>?, _ read: @escaping @Sendable () async throws -> Value
    ) -> Promised<Value> {
        Promised { [self] in
            _ = try? await last?.value()
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
