import Foundation
import GRDB
import Model
import StoreContract
import Testing

@testable import SQLiteStore

@Suite struct DurabilityTests {
    @Test func `every connection syncs its commits, in WAL, with foreign keys`() async throws {
        try await Place.with { place in
            let store = try place.open()
            for reads in [false, true] {
                let found = try await pragmas(store, reads)
                #expect(found == ["synchronous": "2", "journal_mode": "wal", "foreign_keys": "1"])
            }
            try await store.close()
        }
    }

    private func pragmas(_ store: SQLiteStore, _ reads: Bool) async throws -> [String: String] {
        let names = ["synchronous", "journal_mode", "foreign_keys"]
        @Sendable func all(_ database: Database) throws -> [String: String] {
            try names.reduce(into: [:]) { $0[$1] = try String.fetchOne(database, sql: "PRAGMA \($1)") }
        }
        return reads ? try await store.pool.read(all) : try await store.pool.writeWithoutTransaction(all)
    }

    @Test func `what was acknowledged is in the files at every moment, what was not is not`() async throws {
        try await Place.with { place in
            let store = try place.open()
            let copy = Place(folder: place.folder + "/copy")
            try await store.write { for number in 0..<200 { try $0.insert(sample("c\(number)")) } }
            // The process is cut down in the middle of a transaction: what the files hold now is all there is.
            try await store.write { transaction in
                for number in 200..<400 { try transaction.insert(sample("c\(number)")) }
                try copyFiles(from: place, to: copy)
            }
            try await store.close()

            let found = try copy.open()
            let filter = ConnectionFilter(organization: OrganizationID("o"))
            let count = try await found.read { try $0.connections(filter, after: nil, limit: 1000).count }
            #expect(count == 200)
            let integrity = try await found.pool.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
            #expect(integrity == ["ok"])
            try await found.write { try $0.insert(sample("new")) }
            try await found.close()
        }
    }

    private func copyFiles(from place: Place, to copy: Place) throws {
        let folder = copy.folder + "/store"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for end in ["", "-wal"] { try FileManager.default.copyItem(atPath: place.path + end, toPath: copy.path + end) }
    }

    @Test func `a full disk is unavailable, loses nothing, and is over when there is room`() async throws {
        try await Place.with { place in
            let store = try place.open()
            try await store.write { try $0.insert(sample("before")) }
            try await limitPages(store, to: 1)
            var failure: StoreError?
            do {
                try await store.write { transaction in
                    for number in 0..<2000 { try transaction.insert(sample("c\(number)")) }
                }
            } catch let error as StoreError { failure = error }
            #expect(failure?.code == .unavailable)
            #expect(failure?.detail.contains("SQLite 13") == true)
            #expect(try await store.read { try $0.connection(ConnectionID("before")) } != nil)
            #expect(try await store.read { try $0.connection(ConnectionID("c0")) } == nil)

            try await limitPages(store, to: 1_000_000)
            try await store.write { for number in 0..<2000 { try $0.insert(sample("c\(number)")) } }
            #expect(try await store.read { try $0.connection(ConnectionID("c1999")) } != nil)
            try await store.check()
            try await store.close()
        }
    }

    /// A limit below the present size means: no page more.
    private func limitPages(_ store: SQLiteStore, to count: Int) async throws {
        try await store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \(count)") }
    }

    @Test func `a store that cannot be written is known within a second`() async throws {
        try await Place.with { place in
            let store = try place.open()
            try await store.check()
            let release = DispatchSemaphore(value: 0)
            let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
            async let writing: Void = store.write { _ in
                beginning.finish()
                _ = release.wait(timeout: .now() + 20)
            }
            for await _ in begun {}
            let clock = ContinuousClock()
            let start = clock.now
            await #expect(throws: StoreError.self) { try await store.check() }
            let waited = clock.now - start
            release.signal()
            try await writing
            #expect(waited < .seconds(10), "it did not wait for the writer")
            try await store.check()
            try await store.close()
        }
    }
}

/// A connection without anything special.
func sample(_ id: String) -> ConnectionRecord {
    ConnectionRecord(
        id: ConnectionID(id), organization: OrganizationID("o"), connector: "sandbox", client: "default", name: id,
        owner: .organization, createdAt: Timestamp(milliseconds: 1), grantType: "authorization_code")
}
