import GRDB
import Model
import StoreContract
import Testing

@testable import SQLiteStore

/// What it costs to find what is due, however much of it one organization has.
@Suite struct DueTests {
    @Test("organizations with due work are found along an index, whatever one of them has; so is what is due of one")
    func cost() async throws {
        let few = try await steps(1_000)
        let many = try await steps(20_000)
        for (few, many) in zip(few, many) { #expect(many <= few + 500, "\(few) steps, then \(many)") }
    }

    @Test("the searches of all four kinds of work use the indexes that are there for them")
    func plans() async throws {
        try await withStore(10) { session in
            let database = session.database
            var statements: Set<String> = []
            database.trace { statements.insert($0.expandedDescription) }
            for organization in [nil, OrganizationID("o0001")] {
                _ = try session.dueLines(of: organization, limit: 3)
                _ = try session.connectionsAwaitingRevocation(of: organization, limit: 3)
                _ = try session.connectionsWithDueSteps(of: organization, limit: 3)
                _ = try session.flowsToPoll(of: organization, limit: 3)
            }
            for work in DueWork.allCases { _ = try session.organizations(withDue: work, after: nil, visiting: 3) }
            database.trace(options: [])
            #expect(statements.count == 12)
            for statement in statements {
                let plan = try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + statement)
                    .map { "\($0["detail"] ?? "")" }.joined(separator: "; ")
                #expect(!plan.contains("TEMP B-TREE") && plan.contains("INDEX"), "\(plan)")
                for table in ["line", "connection", "flow"] { #expect(!plan.contains("SCAN \(table)"), "\(plan)") }
                let isOfOne = statement.contains("organization = 'o0001'")
                #expect(!isOfOne || plan.contains("_of_organization (organization="), "\(plan)")
            }
        }
    }

    /// The steps of each search, where one organization has so many lines and five hundred others have one each.
    private func steps(_ count: Int) async throws -> [Int] {
        try await withStore(count) { session in
            let counter = StepCounter()
            let connection = session.database.sqliteConnection
            var (found, last): ([Int], OrganizationID?) = ([], nil)
            for expected in [256, 245] {
                found.append(
                    try counter.counting(connection) {
                        let looked = try session.organizations(withDue: .refresh, after: last, visiting: 256)
                        #expect(looked.due.count == expected)
                        last = looked.last
                    })
            }
            #expect(last == nil, "behind the last there is none")
            for (organization, expected) in [("big", 20), ("o0001", 1), ("nobody", 0)] {
                found.append(
                    try counter.counting(connection) {
                        let due = try session.dueLines(of: OrganizationID(organization), limit: 20)
                        #expect(due.count == expected)
                    })
            }
            return found
        }
    }

    private func withStore<Result: Sendable>(
        _ count: Int, _ body: @Sendable @escaping (SQLiteSession) throws -> Result
    ) async throws -> Result {
        var result: Result?
        try await Place.with { place in
            let store = try place.open()
            try await store.plant(2)
            try await store.pool.write { database in
                // It would look at all of the connection's lines for each one that is planted.
                try database.execute(sql: "DROP TRIGGER line_made")
                try database.execute(sql: Self.planting, arguments: ["count": count])
            }
            result = try await store.pool.read {
                try body(SQLiteSession(database: $0, now: Timestamp(milliseconds: 5_000_000)))
            }
            try await store.close()
        }
        return try #require(result)
    }

    /// Of the first all lines are due since long ago; of the others every one, later.
    private static let planting = """
        INSERT INTO line (connection, name, organization, grant_id, rotation, state, enabled, generation, fence,
          quiet_at, next_try_at, failures, reports, can_present, must_finish, wake_at)
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count + 500)
        SELECT 'c0000000', 'line ' || n, CASE WHEN n <= :count THEN 'big' ELSE printf('o%04d', n - :count) END, 'g',
          'single_use', 'active', 1, 1, 1, 0, 0, 0, 0, 1, 0, n FROM numbers
        """
}
