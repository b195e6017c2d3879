import ConnectorSDK
import Foundation
import GRDB
import Model
import StoreContract
import StoreRows
import Testing

@testable import SQLiteStore

@Suite struct RowTests {
    @Test(arguments: [
        ("UPDATE line SET state = 'asleep'", "table line, row c1/default, column state"),
        ("UPDATE line SET rotation = 'overlap:soon:revoke'", "table line, row c1/default, column rotation"),
        ("UPDATE line SET enabled = 7", "table line, row c1/default, column enabled"),
        ("UPDATE attempt SET purpose = ''", "table attempt, row a1, column purpose"),
        ("UPDATE version SET status = 'dead or alive' ", "table version, row c1/default/a0, column status"),
    ])
    func `a row that cannot be read is named`(_ damage: String, _ place: String) async throws {
        try await withStore { store in
            try await plant(store)
            try await store.pool.writeWithoutTransaction { try $0.execute(sql: damage) }
            let error = await #expect(throws: StoreError.self) {
                try await store.read { reader in
                    _ = try reader.line(LineID(connection: ConnectionID("c1")))
                    _ = try reader.versions(of: LineID(connection: ConnectionID("c1")))
                }
            }
            #expect(error?.code == .corrupt)
            #expect(error?.detail.contains(place) == true, "\(String(describing: error))")
        }
    }

    @Test func `a damaged connection is named, and the others can be read`() async throws {
        try await withStore { store in
            try await store.write {
                try $0.insert(sample("c1"))
                try $0.insert(sample("c2"))
            }
            try await store.pool.writeWithoutTransaction {
                try $0.execute(sql: "UPDATE connection SET inputs = '{' WHERE id = 'c1'")
            }
            let error = await #expect(throws: StoreError.self) {
                try await store.read { _ = try $0.connection(ConnectionID("c1")) }
            }
            #expect(error?.code == .corrupt)
            #expect(error?.detail.contains("table connection, row c1, column inputs") == true)
            #expect(try await store.read { try $0.connection(ConnectionID("c2")) } != nil)
        }
    }

    @Test(arguments: [
        "", "overlap", "overlap:1", "overlap:1:", "overlap:1:revoke:x", "overlap:x:revoke", "overlap:ms:revoke",
        "overlap:1.5:refuse", "Static", "single_use ", "family",
    ])
    func `a rotation class is read strictly`(_ text: String) { #expect(RotationClass(text: text) == nil) }

    @Test func `stored texts are the ones that people read`() {
        #expect(RotationClass.overlap(.window(.seconds(600), afterWindow: .revoke)).text == "overlap:600:revoke")
        #expect(
            RotationClass.overlap(.window(.milliseconds(1500), afterWindow: .refuse)).text == "overlap:1500ms:refuse")
        #expect(RotationClass.overlap(.untilUsed).text == "overlap:until_used")
        #expect(LineState.needsReauthorization(.lostInRotation).text == "needs_reauthorization:lost_in_rotation")
        for reason in [LineState.Reason.refused, .lostInRotation, .restored] {
            let state = LineState.needsReauthorization(reason)
            #expect(LineState(text: state.text) == state)
        }
        #expect(ConnectionRecord.Owner.user("organization").text == "user:organization")
        #expect(ConnectionRecord.Owner(text: "organization") == .organization)
        #expect(ConnectionRecord.Owner(text: "ada") == nil)
    }

    @Test func `what a refresh and the scheduler ask is found by an index`() async throws {
        try await withStore { store in
            try await plant(store)
            let plans = try await store.pool.writeWithoutTransaction { database in
                let session = SQLiteSession(database: database, now: Timestamp(milliseconds: 9))
                try session.openSink("s")
                let asked = Statements()
                database.trace { asked.note($0.expandedDescription) }
                try ask(session)
                database.trace(options: [])
                return try asked.plans(database)
            }
            #expect(plans.count > 20)
            for plan in plans { #expect(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "\(plan)") }
        }
    }

    private func ask(_ session: SQLiteSession) throws {
        let id = LineID(connection: ConnectionID("c1"))
        let line = try #require(try session.line(id, withAttempt: AttemptID("gone")))
        var changed = line
        changed.reports += 1
        changed.attempts[0].state = .ambiguous
        try session.save(changed, replacing: line)
        _ = try session.dueLines(of: nil, limit: 10)
        _ = try session.version(of: id, generation: 1)
        _ = try session.lastClosedAttempt(of: id)
        _ = try session.connection(withFingerprint: Data([1]))
        _ = try session.timeline(of: id.connection, before: nil, limit: 5)
        _ = try session.connection(ConnectionID("c1"))
        var filter = ConnectionFilter(organization: OrganizationID("o"))
        let cursor = ConnectionCursor(createdAt: .distantPast, id: ConnectionID(""))
        _ = try session.connections(filter, after: cursor, limit: 5)
        filter.connector = "sandbox"
        _ = try session.connections(filter, after: cursor, limit: 5)
        _ = try session.isUsed(ClientKey(organization: OrganizationID("o"), connector: "sandbox"))
        _ = try session.flow(stateHash: Data([1]))
        _ = try session.flow(ticketHash: Data([1]))
        _ = try session.auditHead(of: HostID("h"))
        _ = try session.events(organization: OrganizationID("o"), kinds: nil, after: 3, limit: 5)
        try session.append(
            EventRecord(
                id: "e", kind: .appEnabled, organization: OrganizationID("o"), connector: "c", epoch: 1, at: session.now
            ))
        _ = try session.takeEvents(for: "s", limit: 5)
        let delivery = try #require(try session.dueDeliveries(of: "s", limit: 5).first)
        try session.retry(delivery, at: session.now, after: "x")
        try session.bury(delivery, after: "x")
        _ = try session.deadLetters(of: "s", after: 0, limit: 5)
        try session.finish(delivery)
        _ = try session.dataKeys(of: OrganizationID("o"))
        _ = try session.idempotentAnswer("k")
        _ = try session.isEnabled(connector: "c", organization: OrganizationID("o"))
    }

    private func withStore(_ body: (SQLiteStore) async throws -> Void) async throws {
        try await Place.with { place in
            let store = try place.open()
            try await body(store)
            try await store.close()
        }
    }

    private func plant(_ store: SQLiteStore) async throws {
        var line = Line(
            id: LineID(connection: ConnectionID("c1")), organization: OrganizationID("o"), grant: GrantID("g"),
            rotation: .singleUse)
        line.attempts = [
            Attempt(
                id: AttemptID("a1"), grant: line.grant, generationIn: 0, fence: 1, purpose: .normal, rotation: .static,
                host: HostID("h"), boot: BootID("b"), state: .sent, claimedAt: Timestamp(milliseconds: 1))
        ]
        line.versions = [
            TokenVersion(
                generation: 1, parentGeneration: 0, grant: line.grant, attempt: AttemptID("a0"), fence: 1,
                content: .init(
                    sealed: Data([1]), fingerprint: Data([2]), receivedAt: Timestamp(milliseconds: 1), expiresAt: nil),
                status: .current)
        ]
        let planted = line
        try await store.write {
            try $0.insert(sample("c1"))
            try $0.save(planted, replacing: nil)
        }
    }
}

/// Statements that were run, and how SQLite finds their rows. Used on one database queue.
private final class Statements {
    private var seen: Set<String> = []

    func note(_ statement: String) {
        // Where a trigger begins, SQLite tells its name in a comment.
        if !statement.hasPrefix("--") { seen.insert(statement) }
    }

    func plans(_ database: Database) throws -> [String] {
        try seen.sorted().map { statement in
            let steps = try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + statement)
            return statement + "\n" + steps.map { "\($0["detail"] ?? "")" }.joined(separator: "\n")
        }
    }
}
