import Foundation
import GRDB
import Model
import StoreContract
import Synchronization
import Testing

@testable import SQLiteStore

/// What was erased is in none of the files.
@Suite struct ErasureTests {
    private let organization = OrganizationID("o")
    private let canary = "erased-canary-"

    @Test func `after an organization is erased and the store scrubbed, no byte of its secrets is left`() async throws {
        try await Place.with { place in
            let store = try place.open()
            try await fill(store, count: 300)
            #expect(try files(of: place, holding: canary).count == 2, "they are in the database and in its log")
            try await store.write {
                try $0.save(OrganizationEnd(organization: organization, beganAt: $0.now))
                try $0.erase(organization)
            }
            try await store.scrub()
            #expect(try files(of: place, holding: canary) == [])
            #expect(try files(of: place, holding: "kept-canary").isEmpty == false, "the scan finds what is there")
            try await store.close()
            #expect(try files(of: place, holding: canary) == [])
        }
    }

    @Test func `a reader of an older state is waited for, and writers go on meanwhile`() async throws {
        try await erasing(besideReaderOf: 20) { store, reader in
            let done = Flag()
            async let scrubbing: Void = {
                try await store.scrub()
                done.set()
            }()
            // Each takes its turn between the tries.
            for number in 0..<20 { try await store.write { try $0.set(Data([UInt8(number)]), for: "turn") } }
            #expect(!done.isSet)
            reader.signal()
            try await scrubbing
        }
    }

    @Test func `a reader that never ends is waited for no longer than the limit, and never with the only writer`()
        async throws
    {
        try await erasing(besideReaderOf: 60) { store, reader in
            var shortest = Duration.seconds(60)
            for _ in 0..<5 {
                let began = ContinuousClock.now
                #expect(try await !store.cutLog())
                shortest = min(shortest, ContinuousClock.now - began)
            }
            #expect(shortest < .milliseconds(200), "the writer was kept for \(shortest)")
            let began = ContinuousClock.now
            let error = await #expect(throws: StoreError.self) { try await store.scrub(within: .milliseconds(150)) }
            #expect(error?.code == .unavailable)
            #expect(ContinuousClock.now - began < .seconds(30), "it ends by the clock, not by a number of tries")
            reader.signal()
            try await store.scrub()
        }
    }

    /// Erases the organization while somebody reads the state before, until the body signals him to end or so many seconds
    /// are over. Nothing of it is left once the body has scrubbed the store.
    private func erasing(
        besideReaderOf seconds: Double, _ body: (SQLiteStore, DispatchSemaphore) async throws -> Void
    ) async throws {
        try await Place.with { place in
            let store = try place.open()
            try await fill(store, count: 1)
            let (organization, reader) = (organization, DispatchSemaphore(value: 0))
            let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
            async let reading = store.read { read -> Int in
                let count = try read.dataKeys(of: organization).count
                beginning.finish()
                _ = reader.wait(timeout: .now() + seconds)
                return count
            }
            for await _ in begun {}
            try await store.write { try $0.erase(organization) }
            try await body(store, reader)
            #expect(try await reading == 1)
            #expect(try files(of: place, holding: canary) == [])
            try await store.close()
        }
    }

    /// So many data keys, client secrets and connections with canaries, and one key of another organization.
    private func fill(_ store: SQLiteStore, count: Int) async throws {
        let (organization, canary) = (organization, canary)
        try await store.write { transaction in
            for number in 0..<count {
                let sealed = Data("\(canary)\(number)".utf8) + Data(repeating: 7, count: 900)
                try transaction.insert(
                    DataKeyRecord(
                        id: "k\(number)", organization: organization, wrapped: sealed, createdAt: transaction.now,
                        encryptions: 0, retired: false))
                var client = ClientRecord(
                    key: ClientKey(organization: organization, connector: "c\(number)"), updatedAt: transaction.now)
                client.sealedSecrets = ["client_secret": sealed]
                try transaction.save(client)
                var connection = sample("c\(number)")
                connection.sealedInputs = sealed
                try transaction.insert(connection)
            }
            try transaction.insert(
                DataKeyRecord(
                    id: "kept", organization: OrganizationID("other"), wrapped: Data("kept-canary".utf8),
                    createdAt: transaction.now, encryptions: 0, retired: false))
        }
        // A part of it is in the database, all of it in the log.
        try await store.pool.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
    }

    private func files(of place: Place, holding text: String) throws -> [String] {
        let folder = (place.path as NSString).deletingLastPathComponent
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter { name in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
            return bytes.range(of: Data(text.utf8)) != nil
        }
    }
}

/// Something that happened or not.
private final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set() { value.withLock { $0 = true } }
}
