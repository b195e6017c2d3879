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

    @Test func `events of a rare kind, or of none, are found along an index`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try database.sql(Self.events)
            let rare: [EventRecord.Kind] = [.appDisabled, .scopesReduced]
            for kinds in [nil, [rare[0]], [rare[1]], Set(rare), Set(EventRecord.Kind.allCases)] {
                let plan = try await store.read { reader in
                    let session = try #require(reader as? PostgresSession).within(Self.organization)
                    return try session.plan(
                        of: try #require(
                            PostgresSession.list(of: Self.organization, kinds: kinds, after: 0, limit: 100)))
                }
                #expect(plan.contains(kinds == nil ? "Index Scan" : "event_of_kind"), "\(plan)")
                #expect(!plan.contains("Seq Scan"), "\(plan)")
            }
            let found = try await store.read {
                try $0.events(organization: Self.organization, kinds: Set(rare), after: 1_000, limit: 3)
            }
            #expect(found.map(\.sequence) == [1_998, 2_998, 3_998])
            try await store.close()
        }
    }

    /// Every second is the organization's; of those one in five hundred is rare.
    private static let events = """
        INSERT INTO token_manager.event (sequence, id, kind, organization, connector, epoch, at)
        SELECT n, 'e' || n, CASE n % 1000 WHEN 998 THEN 'appDisabled' ELSE 'TOKEN_REFRESHED' END,
        CASE n % 2 WHEN 0 THEN 'org_1' ELSE 'org_2' END, 'sandbox', 1, n FROM generate_series(1, 10000) AS n;
        ANALYZE token_manager.event;
        """

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
            return try session.plan(
                of: try #require(PostgresSession.list(filter, after: nil, limit: 51, now: reader.now, disabled: [])))
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
