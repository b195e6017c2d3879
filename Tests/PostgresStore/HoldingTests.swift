import Foundation
import Model
import PostgresServer
import StoreContract
import Testing

@testable import PostgresStore

/// One host at a time.
@Suite struct HoldingTests {
    @Test func `a second host is refused by name until the first lets go`() async throws {
        try await TestDatabase.with { database in
            let first = try database.open(as: "host_one")
            let error = #expect(throws: StoreError.self) { try database.open(as: "host_two") }
            #expect(error?.code == .locked)
            #expect(error?.detail.contains("host_one on ") == true, "\(String(describing: error))")
            try await first.write { try $0.insert(sample("c1")) }
            try await first.close()
            let second = try database.open(as: "host_two")
            #expect(try await second.read { try $0.connection(ConnectionID("c1")) } != nil)
            try await second.close()
        }
    }

    @Test func `a host that is silent is followed, and is over when it comes back`() async throws {
        try await TestDatabase.with { database in
            let first = try database.open(as: "host_one")
            try await first.write {
                try $0.heartbeat(of: HostID("host_one"), boot: BootID("b"))
                try $0.insert(sample("c1"))
            }
            #expect(throws: StoreError.self) { try database.open(as: "host_two") }
            try database.sql("UPDATE token_manager.holder SET seen_at = seen_at - silence")
            let second = try database.open(as: "host_two")
            for use in [
                { @Sendable in try await first.write { try $0.insert(sample("c2")) } },
                { @Sendable in _ = try await first.read { try $0.connection(ConnectionID("c1")) } },
                { @Sendable in try await first.check() },
            ] {
                let error = await #expect(throws: StoreError.self) { try await use() }
                #expect(error?.code == .locked)
                #expect(error?.detail.contains("another host has taken") == true, "\(String(describing: error))")
            }
            try await first.close()
            #expect(try await second.read { try $0.connection(ConnectionID("c2")) } == nil)
            try await second.write { try $0.insert(sample("c3")) }
            try await second.close()
        }
    }

    @Test func `the same host comes back at once after a crash`() async throws {
        try await TestDatabase.with { database in
            let crashed = try database.open(as: "host_one")
            let again = try database.open(as: "host_one")
            try await again.write { try $0.insert(sample("c1")) }
            await #expect(throws: StoreError.self) { try await crashed.check() }
            try await again.close()
        }
    }

    @Test func `who takes the database waits for the transaction that runs`() async throws {
        try await TestDatabase.with { database in
            let first = try database.open(as: "host_one")
            let release = DispatchSemaphore(value: 0)
            let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
            async let writing: Void = first.write {
                try $0.insert(sample("c1"))
                _ = try $0.connection(ConnectionID("c1"))
                beginning.finish()
                _ = release.wait(timeout: .now() + 20)
            }
            for await _ in begun {}
            let taking = Task.detached { try database.open(as: "host_one") }
            while try database.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") != "1" {
                await Task.yield()
            }
            release.signal()
            try await writing
            let second = try await taking.value
            #expect(try await second.read { try $0.connection(ConnectionID("c1")) } != nil)
            try await second.close()
        }
    }

    @Test func `whoever verifies the audit reads it page by page beside the host`() async throws {
        try await TestDatabase.with { database in
            let host = try database.open()
            let id = HostID("host_1")
            try await host.write { transaction in
                try transaction.heartbeat(of: id, boot: BootID("b"))
                for number in 1...200 {
                    try transaction.append(
                        AuditEntry(
                            host: id, sequence: Int64(number), previousHash: Data("\(number - 1)".utf8),
                            hash: Data("\(number)".utf8), record: "{}"))
                }
            }
            let reader = try await Self.openForReading(database)
            let pages = try await Self.pages(of: reader, limit: 60)
            #expect(pages.map(\.count) == [60, 60, 60, 20, 0])
            #expect(pages.joined().map(\.sequence) == Array(1...200))
            try await reader.close()
            try await host.close()
        }
    }

    private static func openForReading(_ database: TestDatabase) async throws -> any Store {
        try PostgresStore.open(PostgresURL(database.url), as: nil)
    }

    private static func pages(of store: any Store, limit: Int) async throws -> [[AuditEntry]] {
        var pages: [[AuditEntry]] = []
        for host in try await store.read({ try $0.hosts().map(\.id) }) {
            var last: Int64 = 0
            while pages.last?.isEmpty != true {
                let after = last
                let page = try await store.read { try $0.audit(of: host, after: after, limit: limit) }
                last = page.last?.sequence ?? last
                pages.append(page)
            }
        }
        return pages
    }

    @Test func `a store without a host reads and never writes`() async throws {
        try await TestDatabase.with { database in
            let host = try database.open()
            try await host.write { try $0.insert(sample("c1")) }
            let reader = try PostgresStore.open(PostgresURL(database.url), as: nil)
            #expect(try await reader.read { try $0.connection(ConnectionID("c1")) } != nil)
            await #expect(throws: StoreError.self) { try await reader.write { try $0.insert(sample("c2")) } }
            try await reader.close()
            try await host.check()
            try await host.close()
        }
    }
}
