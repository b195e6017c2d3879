import Locks

/// A read that happens once, for all who may have what it brings. The first who asks begins it.
final class OneRead<Value: Sendable>: Sendable {
    private let read = Locked<Promised<Value>?>(nil)

    /// - Parameter read: runs to its end, whoever goes away meanwhile.
    func value(_ read: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let shared = self.read.withLock { shared in
            if let shared { return shared }
            let new = Promised(read)
            shared = new
            return new
        }
        return try await shared.value()
    }
}
