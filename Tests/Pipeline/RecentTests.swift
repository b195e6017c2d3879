import Synchronization
import Testing

@testable import Pipeline

/// What health and metrics cost, however often they are asked.
@Suite struct RecentTests {
    private struct Failed: Error {}

    @Test("a thousand who ask within its age share one read")
    func shared() async throws {
        let reads = Mutex(0)
        let recent = Recent(for: .seconds(3600)) { reads.withLock { $0 += 1 } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<1000 { group.addTask { try await recent.value() } }
            try await group.waitForAll()
        }
        #expect(reads.withLock { $0 } == 1)
    }

    @Test("what is too old is read again")
    func aged() async throws {
        let reads = Mutex(0)
        let recent = Recent(for: .zero) {
            reads.withLock { reads in
                reads += 1
                return reads
            }
        }
        #expect(try await recent.value() == 1)
        #expect(try await recent.value() == 2)
    }

    @Test("a failure is shared too, and no longer")
    func failing() async throws {
        let reads = Mutex(0)
        func recent(_ age: Duration) -> Recent<Int> {
            Recent(for: age) {
                let count = reads.withLock { reads in
                    reads += 1
                    return reads
                }
                if count.isMultiple(of: 2) { return count }
                throw Failed()
            }
        }
        let long = recent(.seconds(3600))
        for _ in 0..<3 { await #expect(throws: Failed.self) { try await long.value() } }
        #expect(reads.withLock { $0 } == 1)
        let short = recent(.zero)
        #expect(try await short.value() == 2)
        await #expect(throws: Failed.self) { try await short.value() }
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
