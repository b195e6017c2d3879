import ConnectorSDK
import Model
import PostgresServer
import StoreContract

@testable import PostgresStore

extension TestDatabase {
    /// Opens the store as a host does.
    func open(_ url: String? = nil, connections: Int = 8) throws -> PostgresStore {
        try PostgresStore.open(
            PostgresURL(url ?? self.url), migrating: PostgresURL(migrationURL),
            for: .work, connections: connections)
    }

    /// Leaves what the schema's migrations put there: to make the schema anew takes ten times as long.
    func empty() throws {
        _ = try Link(to: PostgresURL(url(user: "postgres"))).fly(Self.emptying.map { Statement($0) })
    }

    private static let emptying = [
        """
        DO $$ DECLARE one regclass; BEGIN
          FOR one IN SELECT oid FROM pg_class WHERE relnamespace = 'token_manager'::regnamespace AND relkind = 'r'
            AND relname <> 'migration' LOOP EXECUTE 'DELETE FROM ' || one;
          END LOOP;
        END $$
        """,
        "INSERT INTO token_manager.event_counter VALUES (0)", "INSERT INTO token_manager.probe VALUES (0)",
        "SELECT setval('token_manager.mark', 0)",
    ]
}

extension PostgresStore {
    /// Stores a connection with its line, before any token.
    @discardableResult
    func plant(_ connection: ConnectionRecord) async throws -> Line {
        let line = Line(
            id: LineID(connection: connection.id), organization: connection.organization, grant: GrantID("g"),
            rotation: .singleUse)
        try await write {
            try $0.insert(connection)
            try $0.save(line, replacing: nil)
        }
        return line
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
