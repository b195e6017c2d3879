import Foundation
package import Model
package import StoreContract
import StoreRows

/// The store on a PostgreSQL database, which any number of hosts work with at a time (docs/decisions/0041).
package final class PostgresStore: Store {
    let threads: ConnectionThreads
    let connector: Connector
    let context: TransactionContext
    package let eventBell = EventBell()

    init(_ connector: Connector, _ context: TransactionContext, connections: Int) {
        self.connector = connector
        self.context = context
        threads = ConnectionThreads(limit: connections)
    }

    /// T1 and T2 are two transactions, so that a claim whose owner fell asleep is known as not sent (PROTOCOL.md §10).
    package var mergesClaimAndSend: Bool { false }

    /// Other hosts write at any moment, and one that was frozen or cut off may come back: leases and its own word say when
    /// it is over, not this store.
    package var isExclusive: Bool { false }

    package var now: Timestamp { context.clock.now }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> Result
    ) async throws -> Result {
        try await threads.run { [self] desk in
            let (result, organizations) = try repeating(on: desk, .write(isAlone: false)) { transaction in
                (try body(PostgresSession(transaction)), transaction)
            } then: {
                ($0.0, $0.1.appended)
            }
            eventBell.ring(for: organizations)
            return result
        }
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        try await threads.run { [self] desk in
            try repeating(on: desk, .read) {
                try body(PostgresSession($0))
            } then: {
                $0
            }
        }
    }

    /// The files are the server's: what was erased is overwritten by its vacuum, and leaves its write-ahead log as that is
    /// recycled or archived.
    package func scrub() async throws {}

    package func check() async throws {
        try await FirstAnswer.of(within: .seconds(1)) { answer in
            threads.start { [self] desk in
                answer.give(
                    Result {
                        try repeating(on: desk, .write(isAlone: false)) { transaction in
                            let session = PostgresSession(transaction)
                            try session.run("UPDATE probe SET checked_at = $1", [session.now])
                        } then: {
                            $0
                        }
                    })
            } refused: {
                answer.give(.failure(StoreError(.unavailable, "the store is closed")))
            }
        }
    }

    package func close() async throws { await threads.close() }
}

// MARK: Running transactions

extension PostgresStore {
    /// Runs a transaction, again where that is safe: nothing of it was committed, and the contract lets a body run again.
    func repeating<Value, Result>(
        on desk: ConnectionThreads.Desk, _ kind: Transaction.Kind, _ body: (Transaction) throws -> Value,
        then: (Value) -> Result
    ) throws -> Result {
        var kind = kind
        var tries = Tries()
        while true {
            let isUsed = desk.link != nil
            let transaction = Transaction(kind, on: try link(of: desk), context)
            do {
                let value = try body(transaction)
                try transaction.commit()
                return then(value)
            } catch {
                if !transaction.rollBack() { desk.link = nil }
                let reason = transaction.failure ?? error
                switch tries.next(after: reason, onUsedLink: isUsed) {
                case .alone: kind = .write(isAlone: true)
                case .again(let pause): usleep(pause)
                case .never: throw (reason as? LinkFailure)?.storeError ?? reason
                }
            }
        }
    }

    private func link(of desk: ConnectionThreads.Desk) throws -> Link {
        if let link = desk.link, !link.isStale { return link }
        desk.link = nil
        let link = try connector.connect()
        desk.link = link
        return link
    }
}

/// How often one transaction is tried, and what for.
struct Tries {
    enum Next {
        case alone
        /// After that many microseconds.
        case again(UInt32)
        case never
    }

    private var conflicts = 0
    private var losses = 0

    mutating func next(after error: any Error, onUsedLink: Bool) -> Next {
        if error is RunsAlone { return .alone }
        switch error as? LinkFailure {
        case .refused(let error, _) where error.mayBeRepeated && conflicts < 8:
            conflicts += 1
            return .again(.random(in: 500...(2000 << UInt32(conflicts))))
        // A connection of the pool that broke while it waited, or a transaction that paused too long. Lost during COMMIT, the
        // failure is another.
        case .lost(_, let isUndone) where (onUsedLink || isUndone) && losses == 0:
            losses += 1
            return .again(0)
        default: return .never
        }
    }
}
