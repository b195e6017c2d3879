import Foundation
import Model
import SQLiteStore
import Secrets
import StoreContract
import Synchronization
import Testing

@testable import TokenManager

/// What the first start on an empty store makes, where several hosts start at once.
@Suite struct InstallationTests {
    @Test func `of hosts that start at once on an empty store one makes the secret, and all have it`() async throws {
        try await with { store, folder in
            let keys = try FileKeyProvider(path: folder + "/master.key", createIfMissing: true)
            let first = Mutex<String?>(nil)
            // The other host is done between this one's look and its write.
            let interrupted = InterruptedStore(store) {
                let other = try await Installation.open(store, keys)
                first.withLock { $0 = other.secret.storeID }
            }
            let second = try await Installation.open(interrupted, keys)
            #expect(second.secret.storeID == first.withLock { $0 })
            #expect(try await Installation.open(store, keys).secret.storeID == second.secret.storeID)
        }
    }

    @Test func `a host with a key of its own that comes second changes nothing, and is told which key it needs`()
        async throws
    {
        try await with { store, folder in
            let (one, other) = (
                try FileKeyProvider(path: folder + "/one.key", createIfMissing: true),
                try FileKeyProvider(path: folder + "/other.key", createIfMissing: true)
            )
            let interrupted = InterruptedStore(store) { _ = try await Installation.open(store, one) }
            let error = await #expect(throws: SecretsError.self) { try await Installation.open(interrupted, other) }
            #expect(error?.code == .wrongKey)
            #expect(error?.description.contains(one.id) == true && error?.description.contains(other.id) == true)
            _ = try await Installation.open(store, one)
        }
    }

    private func with(_ body: (SQLiteStore, String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/installation-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SQLiteStore.open(path: folder + "/store.db")
        try await body(store, folder)
        try await store.close()
    }
}

/// A store in which something happens right after the first read.
private final class InterruptedStore: Store {
    private let store: SQLiteStore
    private let interruption: Mutex<(@Sendable () async throws -> Void)?>

    init(_ store: SQLiteStore, _ interruption: @escaping @Sendable () async throws -> Void) {
        self.store = store
        self.interruption = Mutex(interruption)
    }

    var mergesClaimAndSend: Bool { store.mergesClaimAndSend }
    var isExclusive: Bool { store.isExclusive }
    var now: Timestamp { store.now }
    var eventBell: EventBell { store.eventBell }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> Result
    ) async throws -> Result { try await store.write(body) }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        let result = try await store.read(body)
        let interruption = interruption.withLock { interruption in
            defer { interruption = nil }
            return interruption
        }
        try await interruption?()
        return result
    }

    func stamps(of lines: Set<LineID>) async throws -> [LineID: LineStamp] { try await store.stamps(of: lines) }
    func scrub() async throws { try await store.scrub() }
    func check() async throws { try await store.check() }
    func close() async throws { try await store.close() }
}
