import Model
import RefreshProtocol
import Synchronization
import Testing

@testable import Pipeline

/// What health and metrics cost, however often they are asked.
@Suite struct RecentTests {
    private struct Failed: Error {}

    /// A clock that a test sets.
    private final class Clock: Sendable {
        private let time = Mutex(MonotonicTime(milliseconds: 1000))
        var now: MonotonicTime { time.withLock { $0 } }
        func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
    }

    /// Reads that are counted, and wait to be let go where a test says so.
    private final class Reads: Sendable {
        private let count = Mutex(0)
        let began: AsyncStream<Int>
        private let signal: AsyncStream<Int>.Continuation

        init() { (began, signal) = AsyncStream.makeStream() }

        var number: Int { count.withLock { $0 } }

        func begin() -> Int {
            let number = count.withLock { count in
                count += 1
                return count
            }
            signal.yield(number)
            return number
        }
    }

    @Test("a thousand who ask within its age share one read")
    func shared() async throws {
        let reads = Reads()
        let recent = Recent(for: .seconds(3600)) { reads.begin() }
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<1000 { group.addTask { try await recent.value() } }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(values == [1] && reads.number == 1)
    }

    @Test("a value is good for its age and not a moment longer, and is counted from when it began to be read")
    func aged() async throws {
        let (clock, reads) = (Clock(), Reads())
        let recent = Recent(for: .seconds(2), clock: { clock.now }) {
            let number = reads.begin()
            clock.advance(.seconds(1))  // it takes its time
            return number
        }
        #expect(try await recent.value() == 1)
        clock.advance(.milliseconds(999))
        #expect(try await recent.value() == 1)
        clock.advance(.milliseconds(1))
        #expect(try await recent.value() == 2)
        clock.advance(.milliseconds(999))
        #expect(try await recent.value() == 2, "the second one has an age of its own")
    }

    @Test("while a read runs no second one begins, however old it is; who goes away ends it for nobody")
    func running() async throws {
        let (clock, reads) = (Clock(), Reads())
        let (gate, open) = AsyncStream<Void>.makeStream()
        // Who asks looks at the clock, and has been told what he gets before any read can end.
        let (asked, ask) = AsyncStream<Void>.makeStream()
        let recent = Recent(
            for: .seconds(2),
            clock: {
                ask.yield()
                return clock.now
            }
        ) {
            let number = reads.begin()
            if number == 1 { for await _ in gate { break } }
            try Task.checkCancellation()
            return number
        }
        var asks = asked.makeAsyncIterator()
        let impatient = Task { try await recent.value() }
        for await _ in reads.began { break }
        _ = await asks.next()
        impatient.cancel()
        clock.advance(.seconds(3600))
        let late = Task { try await recent.value() }
        _ = await asks.next()
        open.yield()
        #expect(try await late.value == 1)
        #expect(try await impatient.value == 1)
        #expect(reads.number == 1)
        #expect(try await recent.value() == 2, "it is over now, and too old")
    }

    @Test("a failure is shared for as long as a value would be, and then over")
    func failing() async throws {
        let (clock, reads) = (Clock(), Reads())
        let recent = Recent(for: .seconds(2), clock: { clock.now }) {
            let number = reads.begin()
            if number.isMultiple(of: 2) { return number }
            throw Failed()
        }
        for _ in 0..<3 { await #expect(throws: Failed.self) { try await recent.value() } }
        #expect(reads.number == 1)
        clock.advance(.seconds(2))
        #expect(try await recent.value() == 2)
        clock.advance(.seconds(2))
        await #expect(throws: Failed.self) { try await recent.value() }
        #expect(reads.number == 3)
    }

    @Test("its latency is that of the read, also for who gets the value at once")
    func latency() async throws {
        let took = Duration.milliseconds(30)
        for fails in [false, true] {
            let recent = Recent(for: .seconds(3600)) {
                let began = ContinuousClock.now
                while ContinuousClock.now - began < took { await Task.yield() }
                if fails { throw Failed() }
            }
            let first = await recent.answer()
            let second = await recent.answer()
            #expect(first.latency > took / 2 && second.latency == first.latency)
        }
    }
}
