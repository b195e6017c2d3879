import ConnectorSDK
import GRDB
import GRDBSQLite
import Model
import StoreContract
import Testing

@testable import SQLiteStore

/// Ten thousand connections: what a list costs is the page that it gives, not what is stored.
@Suite struct ListTests {
    @Test func `every list, filter and page is found along an index, in order, and costs what a page costs`()
        async throws
    {
        let few = try await measured(1_000)
        let many = try await measured(10_000)
        #expect(many.count == few.count && many.count > 60)
        for (name, cost) in many.sorted(by: { $0.key < $1.key }) {
            for plan in cost.plans {
                #expect(!plan.contains("SCAN connection") && !plan.contains("SCAN event"), "\(name): \(plan)")
                #expect(!plan.contains("TEMP B-TREE") || Self.isOneRow(plan), "\(name): \(plan)")
            }
            // Counts go through all of an organization's connections, along one index that has all that is needed.
            let bound = name.hasPrefix("counts") ? 60 * 10_000 : 2 * (few[name]?.steps ?? 0) + 5_000
            #expect(cost.steps <= bound, "\(name): \(cost.steps) steps, \(few[name]?.steps ?? 0) of a tenth")
        }
    }

    @Test func `what is shown follows every change of lines and steps, and the time`() async throws {
        try await withStore { store in
            try await store.plant(1_000)
            let organization = OrganizationID("o")
            for (state, step, expected) in [
                ("active", nil, ConnectionStatus.active), ("active", "degraded", .degraded),
                ("suspect", "pending", .pending), ("revoked", "pending", .revoked), ("verify", nil, .verify),
                ("recovering", "needs_reauthorization", .needsReauthorization), ("pending", nil, .pending),
            ] as [(String, String?, ConnectionStatus)] {
                try await store.pool.write { database in
                    try database.execute(
                        sql: "UPDATE line SET state = ?, expired_at = NULL WHERE connection = 'c0000007'",
                        arguments: [state])
                    try database.execute(
                        sql: "UPDATE connection SET step_status = ? WHERE id = 'c0000007'", arguments: [step])
                }
                var filter = ConnectionFilter(organization: organization)
                filter.name = "name 7"
                for status in ConnectionStatus.allCases {
                    filter.status = status
                    let wanted = filter
                    let found = try await store.read { try $0.connections(wanted, after: nil, limit: 5).count }
                    #expect(found == (status == expected ? 1 : 0), "\(state) \(step ?? "-"): \(status)")
                }
            }
        }
    }

    // MARK: Measuring

    private struct Cost: Sendable {
        var plans: [String] = []
        var steps = 0
    }

    /// The unique name of one owner's connection: there is nothing to sort.
    private static func isOneRow(_ plan: String) -> Bool {
        plan.contains("connection_name (organization=? AND connector=? AND owner=? AND name=?)")
    }

    private func measured(_ count: Int) async throws -> [String: Cost] {
        var costs: [String: Cost] = [:]
        try await withStore { store in
            try await store.plant(count)
            costs = try await store.pool.read { database in
                let session = SQLiteSession(database: database, now: Timestamp(milliseconds: 5_000))
                return try Self.asked(count).mapValues { ask in try Self.cost(database) { try ask(session) } }
            }
        }
        return costs
    }

    private static func cost(_ database: Database, _ ask: () throws -> Void) throws -> Cost {
        var statements: Set<String> = []
        // The first time also reads the schema.
        database.trace { statements.insert($0.expandedDescription) }
        try ask()
        database.trace(options: [])
        let counter = StepCounter()
        let steps = try counter.counting(database.sqliteConnection, ask)
        let plans = try statements.sorted().map { statement in
            let rows = try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + statement)
            return statement.prefix(60) + " … " + rows.map { "\($0["detail"] ?? "")" }.joined(separator: "; ")
        }
        return Cost(plans: plans, steps: steps)
    }

    private typealias Asking = @Sendable (SQLiteSession) throws -> Void

    /// Each list with each filter, the first page and one that begins in the middle.
    private static func asked(_ count: Int) -> [String: Asking] {
        let organization = OrganizationID("o")
        var asked: [String: Asking] = [
            "counts": { _ = try $0.connectionCounts(organization: organization) },
            "timeline": { _ = try $0.timeline(of: ConnectionID("c0000000"), before: nil, limit: 51) },
            "timeline, later": { _ = try $0.timeline(of: ConnectionID("c0000000"), before: 300, limit: 51) },
            "events": { _ = try $0.events(organization: organization, kinds: nil, after: 0, limit: 100) },
            "events, later": { _ = try $0.events(organization: organization, kinds: nil, after: 900, limit: 100) },
        ]
        let cursor = ConnectionCursor(createdAt: Timestamp(milliseconds: 500), id: ConnectionID("c0000500"))
        let statuses: [ConnectionStatus?] = [nil] + ConnectionStatus.allCases.map { $0 }
        for status in statuses {
            for (name, narrow) in narrowing {
                var filter = ConnectionFilter(organization: organization)
                filter.status = status
                narrow(&filter)
                let wanted = filter
                let key = "\(status?.rawValue ?? "all") \(name)"
                asked[key] = { _ = try $0.connections(wanted, after: nil, limit: 51) }
                asked[key + ", later"] = { _ = try $0.connections(wanted, after: cursor, limit: 51) }
            }
        }
        return asked
    }

    /// Filters beside the status. What few rows match is not among them where two filters meet: one of them has the index.
    private static let narrowing: [(String, @Sendable (inout ConnectionFilter) -> Void)] = [
        ("", { _ in }), ("of a connector", { $0.connector = "sandbox" }),
        ("of an owner", { $0.owners = [.user("ada")] }),
        ("of two owners", { $0.owners = [.organization, .user("ada")] }),
        ("of nobody", { $0.owners = [] }), ("by name", { $0.name = "name 7" }),
    ]

    private func withStore(_ body: (SQLiteStore) async throws -> Void) async throws {
        try await Place.with { place in
            let store = try place.open()
            try await body(store)
            try await store.close()
        }
    }
}

/// Counts the steps of SQLite's virtual machine, by tens.
private final class StepCounter {
    private var tens = 0

    func counting(_ connection: SQLiteConnection?, _ body: () throws -> Void) rethrows -> Int {
        let here = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_progress_handler(
            connection, 10,
            { counter in
                if let counter { Unmanaged<StepCounter>.fromOpaque(counter).takeUnretainedValue().tens += 1 }
                return 0
            }, here)
        defer { sqlite3_progress_handler(connection, 0, nil, nil) }
        tens = 0
        try body()
        return tens * 10
    }
}

extension SQLiteStore {
    /// So many connections of one organization, in every status, with a line each; their events between another's; as many
    /// attempts of the first. Made by SQL alone, out of one that the store itself has written.
    fileprivate func plant(_ count: Int) async throws {
        try await write { transaction in
            try transaction.insert(sample("c0000000"))
            try transaction.save(
                Line(
                    id: LineID(connection: ConnectionID("c0000000")), organization: OrganizationID("o"),
                    grant: GrantID("g"), rotation: .singleUse), replacing: nil)
            try transaction.setEnabled(false, connector: "off", organization: OrganizationID("o"))
        }
        try await pool.write { database in
            for statement in Planting.statements { try database.execute(sql: statement, arguments: ["count": count]) }
        }
    }
}

/// SQL that makes many rows of one. `:count` is how many connections there will be.
private enum Planting {
    private static let numbers = """
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)
        """

    static var statements: [String] {
        [
            copies("connection", Self.connection), copies("line", Self.line),
            copies("attempt", Self.attempt), copies("event", Self.event),
        ]
    }

    private static func copies(_ table: String, _ columns: [String: String]) -> String {
        let names = columns.keys.sorted()
        return """
            INSERT INTO \(table) (\(names.joined(separator: ", "))) \(numbers)
            SELECT \(names.map { columns[$0] ?? "" }.joined(separator: ", ")) FROM numbers
            """
    }

    private static let connection = [
        "id": "printf('c%07d', n)", "organization": "'o'", "client": "'default'", "created_at": "n",
        "connector": "CASE n % 4 WHEN 0 THEN 'off' WHEN 1 THEN 'github' ELSE 'sandbox' END", "name": "'name ' || n",
        "owner": "CASE n % 3 WHEN 0 THEN 'organization' WHEN 1 THEN 'user:ada' ELSE 'user:grace' END", "revoke_at": "n",
        "grant_type": "'authorization_code'", "inputs": "'{}'", "requested_scopes": "'[]'", "captured": "'{}'",
        "metadata": "'{}'", "revocation": "'none'",
    ]

    /// Most are active; the others are the last tenth, where a list that looks at everything finds them last. Of the active
    /// some are past.
    private static let line = [
        "connection": "printf('c%07d', n)", "name": "'default'", "organization": "'o'", "grant_id": "'g'",
        "rotation": "'single_use'", "enabled": "1", "generation": "1", "fence": "1", "quiet_at": "0",
        "next_try_at": "0", "failures": "0", "reports": "0", "can_present": "1", "must_finish": "0",
        "expired_at": "CASE WHEN n % 10 = 1 THEN 1000 WHEN n % 10 = 2 THEN 9000 END",
        "state": """
        CASE WHEN n * 10 < :count * 9 THEN 'active' ELSE CASE n % 7 WHEN 0 THEN 'degraded' WHEN 1 THEN 'recovering' \
        WHEN 2 THEN 'suspect' WHEN 3 THEN 'verify' WHEN 4 THEN 'revoked' WHEN 5 THEN 'pending' \
        ELSE 'needs_reauthorization:refused' END END
        """,
    ]

    private static let attempt = [
        "id": "'a' || n", "connection": "'c0000000'", "line": "'default'", "grant_id": "'g'", "generation_in": "1",
        "fence": "n", "purpose": "'normal'", "rotation": "'single_use'", "host": "'h'", "boot": "'b'",
        "caller": "'host'", "claimed_at": "n", "state": "'done'", "holder_clear": "1",
    ]

    private static let event = [
        "id": "'e' || n", "kind": "'TOKEN_REFRESHED'", "connector": "'sandbox'", "epoch": "1", "at": "n",
        "organization": "CASE n % 2 WHEN 0 THEN 'o' ELSE 'other' END",
    ]
}
