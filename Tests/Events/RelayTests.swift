import Model
import SQLiteStore
import StoreContract
import Synchronization
import Telemetry
import Testing

@testable import Events

@Suite struct RelayTests {
    @Test func `every event is delivered once, those of one key in order`() async throws {
        try await Bench.run { bench in
            try await bench.append("a1", "b1", "a2", "c1", "b2", "a3")
            await bench.round()
            #expect(bench.receiver.ids.count == 6)
            for key in ["a", "b", "c"] {
                let ids = bench.receiver.ids.filter { $0.hasPrefix(key) }
                #expect(ids == ids.sorted() && !ids.isEmpty)
            }
            await bench.round()
            #expect(bench.receiver.ids.count == 6, "nothing comes twice")
            #expect(try await bench.state() == SinkState(pending: 0, dead: 0, oldest: nil))
            #expect(bench.registry.text().contains(#"event_deliveries_total{sink="webhook",outcome="delivered"} 6"#))
        }
    }

    @Test func `a failing key waits and keeps its order; the others go on`() async throws {
        try await Bench.run { bench in
            bench.receiver.fails(["a"])
            try await bench.append("a1", "a2", "b1")
            await bench.round()
            #expect(Set(bench.receiver.ids) == ["a1", "b1"], "a2 waits for a1")
            try await bench.append("b2")
            bench.clock.advance(.seconds(4))
            await bench.round()
            #expect(bench.receiver.ids.filter { $0 == "a1" }.count == 1 && bench.receiver.ids.contains("b2"))
            bench.clock.advance(.seconds(1))
            await bench.round()
            #expect(bench.receiver.ids.filter { $0 == "a1" }.count == 2)
            bench.receiver.fails([])
            bench.clock.advance(.seconds(10))
            await bench.round()
            #expect(bench.receiver.ids.suffix(2) == ["a1", "a2"])
            #expect(bench.receiver.got.filter { $0.event.id == "a1" }.map(\.tries) == [0, 1, 2])
            #expect(try await bench.state().pending == 0)
        }
    }

    @Test func `after a day it is a dead letter, and its key goes on at once`() async throws {
        try await Bench.run { bench in
            bench.receiver.fails(["a"])
            try await bench.append("a1")
            await bench.round()
            for _ in 0..<23 {
                bench.clock.advance(.seconds(3600))
                await bench.round()
            }
            #expect(try await bench.state().dead == 0, "23 hours are no day")
            try await bench.append("a2")
            bench.clock.advance(.seconds(3600))
            await bench.round()
            let state = try await bench.state()
            #expect(state.dead == 1 && state.pending == 1)
            #expect(bench.receiver.ids.last == "a2", "it was tried as soon as a1 was given up")
            #expect(bench.registry.text().contains(#"event_deliveries_total{sink="webhook",outcome="dead"} 1"#))
        }
    }

    @Test func `what waited for a day behind a dead letter gets its five tries, not another day`() async throws {
        try await Bench.run { bench in
            bench.receiver.fails(["a"])
            try await bench.append("a1", "a2", "a3")
            await bench.round()
            bench.clock.advance(.seconds(86_400))
            await bench.round()
            for _ in 0..<11 {
                bench.clock.advance(.seconds(40))
                await bench.round()
            }
            #expect(try await bench.state() == SinkState(pending: 0, dead: 3, oldest: nil))
            #expect(bench.receiver.ids == ["a1", "a2", "a3"].flatMap { Array(repeating: $0, count: 5) })
        }
    }

    @Test func `a host that was off for a day does not give up at its first failure`() async throws {
        try await Bench.run { bench in
            bench.receiver.fails(["a"])
            try await bench.append("a1")
            await bench.round()
            bench.clock.advance(.seconds(86_400))
            await bench.round()
            #expect(bench.receiver.ids == ["a1", "a1"])
            #expect(try await bench.state().dead == 0, "the receiver may be starting too")
            bench.receiver.fails([])
            bench.clock.advance(.seconds(10))
            await bench.round()
            #expect(try await bench.state() == SinkState(pending: 0, dead: 0, oldest: nil))
        }
    }

    @Test func `a dead letter is sent again with its id, and once more for a day`() async throws {
        try await Bench.run { bench in
            bench.receiver.fails(["a", "b"], with: .refused("HTTP 410"))
            try await bench.append("a1", "b1")
            await bench.round()
            let desk = WebhookDesk(bench.store)
            let report = try await desk.list()
            #expect(report.dead == 2 && report.waiting == 0 && report.next == nil)
            #expect(Set(report.letters.map(\.id)) == ["a1", "b1"])
            #expect(report.letters.allSatisfy { $0.failure == "HTTP 410" && $0.tries == 1 })
            bench.receiver.fails([])
            #expect(try await desk.replay(["a1", "zz"]) == ["zz"], "what is none is told")
            await bench.round()
            #expect(bench.receiver.ids.last == "a1" && bench.receiver.got.last?.tries == 0)
            #expect(try await desk.list().letters.map(\.id) == ["b1"])
            bench.receiver.fails(["b"])
            #expect(try await desk.replayAll() == 1)
            bench.clock.advance(.seconds(23 * 3600))
            await bench.round()
            #expect(try await desk.list().waiting == 1, "its day began anew")
        }
    }

    @Test func `the list of dead letters has pages`() async throws {
        try await Bench.run { bench in
            bench.receiver.fails(["a", "b", "c"], with: .refused("HTTP 410"))
            try await bench.append("a1", "b1", "c1")
            await bench.round()
            let desk = WebhookDesk(bench.store)
            let first = try await desk.list(limit: 2)
            let second = try await desk.list(after: try #require(first.next), limit: 2)
            #expect((first.letters + second.letters).map(\.id) == ["a1", "b1", "c1"])
            #expect(first.dead == 3 && second.next == nil)
        }
    }

    @Test func `a wait that the receiver asks for is kept`() async throws {
        try await Bench.run(jitter: 0) { bench in
            bench.receiver.fails(["a"], with: .failed("HTTP 429", retryAfter: .seconds(60)))
            try await bench.append("a1")
            await bench.round()
            bench.clock.advance(.seconds(59))
            await bench.round()
            #expect(bench.receiver.ids == ["a1"])
            bench.clock.advance(.seconds(1))
            bench.receiver.fails([])
            await bench.round()
            #expect(bench.receiver.ids == ["a1", "a1"])
        }
    }

    @Test func `no more run at once than there are workers, and never two of one key`() async throws {
        try await Bench.run(workers: 3) { bench in
            try await bench.append("a1", "a2", "b1", "c1", "d1")
            await bench.relay.take()
            let first = await bench.relay.claim()
            #expect(first.map(\.event.id) == ["a1", "b1", "c1"])
            #expect(await bench.relay.claim().isEmpty)
            await bench.relay.deliver(first[0])
            let second = await bench.relay.claim()
            #expect(second.count == 1 && ["a2", "d1"].contains(second[0].event.id))
        }
    }

    @Test func `after a crash between sending and noting it is sent again, with the same id`() async throws {
        try await Bench.inFolder { folder in
            let clock = ManualClock()
            let first = try await Bench(folder, clock: clock)
            try await first.append("a1", "a2")
            let (sent, signal) = AsyncStream.makeStream(of: Void.self)
            first.receiver.answers { _ in
                // The receiver has it; this process will never write that down.
                try? await first.store.close()
                signal.yield()
                return .delivered
            }
            let crashed = Task { await first.round() }
            for await _ in sent { break }
            crashed.cancel()
            await crashed.value
            let second = try await Bench(folder, clock: clock)
            await second.round()
            #expect(first.receiver.ids == ["a1"] && second.receiver.ids == ["a1", "a2"])
            #expect(try await second.state().pending == 0)
            try await second.store.close()
        }
    }

    @Test func `a running relay hears of what is committed, and of the rest behind it`() async throws {
        try await Bench.run { bench in
            let (received, signal) = AsyncStream.makeStream(of: String.self)
            bench.receiver.answers { delivery in
                signal.yield(delivery.event.id)
                return .delivered
            }
            let running = Task { try await bench.relay.run() }
            try await bench.append("a1", "a2", "b1", "a3")
            var ids: [String] = []
            for await id in received {
                ids.append(id)
                if ids.count == 4 { break }
            }
            #expect(ids.filter { $0.hasPrefix("a") } == ["a1", "a2", "a3"] && ids.contains("b1"))
            running.cancel()
            try await running.value
        }
    }

    @Test func `waits grow to an hour, each up to its whole`() {
        let schedule = RetrySchedule()
        let waits = (1...12).map { schedule.wait(after: $0, jitter: 1).components.seconds }
        #expect(waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])
        #expect(schedule.wait(after: 1_000_000, jitter: 1) == .seconds(3600))
        #expect(schedule.wait(after: 3, jitter: 0.5) == .seconds(10) && schedule.wait(after: 3, jitter: 0) == .zero)
    }
}
