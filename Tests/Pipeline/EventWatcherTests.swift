import Model
import StoreContract
import Synchronization
import Testing

@testable import Pipeline

@Suite struct EventWatcherTests {
    @Test("a store that one process holds is never asked who else wrote")
    func exclusive() async throws {
        let store = AskedStore(isExclusive: true)
        try await EventWatcher(store: store).run()
        #expect(store.reads == 0)
    }

    @Test("one that several share is")
    func shared() async throws {
        let store = AskedStore(isExclusive: false)
        let watching = Task { try await EventWatcher(store: store).run() }
        for await _ in store.asked { break }
        watching.cancel()
        try await watching.value
        #expect(store.reads >= 1)
    }
}

/// Counts reads, and answers none.
private final class AskedStore: Store {
    let isExclusive: Bool
    let eventBell = EventBell()
    let asked: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let count = Mutex(0)

    init(isExclusive: Bool) {
        self.isExclusive = isExclusive
        (asked, signal) = AsyncStream.makeStream()
    }

    var reads: Int { count.withLock { $0 } }
    var mergesClaimAndSend: Bool { true }
    var now: Timestamp { .distantPast }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> Result
    ) async throws -> Result { throw StoreError(.unavailable, "a store of no rows") }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        count.withLock { $0 += 1 }
        signal.yield()
        throw StoreError(.unavailable, "a store of no rows")
    }

    func scrub() async throws {}
    func check() async throws {}
    func close() async throws {}
}
