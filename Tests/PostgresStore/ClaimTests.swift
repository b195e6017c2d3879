import Dispatch
import Model
import PostgresServer
import StoreContract
import StoreRows
import Testing

@testable import PostgresStore

/// Hosts that claim at the same time.
@Suite struct ClaimTests {
    @Test func `what one transaction is taking another leaves out, and does not wait for`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try database.sql(Self.planting(5000))
            let lines = Set((1...40).map { LineID(connection: ConnectionID("c\($0)")) })
            let (first, rest) = (lines.filter { $0.connection.description.count == 2 }, lines.count - 9)
            let connections = Set(lines.map(\.connection))
            // The second claims while the first has not committed.
            let held = Gate()
            async let one = store.write { transaction in
                defer { held.open() }
                let until = transaction.now + .seconds(30)
                let got = try transaction.claim(lines: first, until: until)
                let revocations = try transaction.claim(
                    revocations: Set(first.map(\.connection)), until: until)
                let deliveries = try transaction.claimDeliveries(of: "webhook", limit: 5, until: until)
                held.open()
                held.waitForEnd()
                return (got.count, revocations.count, Set(deliveries.map(\.sequence)))
            }
            defer { held.end() }
            await held.opened()
            let other = try await store.write { transaction in
                let until = transaction.now + .seconds(30)
                return (
                    try transaction.claim(lines: lines, until: until).count,
                    try transaction.claim(revocations: connections, until: until).count,
                    Set(try transaction.claimDeliveries(of: "webhook", limit: 5, until: until).map(\.sequence))
                )
            }
            held.end()
            let mine = try await one
            #expect(mine.0 == 9 && mine.1 == 9 && mine.2.count == 5)
            #expect(other.0 == rest && other.1 == rest && other.2.count == 5)
            #expect(mine.2.isDisjoint(with: other.2))
            try await store.close()
        }
    }

    @Test func `what is claimed is found along an index, however much is due`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try database.sql(Self.planting(5000))
            let until = Timestamp(milliseconds: 1)
            let wanted: Set = [LineID(connection: ConnectionID("c1")), LineID(connection: ConnectionID("c2"))]
            let plans = try await store.write { transaction in
                let session = try #require(transaction as? PostgresSession)
                let now = session.now
                return try [
                    PostgresSession.claim(lines: wanted, until: until, now: now),
                    PostgresSession.claim(revocations: Set(wanted.map(\.connection)), until: until, now: now),
                    PostgresSession.claimDeliveries(of: "webhook", limit: 16, until: until, now: now),
                ].map { try session.plan(of: $0) }
            }
            for plan in plans {
                #expect(!plan.contains("Seq Scan") && !plan.contains("Sort"), "\(plan)")
                #expect(plan.contains("LockRows"), "\(plan)")
            }
            #expect(plans[0].contains("line_pkey") && plans[1].contains("connection_pkey"))
            #expect(plans[2].contains("delivery_due"), "\(plans[2])")
            try await store.close()
        }
    }

    private static func planting(_ count: Int) -> String {
        """
        ALTER TABLE token_manager.connection DISABLE TRIGGER USER;
        ALTER TABLE token_manager.line DISABLE TRIGGER USER;
        INSERT INTO token_manager.connection (id, organization, connector, client, created_at, name, owner, revoke_at,
        grant_type, inputs, requested_scopes, captured, metadata, revocation, shown, shown_past)
        SELECT 'c' || n, 'org', 'sandbox', 'default', n, 'n' || n, 'organization', n, 'client_credentials', '{}', '[]',
        '{}', '{}', 'pending', 8, 3 FROM generate_series(1, \(count)) AS n;
        INSERT INTO token_manager.line (connection, name, organization, grant_id, rotation, state, enabled, generation,
        fence, quiet_at, next_try_at, failures, reports, can_present, must_finish, wake_at)
        SELECT id, 'default', organization, 'g', 'static', 'active', 1, 1, 1, 0, 0, 0, 0, 1, 0, revoke_at
        FROM token_manager.connection;
        INSERT INTO token_manager.delivery (sink, sequence, key, taken_at, tries, due_at, id, kind, organization,
        connector, epoch, at)
        SELECT 'webhook', n, 'k' || n, n, 0, n, 'e' || n, 'TOKEN_REFRESHED', 'org', 'sandbox', 1, n
        FROM generate_series(1, \(count)) AS n;
        ANALYZE token_manager.connection, token_manager.line, token_manager.delivery;
        """
    }
}

/// Holds a transaction open: its body may not await.
private final class Gate: Sendable {
    private let (isOpen, signal) = AsyncStream.makeStream(of: Void.self)
    private let over = DispatchSemaphore(value: 0)

    func open() { signal.finish() }
    func opened() async { for await _ in isOpen {} }
    func waitForEnd() { over.wait() }
    func end() { over.signal() }
}
