import Model
import PostgresServer
import StoreContract
import Testing

@testable import PostgresStore

/// What a list costs is the page that it gives, not what is stored (docs/decisions/0024-what-a-list-costs.md).
@Suite struct ListTests {
    private static let organization = OrganizationID("org_1")

    @Test func `lists by a status or an owner are found along an index, in order; counts look at no row`() async throws
    {
        try await TestDatabase.with { database in
            let store = try database.open()
            try Self.plant(5_000, in: database)
            for (name, filter) in Self.filters {
                let plan = try await Self.plan(of: filter, in: store)
                #expect(plan.contains("Index Scan"), "\(name): \(plan)")
                #expect(!plan.contains("Seq Scan on connection"), "\(name): \(plan)")
                // What is sorted are the pages, if there are several.
                let sorted = plan.ranges(of: "Sort Key").count
                #expect(sorted <= (name == "all" ? 0 : 1), "\(name): \(plan)")
            }
            let counts = try await store.read { try $0.connectionCounts(organization: Self.organization) }
            #expect(counts.map(\.count).reduce(0, +) == 5_000)
            #expect(Set(counts.map(\.status)) == [.active, .suspect, .expired])
            try await store.close()
        }
    }

    @Test func `what is shown follows every change of lines and steps`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try Self.plant(1, in: database)
            for (state, step, expected) in [
                ("active", nil, ConnectionStatus.active), ("active", "degraded", .degraded),
                ("suspect", "pending", .pending), ("revoked", "pending", .revoked), ("verify", nil, .verify),
                ("recovering", "needs_reauthorization", .needsReauthorization), ("pending", nil, .pending),
            ] as [(String, String?, ConnectionStatus)] {
                try database.sql("UPDATE token_manager.line SET state = '\(state)', expired_at = NULL")
                try database.sql(
                    "UPDATE token_manager.connection SET step_status = \(step.map { "'\($0)'" } ?? "NULL")")
                let counts = try await store.read { try $0.connectionCounts(organization: Self.organization) }
                #expect(counts.map(\.status) == [expected], "\(state) \(step ?? "-")")
            }
            try database.sql("DELETE FROM token_manager.line")
            #expect(try database.sql("SELECT shown FROM token_manager.connection") == "9")
            try await store.close()
        }
    }

    private static let filters: [(String, ConnectionFilter)] = {
        var filters: [(String, ConnectionFilter)] = []
        for status in [ConnectionStatus.active, .suspect, .expired] {
            var filter = ConnectionFilter(organization: organization)
            filter.status = status
            filters.append(("\(status)", filter))
        }
        var owned = ConnectionFilter(organization: organization)
        owned.owners = [.organization, .user("ada")]
        return filters + [("all", ConnectionFilter(organization: organization)), ("of two owners", owned)]
    }()

    /// How the server would find a page.
    private static func plan(of filter: ConnectionFilter, in store: PostgresStore) async throws -> String {
        try await store.read { reader in
            let session = try #require(reader as? PostgresSession).within(organization)
            let list = try #require(
                PostgresSession.list(filter, after: nil, limit: 51, now: reader.now, disabled: []))
            session.transaction.enter(session.scope)
            let lines = try session.transaction.ask([Statement(sql: "EXPLAIN \(list.sql)", arguments: list.arguments)])[
                0]
            return (0..<lines.count).compactMap { lines[$0].text(0) }.joined(separator: "\n")
        }
    }

    /// Connections with a line each; every tenth is an owner's, some are suspect, some past their end.
    private static func plant(_ count: Int, in database: TestDatabase) throws {
        try database.sql(
            """
            INSERT INTO token_manager.connection (id, organization, connector, client, created_at, name, owner, revoke_at,
            grant_type, inputs, requested_scopes, captured, metadata, revocation)
            SELECT 'c' || n, 'org_1', 'sandbox', 'default', n, 'n' || n,
            CASE WHEN n % 10 = 0 THEN 'user:ada' ELSE 'organization' END, 0, 'client_credentials', '{}', '[]', '{}', '{}',
            'none' FROM generate_series(1, \(count)) AS n;
            INSERT INTO token_manager.line (connection, name, organization, grant_id, rotation, state, enabled, generation,
            fence, quiet_at, next_try_at, failures, reports, can_present, must_finish, expired_at)
            SELECT 'c' || n, 'default', 'org_1', 'g', 'static', CASE WHEN n % 100 = 0 THEN 'suspect' ELSE 'active' END,
            1, 1, 1, 0, 0, 0, 0, 0, 0, CASE WHEN n % 7 = 0 THEN n END FROM generate_series(1, \(count)) AS n;
            ANALYZE token_manager.connection;
            """)
    }
}
