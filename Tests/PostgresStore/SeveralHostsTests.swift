import Foundation
import Model
import PostgresServer
import StoreConformance
import StoreContract
import Testing

@testable import PostgresStore

/// Several hosts on one database, and who only reads beside them.
@Suite struct SeveralHostsTests {
    @Test func `a second host works beside the first, and goes on when that has ended`() async throws {
        try await TestDatabase.with { database in
            let first = try database.open()
            let second = try database.open()
            try await first.write {
                try $0.heartbeat(of: HostID("host_one"), boot: BootID("b1"))
                try $0.insert(sample("c1"))
            }
            try await second.write {
                try $0.heartbeat(of: HostID("host_two"), boot: BootID("b2"))
                try $0.insert(sample("c2"))
            }
            #expect(try await second.read { try $0.connection(ConnectionID("c1")) } != nil)
            #expect(try await first.read { try $0.hosts().map(\.id.description) } == ["host_one", "host_two"])
            try await first.close()
            try await second.write { try $0.insert(sample("c3")) }
            #expect(try await second.read { try $0.hosts().map(\.boot.description) } == ["b1", "b2"])
            try await second.close()
        }
    }

    @Test func `a lost host that speaks again is not lost, and no other host is touched by its heartbeat`() async throws
    {
        try await TestDatabase.with { database in
            let store = try database.open()
            let (one, two) = (HostID("host_one"), HostID("host_two"))
            try await store.write {
                for host in [one, two] {
                    try $0.heartbeat(of: host, boot: BootID("b"))
                    try $0.setLost(true, host: host)
                }
            }
            try await store.write { try $0.heartbeat(of: two, boot: BootID("b")) }
            #expect(try await store.read { try $0.hosts().map(\.lost) } == [true, false])
            try await store.close()
        }
    }

    @Test func `hosts that start on an empty database at once all find one schema`() async throws {
        try await TestDatabase.with { database in
            let stores = try await withThrowingTaskGroup(of: PostgresStore.self) { group in
                for _ in 0..<3 { group.addTask { try database.open(connections: 2) } }
                return try await group.reduce(into: [PostgresStore]()) { $0.append($1) }
            }
            for store in stores { try await store.check() }
            #expect(
                try database.sql("SELECT count(*) FROM token_manager.migration") == "\(Schema.migrations.count)")
            for store in stores { try await store.close() }
        }
    }

    @Test func `of two hosts that set the same missing setting at once one is told so`() async throws {
        try await TestDatabase.with { database in
            let stores = [try database.open(), try database.open()]
            let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for (number, store) in stores.enumerated() {
                    group.addTask {
                        do {
                            try await store.write {
                                try $0.set(Data("\(number)".utf8), for: "first", replacing: nil)
                            }
                            return true
                        } catch let error as StoreError where error.code == .conflict { return false }
                    }
                }
                return try await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 }.count == 1)
            let seen = try await stores[0].read { try $0.setting("first") }
            #expect(try await stores[1].read { try $0.setting("first") } == seen)
            for store in stores { try await store.close() }
        }
    }

    @Test func `whoever verifies the audit reads it page by page beside the host`() async throws {
        try await TestDatabase.with { database in
            let host = try database.open()
            let id = HostID("host_1")
            try await host.write { transaction in
                try transaction.heartbeat(of: id, boot: BootID("b"))
                for _ in 1...200 { try transaction.append(.sample("{}", of: id)) }
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
        try PostgresStore.open(PostgresURL(database.url), for: .reading)
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
            let reader = try PostgresStore.open(PostgresURL(database.url), for: .reading)
            #expect(try await reader.read { try $0.connection(ConnectionID("c1")) } != nil)
            await #expect(throws: StoreError.self) { try await reader.write { try $0.insert(sample("c2")) } }
            try await reader.close()
            try await host.check()
            try await host.close()
        }
    }
}
