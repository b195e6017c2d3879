import Dispatch
import GRDB
package import Model
package import StoreContract

/// The store on one SQLite database, held by one process (PROTOCOL.md §10).
package final class SQLiteStore: Store {
    /// The only writer and the readers.
    let pool: DatabasePool
    private let lock: DatabaseLock
    private let clock: StoreClock

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
        try await withCheckedThrowingContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [clock] database in
                continuation.resume(
                    with: Swift.Result {
                        try database.transact { try body(SQLiteSession(database: $0, now: clock.now)) }
                    })
            }
        }
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
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

    package func close() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async { continuation.resume(with: Swift.Result { try self.closeNow() }) }
        }
    }

    private func closeNow() throws {
        // Best effort: what stays in the write-ahead log is read at the next start.
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try ErrorMapping.mapped { try pool.close() }
        lock.release()
    }
}
