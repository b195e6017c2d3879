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
/// write of ours begins; writers say so before and after, and a load that overlapped one of its connection is not kept. Where
/// others write, who uses an entry compares its stamp with the store's (`StampReads`).
final class TokenCache: Sendable {
    private struct State {
        var entries: [ConnectionID: [String: ConnectionSnapshot]] = [:]
        /// Those of before that nobody asked for since.
        var older: [ConnectionID: [String: ConnectionSnapshot]] = [:]
        var work: [ConnectionID: Work] = [:]
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

        mutating func begin(_ kind: WritableKeyPath<Work, Int>, on connection: ConnectionID) -> Moment {
            work[connection, default: Work()][keyPath: kind] += 1
            return Moment(writesEnded: work[connection]?.writesEnded, clearings: clearings)
        }

        /// Whether nothing was forgotten since, and nothing is being written but by so many.
        func isQuiet(_ connection: ConnectionID, since begun: Moment, butFor writes: Int) -> Bool {
            let now = Moment(writesEnded: work[connection]?.writesEnded, clearings: clearings)
            return now == begun && work[connection]?.writes == writes
        }

        mutating func endWrite(on connection: ConnectionID) {
            entries[connection] = nil
            older[connection] = nil
            work[connection]?.writesEnded += 1
            end(\.writes, on: connection)
        }

        mutating func end(_ kind: WritableKeyPath<Work, Int>, on connection: ConnectionID) {
            work[connection]?[keyPath: kind] -= 1
            if work[connection]?.isOver == true { work[connection] = nil }
        }
    }

    /// What runs on one connection now, and how many writes ended while anything did.
    private struct Work {
        var writes = 0
        var loads = 0
        var writesEnded: UInt64 = 0

        var isOver: Bool { writes == 0 && loads == 0 }
    }

    /// Two are equal when nothing was forgotten between them.
    private struct Moment: Equatable {
        var writesEnded: UInt64?
        var clearings: UInt64
    }

    /// The most connections kept.
    private let capacity: Int
    private let state = Locked(State())

    init(capacity: Int = 20_000) { self.capacity = capacity }

    /// What is known of a line.
    func snapshot(_ line: LineID) -> ConnectionSnapshot? { state.withLock { $0.find(line, capacity) } }

    /// Runs a load from the store and keeps what it brings, unless the connection was written or all forgotten meanwhile.
    func loading(
        _ connection: ConnectionID, _ body: () async throws -> ConnectionSnapshot
    ) async rethrows -> ConnectionSnapshot {
        let begun = state.withLock { $0.begin(\.loads, on: connection) }
        do {
            let snapshot = try await body()
            state.withLock { state in
                if state.isQuiet(connection, since: begun, butFor: 0) { state.keep(snapshot, capacity) }
                state.end(\.loads, on: connection)
            }
            return snapshot
        } catch {
            state.withLock { $0.end(\.loads, on: connection) }
            throw error
        }
    }

    /// Runs a write that may change a connection; its entries are gone before the write is acknowledged to anybody.
    /// - Parameter known: what the write itself has shown; kept unless another write or clearing was at work beside it.
    func writing<Result>(
        _ connection: ConnectionID, known: (Result) -> ConnectionSnapshot? = { _ in nil },
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        let begun = state.withLock { $0.begin(\.writes, on: connection) }
        do {
            let result = try await body()
            let snapshot = known(result)
            state.withLock { state in
                let isAlone = state.isQuiet(connection, since: begun, butFor: 1)
                state.endWrite(on: connection)
                if let snapshot, isAlone { state.keep(snapshot, capacity) }
            }
            return result
        } catch {
            state.withLock { $0.endWrite(on: connection) }
            throw error
        }
    }

    /// Forgets everything, after a change of a connector or client.
    func clear() {
        state.withLock { state in
            state.clearings += 1
            state.entries = [:]
            state.older = [:]
        }
    }
}
