import Model
import PostgresServer
import StoreContract
import Testing

@testable import PostgresStore

@Suite struct OpeningTests {
    @Test func `a database of a newer program is refused and left alone`() async throws {
        try await TestDatabase.with { database in
            try await database.open().close()
            try database.sql("INSERT INTO token_manager.migration (number) VALUES (1000)")
            let error = #expect(throws: StoreError.self) { try database.open() }
            #expect(error?.code == .incompatible)
            #expect(error?.detail.contains("newer version") == true)
        }
    }

    @Test func `who may not migrate is told what to type`() async throws {
        try await TestDatabase.with { database in
            let error = #expect(throws: StoreError.self) {
                try PostgresStore.open(PostgresURL(database.url), for: .reading)
            }
            #expect(error?.code == .incompatible)
            for part in ["STORE_MIGRATION_URL", "CREATE ROLE", "\(database.name)_host", "\(database.name)_login"] {
                #expect(error?.detail.contains(part) == true, "\(part): \(String(describing: error))")
            }
            let made = try database.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'token_manager'")
            #expect(made == "0")
        }
    }

    @Test func `one role is enough where it may do everything; statements run under another`() async throws {
        try await TestDatabase.with { database in
            let owner = try PostgresURL(database.migrationURL)
            let store = try PostgresStore.open(owner, for: .work)
            try await store.write { try $0.insert(sample("c1")) }
            let role = try await store.read { reader in
                let session = try #require(reader as? PostgresSession)
                return try session.transaction.ask([Statement("SELECT current_user::text")])[0][0].text(0)
            }
            #expect(role == database.name + "_host")
            try await store.close()
        }
    }

    @Test func `commits are durable, whatever the role is set to (F17)`() async throws {
        try await TestDatabase.with { database in
            try database.sql("ALTER ROLE \(database.name)_login SET synchronous_commit = off")
            let store = try database.open()
            let level = try await store.write { transaction in
                let session = try #require(transaction as? PostgresSession)
                return try session.transaction.ask([Statement("SELECT current_setting('synchronous_commit')")])[0][0]
                    .text(0)
            }
            #expect(level == "on")
            try await store.close()
        }
    }

    @Test func `a server that forgets what it acknowledged is refused`() async throws {
        let server = try PostgresServer(settings: ["fsync = off"])
        try await TestDatabase.with(server) { database in
            let error = #expect(throws: StoreError.self) { try database.open() }
            #expect(error?.code == .incompatible)
            #expect(error?.detail.contains("fsync = off") == true)
        }
    }

    @Test func `two that migrate at once leave one schema`() async throws {
        try await TestDatabase.with { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try PostgresStore.migrate(
                            PostgresURL(database.url), migrating: PostgresURL(database.migrationURL))
                    }
                }
                try await group.waitForAll()
            }
            #expect(
                try database.sql("SELECT count(*) FROM token_manager.migration") == "\(Schema.migrations.count)")
            try await database.open().close()
        }
    }

    @Test func `a database of the first form is brought forward, with its rows`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try await store.write { try $0.insert(sample("c1")) }
            try await store.close()
            try database.sql(
                """
                DROP TABLE token_manager.client_breaker, token_manager.call_window;
                DROP FUNCTION token_manager.stamps(text), token_manager.connection_of(text),
                  token_manager.locked_connection(text),
                  token_manager.line_of(text, text), token_manager.attempts_of(text, text),
                  token_manager.versions_of(text, text), token_manager.organization_of(text),
                  token_manager.client_of(text), token_manager.client_secrets_of(text),
                  token_manager.disabled_connector_of(text), token_manager.append_audit(text, text, bytea);
                CREATE TABLE token_manager.holder (token TEXT);
                DELETE FROM token_manager.migration WHERE number > 1
                """, user: database.name + "_owner")
            let forward = try database.open()
            #expect(try await forward.read { try $0.connection(ConnectionID("c1")) } != nil)
            try await forward.close()
            let tables = """
                SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables
                WHERE tablename IN ('holder', 'client_breaker', 'call_window')
                """
            #expect(try database.sql(tables) == "call_window client_breaker")
        }
    }

    @Test func `a row that cannot be read is named`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try await store.write { try $0.insert(sample("c1")) }
            try database.sql("UPDATE token_manager.connection SET inputs = '{'")
            let error = await #expect(throws: StoreError.self) {
                try await store.read { _ = try $0.connection(ConnectionID("c1")) }
            }
            #expect(error?.code == .corrupt)
            #expect(error?.detail.contains("table connection, row c1, column inputs") == true)
            try await store.close()
        }
    }
}
