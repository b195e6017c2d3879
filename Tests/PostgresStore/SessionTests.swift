import Foundation
import Model
import PostgresServer
import StoreContract
import Testing

@testable import PostgresStore

/// What is a new store session (PROTOCOL.md §9).
@Suite struct SessionTests {
    @Test func `a restart of the server is a new session, and what was held to the one before does not commit`()
        async throws
    {
        let server = try PostgresServer()
        try await TestDatabase.with(server) { database in
            let store = try database.open()
            let seen = try await prepare(store)
            #expect(try await store.read { try $0.sight() } == seen)
            try server.stopImmediately()
            try server.start()
            let after = try await sight(store)
            #expect(after.session != seen.session)
            try await refuses(seen, store)
            try await store.write { try $0.require(after) }
            try await store.close()
        }
    }

    @Test func `a restore that makes the tables anew is a new session, a lost connection is none`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            let seen = try await prepare(store)
            let ours = "usename = '\(database.name)_login' AND pid <> pg_backend_pid()"
            try database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \(ours)")
            #expect(try await sight(store) == seen)
            try database.sql(
                """
                ALTER SEQUENCE token_manager.mark RENAME TO old;
                CREATE SEQUENCE token_manager.mark MINVALUE 0 START 0;
                GRANT SELECT, USAGE, UPDATE ON SEQUENCE token_manager.mark TO "\(database.name)_host";
                SELECT nextval('token_manager.mark')
                """)
            let after = try await sight(store)
            #expect(after.session != seen.session && after.epoch == seen.epoch)
            try await refuses(seen, store)
            try await store.close()
        }
    }

    private func prepare(_ store: PostgresStore) async throws -> StoreSight {
        try await store.write { try $0.set(Data("1".utf8), for: "epoch") }
        return try await store.read { try $0.sight() }
    }

    /// As soon as there is a way to the server again.
    private func sight(_ store: PostgresStore) async throws -> StoreSight {
        while true {
            do { return try await store.read { try $0.sight() } } catch let error as StoreError {
                guard error.code == .unavailable else { throw error }
                await Task.yield()
            }
        }
    }

    private func refuses(_ seen: StoreSight, _ store: PostgresStore) async throws {
        let error = await #expect(throws: StoreError.self) {
            try await store.write {
                try $0.require(seen)
                try $0.set(Data("2".utf8), for: "epoch")
            }
        }
        #expect(error?.code == .moved)
        #expect(try await store.read { try $0.setting("epoch") } == Data("1".utf8))
    }
}
