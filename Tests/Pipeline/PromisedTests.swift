import StoreContract
import Testing

@testable import Pipeline

@Suite struct PromisedTests {
    @Test("who waited first goes on first, and who comes late has it at once")
    func order() async throws {
        let (gate, opens) = AsyncStream<Void>.makeStream()
        let promised = Promised {
            for await _ in gate { break }
            return 7
        }
        let line = Line()
        let (waits, isWaiting) = AsyncStream<Void>.makeStream()
        var waiting = waits.makeAsyncIterator()
        var callers: [Task<Void, any Error>] = []
        for number in 0..<100 {
            callers.append(Task { try await line.wait(number, for: promised) { isWaiting.yield() } })
            await waiting.next()
        }
        // The last one has said so and waits by the time that somebody else is let in.
        #expect(await line.wentOn == [])
        opens.yield()
        for caller in callers { try await caller.value }
        let order = await line.wentOn
        #expect(order.sorted() == Array(0..<100))
        // Threads that go on with one each change a few places; the last one first would be 99.
        #expect(zip(order, order.dropFirst()).filter { $0 > $1 }.count <= 10, "\(order)")
        #expect(try await promised.value() == 7)
    }

    @Test("a failure is everybody's")
    func failing() async throws {
        let promised = Promised<Int> { throw StoreError(.unavailable, "away") }
        for _ in 0..<2 { await #expect(throws: StoreError.self) { try await promised.value() } }
    }

    /// One at a time, and nearly in the order in which they were told.
    private actor Line {
        private(set) var wentOn: [Int] = []

        func wait(_ number: Int, for promised: Promised<Int>, _ waiting: @Sendable () -> Void) async throws {
            waiting()
            _ = try await promised.value()
            wentOn.append(number)
        }
    }
}
