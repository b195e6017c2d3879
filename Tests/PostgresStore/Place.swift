import Model
import PostgresServer

@testable import PostgresStore

extension TestDatabase {
    /// Opens the store as a host of that name does.
    func open(_ url: String? = nil, as host: String = "host_1", connections: Int = 8) throws -> PostgresStore {
        try PostgresStore.open(
            PostgresURL(url ?? self.url), migrating: PostgresURL(migrationURL),
            as: Holder(host: HostID(host), heartbeat: .seconds(10)), connections: connections)
    }
}

extension PostgresSession {
    /// How the server would find what a statement asks for.
    func plan(of statement: Statement) throws -> String {
        transaction.enter(scope)
        let lines = try transaction.ask([Statement(sql: "EXPLAIN \(statement.sql)", arguments: statement.arguments)])[0]
        return (0..<lines.count).compactMap { lines[$0].text(0) }.joined(separator: "\n")
    }
}
