import GRDB
import Model
import StoreContract
import Testing

@testable import SQLiteStore

/// What it costs to erase history, however much of it there is.
@Suite struct HistoryTests {
    @Test func `history of some connections is found along indexes, without looking at that of others`() async throws {
        try await Place.with { place in
            let store = try place.open()
            try await store.plant(100)
            let plans = try await store.pool.write { database in
                var statements: [String] = []
                database.trace { statements.append($0.expandedDescription) }
                let session = SQLiteSession(database: database, now: Timestamp(milliseconds: 5_000_000))
                let last = try session.eraseHistory(before: session.now, after: ConnectionID("c0000010"), limit: 5)
                #expect(last == ConnectionID("c0000015"))
                database.trace(options: [])
                return try statements.filter { $0.hasPrefix("DELETE") }.map { statement in
                    try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + statement)
                        .map { "\($0["detail"] ?? "")" }.joined(separator: "; ")
                }
            }
            #expect(plans.count == 4)
            for plan in plans { #expect(!plan.contains("SCAN"), "\(plan)") }
            try await store.close()
        }
    }
}
