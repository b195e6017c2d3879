import ConnectorSDK
import GRDB
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
        let plans = try statements.sorted().map { statement -> String in
            let rows = try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + statement)
            let steps = rows.map { "\($0["detail"] ?? "")" }
            return "\(statement.prefix(60)) … \(steps.joined(separator: "; "))"
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
            "events of a rare kind": {
                _ = try $0.events(organization: organization, kinds: [.appDisabled], after: 0, limit: 100)
            },
            "events of a kind that there is none of": {
                _ = try $0.events(organization: organization, kinds: [.scopesReduced], after: 0, limit: 100)
            },
            "events of two kinds": {
                _ = try $0.events(
                    organization: organization, kinds: [.appDisabled, .tokenRefreshed], after: 0, limit: 100)
            },
            "events of every kind, later": {
                _ = try $0.events(
                    organization: organization, kinds: Set(EventRecord.Kind.allCases), after: 900, limit: 100)
            },
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
