import Model
import PostgresServer
import StoreContract
import Testing

@testable import PostgresStore

/// Functions of the schema that a load and a step ask (0055); what they answer is the conformance suite's.
@Suite struct QuestionTests {
    private static let ofHost = [
        "connection_of(text)", "locked_connection(text)", "line_of(text, text)", "attempts_of(text, text)",
        "versions_of(text, text)",
        "organization_of(text)",
    ]
    private static let ofOrganization = ["client_of(text)", "client_secrets_of(text)", "disabled_connector_of(text)"]

    @Test func `each function is for one role (SECURITY 36)`() async throws {
        try await TestDatabase.with { database in
            try await database.open().close()
            let asking = """
                SELECT string_agg(name, ' ' ORDER BY name COLLATE "C") FROM (
                  SELECT proc.oid::regprocedure::text AS name FROM pg_proc AS proc, aclexplode(proc.proacl) AS held
                  LEFT JOIN pg_roles AS role ON role.oid = held.grantee
                  WHERE proc.pronamespace = 'token_manager'::regnamespace AND proc.prorettype <> 'trigger'::regtype
                  AND held.grantee <> proc.proowner AND COALESCE(role.rolname, 'PUBLIC') = 
                """
            for (role, functions) in [
                (database.name + "_host", Self.ofHost + ["stamps(text)", "append_audit(text, text, bytea)"]),
                (database.name + "_organization", Self.ofOrganization), ("PUBLIC", []),
            ] {
                let named = functions.map { "token_manager.\($0.replacing(", ", with: ","))" }.sorted()
                #expect(try database.sql(asking + "'\(role)') AS allowed") == named.joined(separator: " "))
            }
        }
    }

    @Test func `a client is shown to its own organization only (SECURITY 35)`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            let connection = sample("c1")
            try await store.write {
                try $0.insert(connection)
                try $0.save(ClientRecord(key: connection.clientKey, updatedAt: Timestamp(milliseconds: 1)))
            }
            try await store.close()
            for (organization, count) in [(connection.organization.description, "1"), ("org_other", "0"), ("", "0")] {
                let found = try database.sql(
                    """
                    SET ROLE \(database.name)_organization; SET token_manager.organization = '\(organization)';
                    SELECT count(*) FROM token_manager.client_of('c1')
                    """, user: database.name + "_login")
                #expect(found == count, "\(organization)")
            }
        }
    }

    @Test func `no question reads a whole table, however few rows there were when it was planned`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            let connection = sample("c1")
            let line = try await store.plant(connection)
            let link = try store.connector.connect()
            let transaction = Transaction(.read, on: link, store.context)
            transaction.enter(.organizationOf(connection.id))
            let questions = Self.ofOrganization.map { "SELECT count(*) FROM \($0.replacing("text", with: "'c1'"))" }
            _ = try transaction.ask(questions.map { Statement($0) })
            transaction.enter(.host)
            _ = try transaction.ask(
                [PostgresSession.connection(connection.id)] + PostgresSession.line(line.id))
            let scans = try transaction.ask([
                Statement(
                    """
                    SELECT sum(seq_scan)::bigint, sum(idx_scan)::bigint FROM pg_stat_xact_user_tables
                    WHERE schemaname = 'token_manager'
                    """)
            ])
            #expect(scans[0][0].number(0) == 0)
            #expect(try #require(scans[0][0].number(1)) >= 8)
            try transaction.commit()
            try await store.close()
        }
    }
}
