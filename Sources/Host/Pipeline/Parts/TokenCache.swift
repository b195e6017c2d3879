import ConnectorSDK
import Locks
import Model
import Secrets
import StoreContract

/// A connection with one of its lines and that line's opened tokens, as of one moment of the store.
struct ConnectionSnapshot: Sendable {
    /// All that is loaded, behind one reference: a snapshot goes through many hands for each read, and each of its texts
    /// and lists would be counted for each hand, by all cores at the same time where many read one connection.
    private final class Content: Sendable {
        let connection: ConnectionRecord
        let client: ClientRecord?
        let line: Line
        let tokens: StoredTokens?
        let auditIdentifier: String?
        let enabled: Bool
        let stamp: LineStamp?
        let loadedAt: ContinuousClock.Instant

        init(
            _ connection: ConnectionRecord, _ client: ClientRecord?, _ line: Line, _ tokens: StoredTokens?,
            _ auditIdentifier: String?, _ enabled: Bool, _ stamp: LineStamp?, _ loadedAt: ContinuousClock.Instant
        ) {
            self.connection = connection
            self.client = client
            self.line = line
            self.tokens = tokens
            self.auditIdentifier = auditIdentifier
            self.enabled = enabled
            self.stamp = stamp
            self.loadedAt = loadedAt
        }
    }

    private let content: Content
    /// The store did not say that this is still so.
    var isUnverified = false

    var connection: ConnectionRecord { content.connection }
    /// The client that speaks for it; its secrets are sealed.
    var client: ClientRecord? { content.client }
    var line: Line { content.line }
    /// Nil while nothing was received.
    var tokens: StoredTokens? { content.tokens }
    /// What stands for the access token in audit records: made once, not for every read.
    var auditIdentifier: String? { content.auditIdentifier }
    var enabled: Bool { content.enabled }
    /// Of the state in the store that this is; nil where nobody asked for it.
    var stamp: LineStamp? { content.stamp }
    /// When it was loaded, by this machine.
    var loadedAt: ContinuousClock.Instant { content.loadedAt }

    /// The same, of which the store could not be asked.
    var unverified: ConnectionSnapshot {
        var copy = self
        copy.isUnverified = true
        return copy
    }

    /// Whether a commit of this host has shown it a moment ago, so that the store can be expected to answer a load in time.
    func isOfCommit(at now: ContinuousClock.Instant) -> Bool { stamp == nil && now - loadedAt < .seconds(2) }

    /// How long a stamp is compared: not so long that the store could give one again for another state.
    static let trustedFor = Duration.seconds(3600)

    /// Leaves out what nobody who reads a snapshot needs: the refresh token, and what is over of the line.
    init(
        connection: ConnectionRecord, client: ClientRecord?, line: Line, tokens: StoredTokens?,
        auditIdentifier: String?, enabled: Bool, stamp: LineStamp? = nil, loadedAt: ContinuousClock.Instant = .now
    ) {
        var (line, tokens) = (line, tokens)
        line.attempts.removeAll { !$0.isOpen && $0.state != .ambiguous }
        line.versions.removeAll { $0.status != .current && $0.status != .candidate }
        tokens?.refreshToken = nil
        content = Content(connection, client, line, tokens, auditIdentifier, enabled, stamp, loadedAt)
    }
}

/// Opened tokens by line. Where this process is the store's only writer (`Store.isExclusive`), an entry is right until a
/// write of ours begins; writers say so before and after, and a load that overlapped one is not kept. Where others write,
/// who uses an entry compares its stamp with the store's (`StampReads`).
final class TokenCache: Sendable {
    private struct State {
        var entries: [ConnectionID: [String: ConnectionSnapshot]] = [:]
        /// Those of before that nobody asked for since.
        var older: [ConnectionID: [String: ConnectionSnapshot]] = [:]
        var writing: [ConnectionID: Writing] = [:]
        /// Writes that ended, and clearings.
        var changes: UInt64 = 0
        var clearings: UInt64 = 0

        mutating func keep(_ snapshot: ConnectionSnapshot, _ capacity: Int) {
            makeRoom(for: snapshot.connection.id, capacity)
            entries[snapshot.connection.id, default: [:]][snapshot.line.id.name] = snapshot
        }

        mutating func find(_ line: LineID, _ capacity: Int) -> ConnectionSnapshot? {
            if let known = entries[line.connection]?[line.name] { return known }
            guard older[line.connection] != nil else { return nil }
            makeRoom(for: line.connection, capacity)
            return entries[line.connection]?[line.name]
        }

        /// What was not used since half of the cache was filled anew is forgotten: nothing has to be sorted.
        private mutating func makeRoom(for connection: ConnectionID, _ capacity: Int) {
            guard entries[connection] == nil else { return }
            let known = older.removeValue(forKey: connection)
            if entries.count >= max(1, capacity / 2) { (older, entries) = (entries, [:]) }
            entries[connection] = known
        }

        mutating func end(_ connection: ConnectionID) {
            changes += 1
            entries[connection] = nil
            older[connection] = nil
            writing[connection]?.running -= 1
            writing[connection]?.ended += 1
            if writing[connection]?.running == 0 { writing[connection] = nil }
        }
    }

    /// Writes of one connection that run now, and how many ended while any did.
    private struct Writing {
        var running = 0
        var ended: UInt64 = 0
    }

    /// The most connections kept.
    private let capacity: Int
    private let state = Locked(State())

    init(capacity: Int = 20_000) { self.capacity = capacity }

    /// What is known of a line.
    func snapshot(_ line: LineID) -> ConnectionSnapshot? { state.withLock { $0.find(line, capacity) } }

    /// To be taken before a load from the store.
    func stamp() -> UInt64 { state.withLock { $0.changes } }

    /// Keeps what was loaded, unless something was written since the stamp.
    func keep(_ snapshot: ConnectionSnapshot, loadedAt stamp: UInt64) {
        state.withLock { state in
            guard state.changes == stamp, state.writing[snapshot.connection.id] == nil else { return }
            state.keep(snapshot, capacity)
        }
    }

    /// Runs a write that may change a connection; its entries are gone before the write is acknowledged to anybody.
    /// - Parameter known: what the write itself has shown; kept unless another write or clearing was at work beside it.
    func writing<Result>(
        _ connection: ConnectionID, known: (Result) -> ConnectionSnapshot? = { _ in nil },
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        let (ended, clearings) = state.withLock { state in
            state.writing[connection, default: Writing()].running += 1
            return (state.writing[connection]?.ended, state.clearings)
        }
        do {
            let result = try await body()
            let snapshot = known(result)
            state.withLock { state in
                let isAlone = state.writing[connection]?.running == 1 && state.writing[connection]?.ended == ended
                state.end(connection)
                if let snapshot, isAlone, state.clearings == clearings { state.keep(snapshot, capacity) }
            }
            return result
        } catch {
            state.withLock { $0.end(connection) }
            throw error
        }
    }

    /// Forgets everything, after a change of a connector or client.
    func clear() {
        state.withLock { state in
            state.changes += 1
            state.clearings += 1
            state.entries = [:]
            state.older = [:]
        }
    }
}
