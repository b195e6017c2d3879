import ConnectorSDK
import Model
import Synchronization

/// A connection with one of its lines and that line's opened tokens, as of one moment of the store.
struct ConnectionSnapshot: Sendable {
    var connection: ConnectionRecord
    var line: Line
    /// Nil while nothing was received.
    var tokens: StoredTokens?
    /// What stands for the access token in audit records: made once, not for every read.
    var auditIdentifier: String?
    var enabled: Bool
}

/// Opened tokens by line. This process is the store's only writer (`Store.isExclusive`), so an entry is right until a
/// write of ours begins; writers say so before and after, and a load that overlapped one is not kept.
final class TokenCache: Sendable {
    private struct State {
        var entries: [ConnectionID: [String: ConnectionSnapshot]] = [:]
        var writing: [ConnectionID: Int] = [:]
        var changes: UInt64 = 0
    }

    /// The most entries kept; the cache starts over when it is full.
    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int = 20_000) { self.capacity = capacity }

    /// What is known of a line.
    func snapshot(_ line: LineID) -> ConnectionSnapshot? { state.withLock { $0.entries[line.connection]?[line.name] } }

    /// To be taken before a load from the store.
    func stamp() -> UInt64 { state.withLock { $0.changes } }

    /// Keeps what was loaded, unless something was written since the stamp.
    func keep(_ snapshot: ConnectionSnapshot, loadedAt stamp: UInt64) {
        state.withLock { state in
            guard state.changes == stamp, state.writing[snapshot.connection.id] == nil else { return }
            if state.entries.count >= capacity { state.entries = [:] }
            state.entries[snapshot.connection.id, default: [:]][snapshot.line.id.name] = snapshot
        }
    }

    /// Runs a write that may change a connection; its entries are gone before the write is acknowledged to anybody.
    func writing<Result>(_ connection: ConnectionID, _ body: () async throws -> Result) async rethrows -> Result {
        state.withLock { $0.writing[connection, default: 0] += 1 }
        defer { end(connection) }
        return try await body()
    }

    /// Forgets everything, after a change of a connector or client.
    func clear() {
        state.withLock { state in
            state.changes += 1
            state.entries = [:]
        }
    }

    private func end(_ connection: ConnectionID) {
        state.withLock { state in
            state.changes += 1
            state.entries[connection] = nil
            let left = state.writing[connection, default: 1] - 1
            state.writing[connection] = left > 0 ? left : nil
        }
    }
}
