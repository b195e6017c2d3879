import StoreContract
import Testing

@testable import Pipeline

@Suite struct JoinedReadsTests {
    @Test("who comes while a read runs is served by the next, which begins later than he came, and is one for all")
    func joining() async throws {
        let reads = JoinedReads<String, Int>()
        let (begun, signal) = AsyncStream<Int>.makeStream()
        let (gate, opens) = AsyncStream<Void>.makeStream()
        let first = reads.join("a") {
            signal.yield(1)
            for await _ in gate { break }
            return 1
        }
        for await _ in begun { break }
        let late = (0..<100).map { number in
            reads.join("a") {
                signal.yield(2)
                return 100 + number
            }
        }
        opens.yield()
        #expect(try await first.value() == 1)
        for task in late { #expect(try await task.value() == 100, "the read of who came first is for all") }
        signal.finish()
        var later = 0
        for await _ in begun { later += 1 }
        #expect(later == 1)
    }

    @Test("a failure is the answer of those alone who waited for it, and other keys wait for nothing")
    func failing() async throws {
        let reads = JoinedReads<String, Int>()
        let (gate, opens) = AsyncStream<Void>.makeStream()
        let first = reads.join("a") {
            for await _ in gate { break }
            throw StoreError(.unavailable, "away")
        }
        let late = reads.join("a") { 2 }
        #expect(try await reads.value(of: "b") { 7 } == 7)
        opens.yield()
        await #expect(throws: StoreError.self) { try await first.value() }
        #expect(try await late.value() == 2)
        #expect(try await reads.value(of: "a") { 3 } == 3)
    }

    @Test("a read that happens once is everybody's, also when who began it has gone")
    func once() async throws {
        let read = OneRead<Int>()
        let (begun, begins) = AsyncStream.makeStream(of: Void.self)
        let (end, ends) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await read.value {
                begins.yield()
                for await _ in end { break }
                return 1
            }
        }
        for await _ in begun { break }
        first.cancel()
        let others = (0..<10).map { _ in Task { try await read.value { 2 } } }
        ends.yield()
        for other in others { #expect(try await other.value == 1) }
        #expect(try await read.value { 3 } == 1)
    }
}
