import Dispatch
import Foundation
import Model
import PostgresServer
import StoreContract
import Synchronization
import Testing

@testable import PostgresStore

/// A host that is stopped in the middle of a transaction, as SIGSTOP does it: it holds locks and says nothing.
@Suite struct FrozenTests {
    enum Way: CaseIterable { case direct, pooled }

    @Test(
        "who is frozen in a transaction keeps the others waiting until the server hangs up; awake, its body runs again",
        arguments: Way.allCases)
    func writer(_ way: Way) async throws {
        try await TestDatabase.with { database in
            let url = way == .pooled ? database.pooledURL : database.url
            let (frozen, other) = (try database.open(url, connections: 1), try database.open(url, connections: 1))
            try await frozen.write { try $0.insert(sample("c1")) }
            let sleep = Sleep()
            async let late: Void = frozen.write { transaction in
                var connection = try #require(try transaction.connection(ConnectionID("c1")))
                // What comes next, the writes with COMMIT, is where it learns what has happened.
                sleep.fallAsleepOnce()
                connection.metadata = #"{"of":"frozen"}"#
                try transaction.update(connection)
            }
            await sleep.whenAsleep()
            let working = Task {
                try await other.write { transaction in
                    var connection = try #require(try transaction.connection(ConnectionID("c1")))
                    connection.grantType = "other"
                    try transaction.update(connection)
                }
            }
            let done = await working.result
            sleep.wakeUp()
            try await late
            try done.get()
            let stored = try await other.read { try $0.connection(ConnectionID("c1")) }
            #expect(stored?.grantType == "other" && stored?.metadata == #"{"of":"frozen"}"#)
            for store in [frozen, other] { try await store.close() }
        }
    }

    @Test func `a transaction gives its host five seconds between two flights, whatever the role is set to`()
        async throws
    {
        try await TestDatabase.with { database in
            try database.sql("ALTER ROLE \(database.name)_login SET idle_in_transaction_session_timeout = 0")
            let store = try database.open()
            let question = Statement("SELECT current_setting('idle_in_transaction_session_timeout')")
            let limit = try await store.write { transaction in
                let session = try #require(transaction as? PostgresSession)
                return try session.transaction.ask([question])[0][0].text(0)
            }
            #expect(limit == "5s")
            try await store.close()
        }
    }

    @Test func `a host that is frozen while it migrates does not keep another from migrating`() async throws {
        try await TestDatabase.with { database in
            let frozen = try Link(to: PostgresURL(database.migrationURL))
            _ = try frozen.fly(Migration.opening)
            try await database.open().close()
            #expect(throws: LinkFailure.self) { try frozen.fly([Statement("COMMIT")]) }
        }
    }
}

/// Stops the thread of a transaction until the test lets it go on.
private final class Sleep: Sendable {
    private let wasAsleep = Mutex(false)
    private let waker = DispatchSemaphore(value: 0)

    /// The first time only: a body may run again.
    func fallAsleepOnce() {
        let sleeps = wasAsleep.withLock { wasAsleep in
            defer { wasAsleep = true }
            return !wasAsleep
        }
        if sleeps { waker.wait() }
    }

    func whenAsleep() async { while !wasAsleep.withLock({ $0 }) { await Task.yield() } }

    func wakeUp() { waker.signal() }
}
