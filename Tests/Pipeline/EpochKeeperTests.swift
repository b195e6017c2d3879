import Foundation
import Logging
import Model
import RefreshProtocol
import SQLiteStore
import Spool
import StoreContract
import Synchronization
import Testing

@testable import Pipeline

/// PROTOCOL.md §9 in running hosts, two of them on one store that is put back beneath them.
@Suite struct EpochKeeperTests {
    @Test("a store that went back: the host that looks first begins the epoch, the other takes it, once for both")
    func wentBack() async throws {
        try await Place.with { place in
            let (first, second) = (try await place.keeper("a"), try await place.keeper("b"))
            try await place.goBack(before: [first, second])
            let before = second.known
            try await first.look()
            #expect(first.current == 2 && first.known.isTrusted)

            #expect(second.current == 1, "it has not looked yet")
            let error = await #expect(throws: StoreError.self) {
                try await place.store.write { try $0.require(before.sight) }
            }
            #expect(error?.code == .moved)
            second.doubt(after: StoreError.moved)
            #expect(!second.known.isTrusted)
            let emptied = Mutex(0)
            try await second.look { emptied.withLock { $0 += 1 } }
            #expect(second.current == 2 && second.known.isTrusted)
            #expect(emptied.withLock { $0 } == 1)
            #expect(try await place.epochsBegun() == ["a"])
            for keeper in [first, second] { try await keeper.look() }
            #expect(first.current == 2 && second.current == 2)
        }
    }

    @Test("a host that was declared lost and comes back is not lost any more, and says so in the audit, once (row 27)")
    func returned() async throws {
        try await Place.with { place in
            let keeper = try await place.keeper("a")
            try await keeper.look()
            #expect(try await place.returns() == [])
            let host = keeper.spool.host
            try await place.store.write { try $0.setLost(true, host: host) }
            for _ in 1...2 { try await keeper.look() }
            #expect(try await place.store.read { try $0.hosts().map(\.lost) } == [false])
            #expect(try await place.returns() == ["a"])
        }
    }

    @Test("who is heard first after nobody was lets the silence of all begin anew (docs/decisions/0058)")
    func silence() async throws {
        try await Place.with { place in
            let keeper = try await place.keeper("a")
            try await keeper.look()
            #expect(try await place.store.read { try $0.setting("silence") } == nil)
            let hasty = try await place.keeper("b", timing: .hasty)
            let heard = try await place.store.read { try $0.hosts().map(\.heartbeatAt).max() }
            while place.store.now - (heard ?? .distantPast) < Timing.hasty.longestUnheard { await Task.yield() }
            let before = place.store.now
            try await hasty.look()
            let noted = try await place.store.read { try $0.setting("silence") }
            let since = try #require(noted.flatMap { Int64(String(decoding: $0, as: UTF8.self)) })
            #expect(since >= before.milliseconds)
        }
    }

    @Test("both see it at the same time: one epoch")
    func together() async throws {
        try await Place.with { place in
            let (first, second) = (try await place.keeper("a"), try await place.keeper("b"))
            try await place.goBack(before: [first, second])
            async let one: Void = first.look()
            async let other: Void = second.look()
            _ = try await (one, other)
            #expect(first.current == 2 && second.current == 2)
            #expect(try await place.epochsBegun().count == 1)
        }
    }

    @Test("the same dump once more is another epoch, though the store says the same as before")
    func again() async throws {
        try await Place.with { place in
            let keeper = try await place.keeper("a")
            try await place.draw(5)
            let dump = try await place.dump()
            try await place.draw(5)
            try await keeper.look()
            for epoch in [Int64(2), 3] {
                try await place.restore(dump)
                try await keeper.look()
                #expect(keeper.current == epoch)
            }
        }
    }

    @Test("what a transaction has shown counts, whatever the marks are meanwhile; not in a later epoch any more")
    func proof() async throws {
        try await Place.with { place in
            let keeper = try await place.keeper("a")
            keeper.doubt(proof: 1)
            #expect(!keeper.known.isTrusted)
            try await keeper.look()
            #expect(keeper.current == 2 && keeper.known.isTrusted)
            keeper.doubt(proof: 1)
            try await keeper.look()
            #expect(keeper.current == 2 && keeper.known.isTrusted)
        }
    }

    @Test("marks that others draw, and a doubt that nothing bears out, are no alarm")
    func falseAlarms() async throws {
        try await Place.with { place in
            let (first, second) = (try await place.keeper("a"), try await place.keeper("b"))
            for _ in 0..<3 {
                try await place.draw(3)
                first.doubt()
                for keeper in [second, first, second] { try await keeper.look() }
            }
            #expect(first.current == 1 && first.known.isTrusted && second.current == 1)
            #expect(try await place.epochsBegun().isEmpty)
        }
    }

    @Test("a store whose epoch is gone is one that is just being restored: nothing is begun in it, nothing claimed")
    func halfRestored() async throws {
        try await Place.with { place in
            let keeper = try await place.keeper("a")
            let whole = try await place.dump()
            try await place.empty()
            keeper.doubt(after: StoreError.moved)
            await #expect(throws: StoreError.self) { try await keeper.look() }
            #expect(!keeper.known.isTrusted)
            #expect(try await place.store.read { try $0.setting("epoch") } == nil)
            try await place.restore(whole)
            try await keeper.look()
            #expect(keeper.current == 1 && keeper.known.isTrusted)
        }
    }
}

/// A store that can be put back beneath its hosts, with a spool folder for each.
private final class Place: Sendable {
    let store: PuttingBack
    private let folder: String

    static func with(_ body: (Place) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "/token-manager-epoch-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let place = try Place(folder)
        try await body(place)
        try await place.store.close()
    }

    private init(_ folder: String) throws {
        self.folder = folder
        store = PuttingBack(try SQLiteStore.open(path: folder + "/store.db"))
    }

    func keeper(_ host: String, timing: Timing = Timing()) async throws -> EpochKeeper {
        let spool = try SpoolFolder.open(folder + "/" + host, now: store.now)
        names.withLock { $0[spool.host] = host }
        return try await Epoch.settle(store, spool: spool, timing: timing, logger: Logger(label: "test"))
    }

    private let names = Mutex<[HostID: String]>([:])

    func draw(_ count: Int) async throws {
        for _ in 0..<count { _ = try await store.write { try $0.drawMark() } }
    }

    func dump() async throws -> String {
        let file = folder + "/" + UUID().uuidString
        try await store.inner.copy(to: file) { _ in }
        return file
    }

    func restore(_ dump: String) async throws {
        let file = folder + "/" + UUID().uuidString
        try FileManager.default.copyItem(atPath: dump, toPath: file)
        try await store.put(try SQLiteStore.open(path: file))
    }

    /// Puts it back to before five marks that all of these have seen.
    func goBack(before keepers: [EpochKeeper]) async throws {
        let dump = try await dump()
        try await draw(5)
        for keeper in keepers { try await keeper.look() }
        try await restore(dump)
    }

    /// A store of another file, without a row.
    func empty() async throws { try await store.put(try SQLiteStore.open(path: folder + "/" + UUID().uuidString)) }

    /// The hosts that have begun an epoch, once for each.
    func epochsBegun() async throws -> [String] { try await hosts(thatNoted: "store_went_back") }

    /// The hosts that came back after they were declared lost, once for each.
    func returns() async throws -> [String] { try await hosts(thatNoted: "host_returned") }

    private func hosts(thatNoted action: String) async throws -> [String] {
        let names = names.withLock { $0 }
        return try await store.read { reader in
            try names.flatMap { host, name in
                try reader.audit(of: host, after: 0, limit: 100)
                    .filter { $0.record.contains(action) }.map { _ in name }
            }
        }
    }
}

extension Timing {
    /// Three heartbeats are over in no time.
    fileprivate static var hasty: Timing {
        var timing = Timing()
        timing.heartbeat = .milliseconds(1)
        return timing
    }
}

/// As a store that several hosts share.
private final class PuttingBack: Store {
    private let current: Mutex<SQLiteStore>
    let eventBell = EventBell()

    init(_ store: SQLiteStore) { current = Mutex(store) }

    var inner: SQLiteStore { current.withLock { $0 } }
    var mergesClaimAndSend: Bool { false }
    var isExclusive: Bool { false }
    var now: Timestamp { inner.now }

    func put(_ store: SQLiteStore) async throws {
        let old = current.withLock { current in
            defer { current = store }
            return current
        }
        try await old.close()
    }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> Result
    ) async throws -> Result { try await inner.write(body) }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result { try await inner.read(body) }

    func scrub() async throws {}
    func check() async throws {}
    func close() async throws { try await inner.close() }
}
