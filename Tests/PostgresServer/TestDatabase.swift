import Foundation
import Synchronization

/// A database of one test, with a role that owns its tables and one that the host logs in as.
package struct TestDatabase: Sendable {
    package let server: PostgresServer
    package let name: String

    /// Gives a fresh database; it goes when the test ends.
    package static func with(
        _ server: PostgresServer = .shared, _ body: (TestDatabase) async throws -> Void
    ) async throws {
        let database = try make(server)
        do { try await body(database) } catch {
            database.drop()
            throw error
        }
        database.drop()
    }

    /// Gives a fresh database that is there until `drop`.
    package static func make(_ server: PostgresServer = .shared) throws -> TestDatabase {
        let database = TestDatabase(server: server, name: "tm_" + UUID().uuidString.prefix(8).lowercased())
        try database.create()
        return database
    }

    /// Gives one that an earlier test may have had: to make one takes most of a second.
    /// - Parameter empty: Makes what a test has left as it was at first.
    package static func withUsed(
        emptiedBy empty: (TestDatabase) throws -> Void, _ body: (TestDatabase) async throws -> Void
    ) async throws {
        let database: TestDatabase
        if let used = free.withLock({ $0.popLast() }) {
            database = used
            try empty(database)
        } else {
            database = try make()
        }
        try await body(database)
        free.withLock { $0.append(database) }
    }

    /// Those that a test has left.
    private static let free = Mutex<[TestDatabase]>([])

    /// As whom the host works.
    package var url: String { url(user: name + "_login") }
    /// The same through the pooler of the shared server.
    package var pooledURL: String { url(user: name + "_login", port: Pooler.shared.port) }
    /// As whom it is migrated.
    package var migrationURL: String { url(user: name + "_owner") }

    /// On loopback, so that a pooler's or a proxy's port can take its place.
    package func url(user: String, port: Int? = nil, parameters: String = "") -> String {
        "postgres://\(user)@127.0.0.1:\(port ?? server.port)/\(name)\(parameters)"
    }

    /// Runs statements in it as the superuser, or as somebody else.
    @discardableResult
    package func sql(_ text: String, user: String = "postgres") throws -> String {
        try server.sql(text, database: name, user: user)
    }

    private func create() throws {
        try server.sql("CREATE ROLE \(name)_owner LOGIN CREATEROLE; CREATE ROLE \(name)_login LOGIN")
        try server.sql("CREATE DATABASE \(name) OWNER \(name)_owner")
    }

    /// Takes it away, whoever works with it.
    package func drop() { _ = try? server.sql("DROP DATABASE \(name) WITH (FORCE)") }
}
