import Model
import PostgresServer
import StoreContract
import StoreRows
import Testing

@testable import PostgresStore

/// What it costs to erase history, however much of it there is.
@Suite struct HistoryTests {
    @Test func `history of some connections is found along indexes, without looking at that of others`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try database.sql(Self.planting)
            try database.sql(Self.analyzing)
            let plans = try await store.read { reader in
                let session = try #require(reader as? PostgresSession)
                return try PostgresSession.erasingHistory(
                    before: reader.now, after: ConnectionID("c1000"), upTo: ConnectionID("c1020"), now: reader.now
                ).map { try session.plan(of: $0) }
            }
            #expect(plans.count == 4)
            for plan in plans { #expect(!plan.contains("Seq Scan"), "\(plan)") }
            try await store.close()
        }
    }

    /// Of each of two thousand connections ten versions and attempts.
    static let planting = """
        ALTER TABLE token_manager.connection DISABLE TRIGGER USER;
        ALTER TABLE token_manager.line DISABLE TRIGGER USER;
        INSERT INTO token_manager.connection (id, organization, connector, client, created_at, name, owner, revoke_at,
        grant_type, inputs, requested_scopes, captured, metadata, revocation, shown, shown_past)
        SELECT 'c' || lpad(n::text, 4, '0'), 'o', 'sandbox', 'default', n, 'n' || n, 'organization', n,
        'client_credentials', '{}', '[]', '{}', '{}', 'none', 8, 3 FROM generate_series(1, 2000) AS n;
        INSERT INTO token_manager.line (connection, name, organization, grant_id, rotation, state, enabled, generation,
        fence, quiet_at, next_try_at, failures, reports, can_present, must_finish)
        SELECT id, 'default', organization, 'g', 'static', 'active', 1, 10, 10, 0, 0, 0, 0, 1, 0
        FROM token_manager.connection;
        INSERT INTO token_manager.attempt (id, connection, line, grant_id, generation_in, fence, purpose, rotation, host,
        boot, caller, claimed_at, state, holder_clear, closed_at)
        SELECT id || '-' || n, id, 'default', 'g', n - 1, n, 'normal', 'static', 'h', 'b', 'host', n, 'done', 0, n
        FROM token_manager.connection, generate_series(1, 10) AS n;
        INSERT INTO token_manager.version (connection, line, attempt, parent_generation, grant_id, fence, sealed,
        received_at, endless, can_present, generation, status, revocation_pending)
        SELECT id, 'default', id || '-' || n, n - 1, 'g', n, '', n, 0, 1, n,
        CASE WHEN n = 10 THEN 'current' ELSE 'superseded' END, 0
        FROM token_manager.connection, generate_series(1, 10) AS n
        """

    static let analyzing =
        "ANALYZE token_manager.connection, token_manager.line, token_manager.attempt, token_manager.version"
}
