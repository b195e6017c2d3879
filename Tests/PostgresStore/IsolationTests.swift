import Model
import PostgresServer
import StoreContract
import Testing

@testable import PostgresStore

/// What somebody sees and may do who gets a statement of his own through.
@Suite struct IsolationTests {
    private static let tables = [
        "connection", "client", "client_secret", "disabled_connector", "flow", "line", "attempt", "version", "event",
        "event_counter", "audit", "host", "data_key", "organization_end", "setting", "probe",
        "idempotent_answer", "sink",
        "delivery", "client_breaker", "call_window",
    ]

    @Test func `a query without an organization sees nothing (SECURITY 35)`() async throws {
        try await withPlanted { (database, login) throws in
            let bare = "SELECT count(*) FROM token_manager.connection"
            #expect(try database.sql(bare, user: login) == "0")
            let role = database.name + "_organization"
            #expect(try database.sql("SET ROLE \(role); " + bare, user: login) == "0")
            for (organization, count) in [("org_1", "2"), ("org_2", "1"), ("", "0"), ("org_3", "0")] {
                let one = "SET ROLE \(role); SET token_manager.organization = '\(organization)'; "
                #expect(try database.sql(one + bare, user: login) == count)
            }
        }
    }

    @Test func `an organization's question never writes into another's (SECURITY 35)`() async throws {
        try await withPlanted { (database, login) throws in
            let one = "SET ROLE \(database.name)_organization; SET token_manager.organization = 'org_1'; "
            let insert = """
                INSERT INTO token_manager.disabled_connector (organization, connector) VALUES ('%', 'sandbox')
                """
            try database.sql(one + insert.replacing("%", with: "org_1"), user: login)
            #expect(throws: PostgresServer.Failure.self) {
                try database.sql(one + insert.replacing("%", with: "org_2"), user: login)
            }
            // Sealed tokens are no organization's question at all.
            for table in ["version", "attempt", "setting", "idempotent_answer", "audit"] {
                #expect(throws: PostgresServer.Failure.self, "\(table)") {
                    try database.sql(one + "SELECT count(*) FROM token_manager.\(table)", user: login)
                }
            }
        }
    }

    @Test func `every table is guarded, and none is its own guard's (SECURITY 35)`() async throws {
        try await withPlanted { (database, login) throws in
            let guarded = try database.sql(
                """
                SELECT relname FROM pg_class WHERE relnamespace = 'token_manager'::regnamespace AND relkind = 'r'
                AND relrowsecurity ORDER BY relname
                """)
            #expect(guarded.split(separator: "\n").map(String.init) == Self.tables.sorted())
            let owners = try database.sql(
                "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'token_manager'")
            #expect(owners == database.name + "_owner")
            #expect(owners != login)
        }
    }

    @Test func `only the host's role writes tokens, and it migrates nothing (SECURITY 36)`() async throws {
        try await withPlanted { (database, login) throws in
            let host = "SET ROLE \(database.name)_host; "
            for change in [
                "ALTER TABLE token_manager.version ADD COLUMN extra TEXT", "DROP TABLE token_manager.version",
                "CREATE TABLE token_manager.extra (a TEXT)", "INSERT INTO token_manager.migration (number) VALUES (99)",
                "UPDATE token_manager.audit SET record = ''", "DELETE FROM token_manager.audit",
            ] {
                #expect(throws: PostgresServer.Failure.self, "\(change)") {
                    try database.sql(host + change, user: login)
                }
            }
            try database.server.sql("DO $$ BEGIN CREATE ROLE stranger LOGIN; EXCEPTION WHEN OTHERS THEN END $$")
            for table in Self.tables {
                #expect(throws: PostgresServer.Failure.self, "\(table)") {
                    try database.sql("DELETE FROM token_manager.\(table)", user: "stranger")
                }
            }
        }
    }

    private func withPlanted(_ body: (TestDatabase, String) throws -> Void) async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try await store.write {
                try $0.insert(sample("c1"))
                try $0.insert(sample("c2"))
                try $0.insert(sample("c3", organization: "org_2"))
            }
            try await store.close()
            try body(database, database.name + "_login")
        }
    }
}

/// A connection without anything special.
func sample(_ id: String, organization: String = "org_1") -> ConnectionRecord {
    ConnectionRecord(
        id: ConnectionID(id), organization: OrganizationID(organization), connector: "sandbox", client: "default",
        name: id, owner: .organization, createdAt: Timestamp(milliseconds: 1), grantType: "authorization_code")
}
