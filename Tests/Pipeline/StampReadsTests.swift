import Model
import StoreContract
import Synchronization
import Testing

@testable import Pipeline

/// What a host with several writers beside it asks before it serves from memory.
@Suite struct StampReadsTests {
    private static let line = LineID(connection: ConnectionID("con_1"))
    private static let other = LineID(connection: ConnectionID("con_2"))

    /// A store whose answers a test gives: for each question what it asks, and how to answer it.
    private final class Questions: Sendable {
        struct Question: Sendable {
            let lines: Set<LineID>
            let answer: CheckedContinuation<[LineID: LineStamp], any Error>
        }

        let asked: AsyncStream<Question>
        private let signal: AsyncStream<Question>.Continuation

        init() { (asked, signal) = AsyncStream.makeStream() }

        func ask(_ lines: Set<LineID>) async throws -> [LineID: LineStamp] {
            try await withCheckedThrowingContinuation { signal.yield(Question(lines: lines, answer: $0)) }
        }
    }

    private static func stamps(_ text: String) -> [LineID: LineStamp] {
        [line: LineStamp(rows: text), other: LineStamp(rows: text)]
    }

    @Test("who asks after a statement was sent does not get its answer; those who wait share the next one")
    func batches() async throws {
        let store = Questions()
        var questions = store.asked.makeAsyncIterator()
        let reads = StampReads(limit: 1, patience: .seconds(3600)) { try await store.ask($0) }
        async let early = reads.stamp(of: Self.line)
        let first = try #require(await questions.next())
        async let late = reads.stamp(of: Self.line)
        async let beside = reads.stamp(of: Self.other)
        while reads.waiting < 2 { await Task.yield() }
        first.answer.resume(returning: Self.stamps("before"))
        let second = try #require(await questions.next())
        #expect(second.lines == [Self.line, Self.other])
        second.answer.resume(returning: Self.stamps("after"))
        #expect(try await early == LineStamp(rows: "before"))
        #expect(try await late == LineStamp(rows: "after"))
        #expect(try await beside == LineStamp(rows: "after"))
    }

    @Test("a store that hangs counts as away, for later readers at once, and is asked again when it has answered")
    func hangs() async throws {
        let store = Questions()
        var questions = store.asked.makeAsyncIterator()
        let reads = StampReads(limit: 1, patience: .milliseconds(1)) { try await store.ask($0) }
        await #expect(throws: StoreError.self) { try await reads.stamp(of: Self.line) }
        let hanging = try #require(await questions.next())
        await #expect(throws: StoreError.self) { try await reads.stamp(of: Self.line) }
        hanging.answer.resume(throwing: StoreError(.unavailable, "gone"))
        while reads.isHanging { await Task.yield() }
        await #expect(throws: StoreError.self) { try await reads.stamp(of: Self.other) }
        let again = try #require(await questions.next())
        #expect(again.lines == [Self.other])
        again.answer.resume(returning: [:])
    }
}
