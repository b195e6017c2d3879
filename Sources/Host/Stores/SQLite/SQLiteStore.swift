import Dispatch
import GRDB
import Locks
package import Model
package import StoreContract
import StoreRows
import Threads

/// The store on one SQLite database, held by one process (PROTOCOL.md §10).
package final class SQLiteStore: Store {
    /// The only writer and the readers.
    let pool: DatabasePool
    private let lock: DatabaseLock
    private let clock: StoreClock
    /// GRDB's connections must not be touched once they are closed.
    private let isClosed = Locked(false)
    package let eventBell = EventBell()

    init(pool: DatabasePool, lock: DatabaseLock, clock: StoreClock) {
        self.pool = pool
        self.lock = lock
        self.clock = clock
    }

    /// In every class: the journal tells what a crash before the first byte was (PROTOCOL.md §10).
    package var mergesClaimAndSend: Bool { true }

    package var isExclusive: Bool { true }

    package var now: Timestamp { clock.now }

    // GRDB's own async accesses are aborted by the caller's cancellation; these are not.

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> Result
    ) async throws -> Result {
        try await WaitingThreads.run { try writeNow(body) }
    }

    private func writeNow<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
        try refuseWhenClosed()
        let appended = AppendedEvents()
        let result = try pool.writeWithoutTransaction { database in
            try database.transact { try body(SQLiteSession(database: $0, now: clock.now, appended: appended)) }
        }
        eventBell.ring(for: appended.organizations)
        return result
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        try refuseWhenClosed()
        return try await withCheckedThrowingContinuation { continuation in
            pool.asyncRead { [clock] opened in
                continuation.resume(
                    with: Swift.Result {
                        try ErrorMapping.mapped {
                            try body(SQLiteSession(database: try opened.get(), now: clock.now))
                        }
                    })
            }
        }
    }

    package func check() async throws {
        try refuseWhenClosed()
        let now = clock.now
        try await FirstAnswer.of(within: .seconds(1)) { answer in
            self.pool.asyncWriteWithoutTransaction { database in
                answer.give(
                    Swift.Result {
                        try database.transact {
                            _ = try SQLiteSession(database: $0, now: now).run("UPDATE probe SET checked_at = ?", [now])
                        }
                    })
            }
        }
    }

    /// Erased rows are zeroed as they go (`secure_delete`); what is left of them lies in the write-ahead log, until all of
    /// it is in the database and the log is cut to nothing.
    package func scrub() async throws { try await scrub(within: .seconds(60)) }

    func scrub(within limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !cutLog() {
            guard ContinuousClock.now < deadline else {
                throw StoreError(
                    .unavailable, "somebody reads the database all the time; try again when backups are done")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// False while somebody reads an older state. Not waited for here: nobody can write meanwhile.
    func cutLog() async throws -> Bool {
        try refuseWhenClosed()
        return try await WaitingThreads.run {
            try ErrorMapping.mapped {
                try pool.writeWithoutTransaction { database in
                    try database.execute(sql: "PRAGMA busy_timeout = 0")
                    defer { try? database.execute(sql: "PRAGMA busy_timeout = 5000") }
                    do {
                        try database.checkpoint(.truncate)
                        return true
                    } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
                        return false
                    }
                }
            }
        }
    }

    package func close() async throws {
        let isFirst = isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        guard isFirst else { return }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async { continuation.resume(with: Swift.Result { try self.closeNow() }) }
        }
    }

    func refuseWhenClosed() throws {
        if isClosed.withLock({ $0 }) { throw StoreError(.unavailable, "the store is closed") }
    }

    /// Waits for what is running: the writer's queue is served in order, readers are waited for by the pool.
    private func closeNow() throws {
        // Best effort: what stays in the write-ahead log is read at the next start.
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try ErrorMapping.mapped { try pool.close() }
        lock.release()
    }
}
