import Model
import PostgresServer
import StoreContract
import Testing

@testable import PostgresStore

/// What the question costs that every cached read asks. What it answers is the conformance suite's.
@Suite struct StampTests {
    /// The plan that a session keeps may be from a time when there was nothing to search.
    @Test(arguments: [false, true])
    func `a stamp is found along indexes and without a line's history, also by a plan made when tables were empty`(
        isAnalyzed: Bool
    ) async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            let link = try store.connector.connect()
            #expect(try reading(link, store).stamps.isEmpty)
            try database.sql(HistoryTests.planting)
            if isAnalyzed { try database.sql(HistoryTests.analyzing) }
            let (stamps, whole, rows) = try reading(link, store)
            #expect(stamps.keys.map(\.connection) == [Self.connection])
            #expect(whole == 0, "tables read whole")
            // Its history alone is ten versions and ten attempts.
            #expect(rows < 10, "rows found along indexes")
            try await store.close()
        }
    }

    @Test func `a session's plan serves the host after an organization's question`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try database.sql(HistoryTests.planting)
            let link = try store.connector.connect()
            let before = try reading(link, store).stamps
            let transaction = Transaction(.read, on: link, store.context)
            _ = try PostgresSession(transaction).client(sample("c1").clientKey)
            try transaction.commit()
            #expect(try reading(link, store).stamps == before)
            #expect(before.count == 1)
            try await store.close()
        }
    }

    @Test func `nobody but the host's role asks for stamps (SECURITY 36)`() async throws {
        try await TestDatabase.with { database in
            try await database.open().close()
            let ask = "SELECT count(*) FROM token_manager.stamps('c0007')"
            let login = database.name + "_login"
            #expect(try database.sql("SET ROLE \(database.name)_host; " + ask, user: login) == "0")
            #expect(throws: PostgresServer.Failure.self) {
                try database.sql("SET ROLE \(database.name)_organization; " + ask, user: login)
            }
            #expect(
                try database.sql(
                    """
                    SELECT count(*) FROM pg_proc, aclexplode(proacl) AS held
                    WHERE oid = 'token_manager.stamps(text)'::regprocedure AND held.grantee = 0
                    """) == "0")
        }
    }

    private static let connection = ConnectionID("c0007")

    /// One connection's stamps, and what the server read for them: tables from end to end, and rows along indexes.
    private func reading(
        _ link: Link, _ store: PostgresStore
    ) throws -> (stamps: [LineID: LineStamp], whole: Int64?, rows: Int64) {
        let transaction = Transaction(.read, on: link, store.context)
        let answers = try transaction.ask([
            PostgresSession.stamps(of: [Self.connection]),
            Statement(
                """
                SELECT sum(seq_scan)::bigint, sum(idx_tup_fetch)::bigint FROM pg_stat_xact_user_tables
                WHERE schemaname = 'token_manager'
                """),
        ])
        try transaction.commit()
        return (
            try PostgresSession.stamps(in: answers[0]), answers[1][0].number(0), try #require(answers[1][0].number(1))
        )
    }
}
