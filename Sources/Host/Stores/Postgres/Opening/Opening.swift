import CLinux
import Foundation
import Model
import StoreContract
import StoreRows

extension PostgresStore {
    /// What a database is opened for. Any number of hosts work with one at a time (docs/decisions/0041).
    package enum Purpose: Sendable {
        case work
        case reading
    }

    /// The pool's size: enough for a host's transactions, few enough for a server's memory.
    package static let connections = 12

    /// Opens the database, brought to this program's schema.
    /// - Parameters:
    ///   - url: As whom the host works.
    ///   - migrating: As whom the schema is brought up to date; nil: as the same.
    ///   - purpose: What it is opened for: a host's work, beside other hosts', or only reading.
    /// - Throws: `StoreError`: `incompatible` when a newer program wrote it or
    ///   the server does not keep what it acknowledges, `unavailable` when there is no way to it.
    package static func open(
        _ url: PostgresURL, migrating: PostgresURL? = nil, for purpose: Purpose, connections: Int = connections
    ) throws -> PostgresStore {
        let link = try Link(to: url)
        try ServerCheck(link).run()
        let roles = DatabaseRoles(database: try ServerCheck(link).database())
        let migration = Migration(roles: roles, login: url.user)
        if try !migration.isDone(on: link) {
            try migration.run(on: try Link(to: migrating ?? url))
            guard try migration.isDone(on: link) else {
                throw StoreError(
                    .incompatible,
                    "\(url): the schema is up to date, but \(url.user) may not use it. "
                        + migration.grantRemedy)
            }
        }
        let clock = ServerClock { tm_boottime_nanoseconds() / 1000 }
        let context = TransactionContext(roles, clock, mayWrite: purpose == .work)
        let store = PostgresStore(Connector(url), context, connections: connections)
        try store.begin(on: link)
        return store
    }

    /// Reads the clock, and what a transaction gets.
    private func begin(on link: Link) throws {
        let desk = ConnectionThreads.Desk()
        desk.link = link
        try repeating(on: desk, .read) {
            try ServerCheck.requireDurable(PostgresSession($0))
        } then: {
            $0
        }
    }

    /// Brings the schema up to date, whoever works with the database.
    package static func migrate(_ url: PostgresURL, migrating: PostgresURL?) throws {
        let link = try Link(to: migrating ?? url)
        try ServerCheck(link).run()
        let migration = Migration(roles: DatabaseRoles(database: try ServerCheck(link).database()), login: url.user)
        try migration.run(on: link)
    }
}

/// What the server has to be.
struct ServerCheck {
    private let link: Link

    init(_ link: Link) { self.link = link }

    func database() throws -> String { try value("SELECT current_database()::text") }

    func run() throws {
        guard link.serverVersion >= 140_000 else {
            throw StoreError(.incompatible, "PostgreSQL \(link.serverVersion / 10_000) is too old; use 14 or later")
        }
        for setting in ["fsync", "full_page_writes"] where try value("SELECT current_setting('\(setting)')") != "on" {
            throw StoreError(
                .incompatible,
                "PostgreSQL runs with \(setting) = off: what it acknowledges may be lost; switch it on")
        }
    }

    /// Reads back what a transaction of the pool gets, through whatever stands in between.
    static func requireDurable(_ session: PostgresSession) throws {
        let rows = try session.transaction.ask([Statement("SELECT current_setting('synchronous_commit')")])
        let level = rows[0].count > 0 ? rows[0][0].text(0) : nil
        guard level == "on" || level == "remote_apply" else {
            throw StoreError(
                .incompatible, "PostgreSQL commits with synchronous_commit = \(level ?? "unknown"), not on")
        }
    }

    private func value(_ sql: String) throws -> String {
        do {
            let rows = try link.fly([Statement(sql)])
            return rows[0].count > 0 ? rows[0][0].text(0) ?? "" : ""
        } catch { throw error.storeError }
    }
}
