package import Foundation
package import PostgresServer
import Synchronization

/// Where hosts of tests keep their store, unless a test says so itself: `TEST_STORE` is `sqlite`, `postgres` or `pgbouncer`
/// (PostgreSQL behind a pooler). `TEST_HOSTS` is how many hosts share each such database and take its calls in turns.
package enum TestStore: String, Sendable {
    case sqlite, postgres, pgbouncer

    /// The one of this run.
    package static let current: TestStore = {
        let name = ProcessInfo.processInfo.environment["TEST_STORE"] ?? "sqlite"
        guard let store = TestStore(rawValue: name) else {
            fatalError("TEST_STORE=\(name) is none of sqlite, postgres, pgbouncer")
        }
        return store
    }()

    /// Hosts on each database.
    package static let hosts: Int = {
        let text = ProcessInfo.processInfo.environment["TEST_HOSTS"] ?? "1"
        guard let count = Int(text), (1...9).contains(count) else { fatalError("TEST_HOSTS=\(text) is not 1 to 9") }
        return count
    }()

    /// How long what one host has done may take to be heard of by the others: with one host it has to be so at once.
    package static var hearing: Duration { hosts == 1 ? .zero : .seconds(3) }

    /// Settings that all hosts of a database have in common.
    static let common: Set = ["STORE_URL", "STORE_MIGRATION_URL", "KEY_PROVIDER", "PUBLIC_URL"]

    /// A database for the host of that folder; nil on SQLite.
    func make(in folder: URL) throws -> TestDatabase? {
        guard self != .sqlite else { return nil }
        let database = try TestDatabase.make()
        Self.databases.withLock { $0[folder.path] = database }
        return database
    }

    /// The host's settings for it.
    func settings(of database: TestDatabase) -> [String: String] {
        [
            "STORE_URL": self == .pgbouncer ? database.pooledURL : database.url,
            "STORE_MIGRATION_URL": database.migrationURL,
        ]
    }

    /// The database that was made for the host of that folder; nil: its store is a file there.
    package static func database(of folder: URL) -> TestDatabase? { databases.withLock { $0[folder.path] } }

    private static let databases = Mutex<[String: TestDatabase]>([:])
}
