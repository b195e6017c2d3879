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

    @Test("it rings for each new number, the first too, and for nothing else: not for the same, or a read that failed")
    func rings() async throws {
        let numbers: [Int64?] = [3, 3, 5, nil, 7, 7, nil, nil, 7, 6]
        let (bell, script) = (EventBell(), Script(numbers))
        let watcher = EventWatcher(bell, every: .zero) { try script.next(bell.rings) }
        let watching = Task { try await watcher.run() }
        for await _ in script.ended { break }
        watching.cancel()
        try await watching.value
        // How often it had rung when each was asked for: 3, 5, 7 and 6 are news.
        #expect(script.rings == [0, 1, 1, 2, 2, 3, 3, 3, 3, 3, 4])
    }
}

/// Numbers one after the other, nil for a failure, and how often the bell had rung before each.
private final class Script: Sendable {
    let ended: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let numbers: [Int64?]
    private let heard = Mutex<[Int]>([])

    init(_ numbers: [Int64?]) {
        self.numbers = numbers
        (ended, signal) = AsyncStream.makeStream()
    }

    /// The first that were asked for, and the end of them.
    var rings: [Int] { Array(heard.withLock { $0 }.prefix(numbers.count + 1)) }

    func next(_ rings: Int) throws -> Int64 {
        let place = heard.withLock { heard in
            heard.append(rings)
            return heard.count - 1
        }
        guard place < numbers.count else {
            signal.yield()
            throw StoreError(.unavailable, "no more numbers")
        }
        guard let number = numbers[place] else { throw StoreError(.unavailable, "no number") }
        return number
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
