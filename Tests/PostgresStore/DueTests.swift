import Model
import PostgresServer
import StoreContract
import StoreRows
import Testing

@testable import PostgresStore

/// What it costs to find what is due, however much of it one organization has.
@Suite struct DueTests {
    @Test func `what is due is found along an index, of all organizations, of one, and which have any`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try database.sql(Self.planting)
            for work in DueWork.allCases {
                for organization in [nil, OrganizationID("big"), OrganizationID("o0007")] {
                    let plan = try await Self.plan(in: store) {
                        PostgresSession.due(work.time, work, of: organization, now: $0, limit: 20)
                    }
                    #expect(plan.contains("Index Scan") || plan.contains("Index Only Scan"), "\(work): \(plan)")
                    #expect(!plan.contains("Sort"), "\(work): \(plan)")
                    // One that has nearly all is found along either.
                    if organization != OrganizationID("big") {
                        #expect(plan.contains("_of_organization") == (organization != nil), "\(work): \(plan)")
                    }
                }
                let plan = try await Self.plan(in: store) {
                    PostgresSession.visits(work, after: nil, count: 256, now: $0)
                }
                // The first organization, and the earliest time of each; the search for the next is shown once it runs.
                #expect(plan.ranges(of: "Scan using").count == 2, "\(work): \(plan)")
                #expect(plan.contains("_of_organization") && !plan.contains("Seq Scan"), "\(work): \(plan)")
                let found = try await store.read { try $0.organizations(withDue: work, after: nil, visiting: 256) }
                #expect(found.due.count == 256, "\(work)")
                #expect(found.due.first == OrganizationID("big") && found.last == OrganizationID("o0255"), "\(work)")
            }
            try await store.close()
        }
    }

    private static func plan(
        in store: PostgresStore, of statement: @escaping @Sendable (Timestamp) -> Statement
    ) async throws -> String {
        try await store.read { reader in
            try #require(reader as? PostgresSession).plan(of: statement(reader.now))
        }
    }

    /// Of the first all are due since long ago; of five hundred others one each.
    private static let planting = """
        ALTER TABLE token_manager.connection DISABLE TRIGGER USER;
        ALTER TABLE token_manager.line DISABLE TRIGGER USER;
        INSERT INTO token_manager.connection (id, organization, connector, client, created_at, name, owner, revoke_at,
        grant_type, inputs, requested_scopes, captured, metadata, revocation, step_at, shown, shown_past)
        SELECT 'c' || n, CASE WHEN n <= 4500 THEN 'big' ELSE 'o' || lpad((n - 4500)::text, 4, '0') END, 'sandbox',
        'default', n, 'n' || n, 'organization', n, 'client_credentials', '{}', '[]', '{}', '{}', 'pending', n, 8, 3
        FROM generate_series(1, 5000) AS n;
        INSERT INTO token_manager.line (connection, name, organization, grant_id, rotation, state, enabled, generation,
        fence, quiet_at, next_try_at, failures, reports, can_present, must_finish, wake_at)
        SELECT id, 'default', organization, 'g', 'static', 'active', 1, 1, 1, 0, 0, 0, 0, 1, 0, step_at
        FROM token_manager.connection;
        INSERT INTO token_manager.flow (id, organization, connection, connector, client, started_by, state_hash,
        ticket_hash, redirect_uri, scopes, inputs, created_at, expires_at, poll_interval, poll_at)
        SELECT 'f' || id, organization, id, 'sandbox', 'default', 'user:ada', id::bytea, id::bytea, '', '[]', '{}', 1, 2,
        5000, step_at FROM token_manager.connection;
        ANALYZE token_manager.connection, token_manager.line, token_manager.flow;
        """
}
