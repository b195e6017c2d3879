import Model
import StoreContract

let deliveryCases: [StoreCase] = [
    StoreCase("a sink has what is appended after it was opened, and takes it once, in order") { store in
        try await store.write {
            try $0.append(Samples.event("before"))
            try $0.openSink(sink)
            for number in 1...3 { try $0.append(event("\(number)", key: "c\(number)")) }
            try $0.openSink(sink)
        }
        try requireEqual(try await store.read { try $0.sinkPosition(sink) }, 1)
        try requireEqual(try await store.read { try $0.sinkPosition("other") }, nil)
        try requireEqual(try await store.write { try $0.takeEvents(for: sink, limit: 2) }, 2)
        try requireEqual(try await store.read { try $0.sinkPosition(sink) }, 3)
        try requireEqual(try await store.write { try $0.takeEvents(for: sink, limit: 2) }, 1)
        try requireEqual(try await store.write { try $0.takeEvents(for: sink, limit: 2) }, 0)
        let due = try await store.due()
        try requireEqual(due.map(\.sequence), [2, 3, 4])
        try requireEqual(due.map(\.event), (1...3).map { event("\($0)", key: "c\($0)") })
        try require(due.allSatisfy { $0.sink == sink && $0.tries == 0 && $0.dueAt == $0.takenAt }, "\(due)")
        try requireEqual(try await store.read { try $0.dueDeliveries(of: sink, limit: 1).count }, 1)
        try await requireError(.missing) { _ = try await store.write { try $0.takeEvents(for: "other", limit: 2) } }
    },
    StoreCase("of each key only the first that is not done is due; others do not wait for it") { store in
        try await store.take(["a1": "a", "a2": "a", "b1": "b"])
        try requireEqual(try await store.dueIDs(), ["a1", "b1"])
        try await store.settle("a1") { try $0.retry($1, at: $0.now + .seconds(3600), after: "HTTP 503") }
        try requireEqual(try await store.dueIDs(), ["b1"])
        try await store.take(["a3": "a", "c1": "c"])
        try requireEqual(try await store.dueIDs(), ["b1", "c1"])
        try await store.settle("b1") { try $0.finish($1) }
        try requireEqual(try await store.dueIDs(), ["c1"])
        let state = try await store.read { try $0.sinkState(sink) }
        try requireEqual(state.pending, 4)
        try requireEqual(state.dead, 0)
    },
    StoreCase("a failed delivery comes back when its time has come, with what became of it") { store in
        try await store.take(["a1": "a", "a2": "a"])
        try await store.settle("a1") { try $0.retry($1, at: $0.now, after: "HTTP 503") }
        let again = try requireSome(try await store.due().first, "it is due")
        try requireEqual([again.event.id, again.failure, "\(again.tries)"], ["a1", "HTTP 503", "1"])
        try await store.settle("a1") { try $0.finish($1) }
        try requireEqual(try await store.dueIDs(), ["a2"])
        try await store.settle("a2") { try $0.finish($1) }
        try requireEqual(try await store.dueIDs(), [])
        // A second note of one delivery, after an acknowledgement that was lost.
        try await store.write { transaction in
            try transaction.finish(again)
            try transaction.retry(again, at: transaction.now, after: "late")
            try transaction.bury(again, after: "late")
        }
        try requireEqual(try await store.read { try $0.sinkState(sink) }, SinkState(pending: 0, dead: 0, oldest: nil))
    },
    StoreCase("a dead letter lets the next of its key go, outlives its event, and is replayed in its place") { store in
        try await store.take(["a1": "a", "a2": "a", "a3": "a", "b1": "b"])
        for id in ["a1", "a2", "b1"] { try await store.settle(id) { try $0.bury($1, after: "HTTP 500") } }
        try requireEqual(try await store.dueIDs(), ["a3"])
        try await store.write { try $0.eraseEvents(before: .init(milliseconds: .max)) }
        let letters = try await store.read { try $0.deadLetters(of: sink, after: 0, limit: 9) }
        try requireEqual(letters.map(\.event.id), ["a1", "a2", "b1"])
        try requireEqual(letters.map(\.failure), ["HTTP 500", "HTTP 500", "HTTP 500"])
        try require(letters.allSatisfy { $0.deadAt != nil && $0.dueAt == nil && $0.tries == 1 }, "\(letters)")
        try requireEqual(
            try await store.read { try $0.deadLetters(of: sink, after: letters[0].sequence, limit: 1) }, [letters[1]])
        try requireEqual(try await store.read { try $0.deadLetters(of: "other", after: 0, limit: 9) }, [])
        try requireEqual(try await store.read { try $0.sinkState(sink) }.dead, 3)
        let found = try await store.write { try $0.replay(["a1", "a2", "a3", "nobody"], of: sink) }
        try requireEqual(found, ["a1", "a2"])
        try requireEqual(try await store.dueIDs(), ["a1"], "a3 waits for what is before it again")
        for id in ["a1", "a2", "a3"] { try await store.settle(id) { try $0.finish($1) } }
        try requireEqual(try await store.write { try $0.replay(nil, of: sink) }, ["b1"])
        let fresh = try requireSome(try await store.due().first, "b1 is due")
        try require(
            fresh.event.id == "b1" && fresh.tries == 0 && fresh.failure == nil && fresh.deadAt == nil, "\(fresh)")
        try requireEqual(try await store.read { try $0.sinkState(sink) }.dead, 0)
    },
    StoreCase("one that is under way while an earlier one is replayed waits for it when it fails") { store in
        try await store.take(["a1": "a", "a2": "a"])
        try await store.settle("a1") { try $0.bury($1, after: "HTTP 500") }
        let underWay = try requireSome(try await store.due().first, "a2 is due")
        _ = try await store.write { try $0.replay(nil, of: sink) }
        try await store.write { try $0.retry(underWay, at: $0.now, after: "HTTP 503") }
        try requireEqual(try await store.dueIDs(), ["a1"])
        try await store.settle("a1") { try $0.finish($1) }
        try requireEqual(try await store.dueIDs(), ["a2"])
    },
    StoreCase("the oldest undelivered event is that of the outbox or of a delivery") { store in
        func oldest() async throws -> Timestamp? { try await store.read { try $0.sinkState(sink).oldest } }
        try requireEqual(try await oldest(), nil)
        try await store.write {
            try $0.openSink(sink)
            try $0.append(event("a1", key: "a", at: 5))
            try $0.append(event("a2", key: "a", at: 7))
        }
        try requireEqual(try await oldest(), Timestamp(milliseconds: 5))
        _ = try await store.write { try $0.takeEvents(for: sink, limit: 1) }
        try requireEqual(try await oldest(), Timestamp(milliseconds: 5))
        try await store.settle("a1") { try $0.bury($1, after: "x") }
        try requireEqual(try await oldest(), Timestamp(milliseconds: 7), "a dead letter is no longer waited for")
    },
    StoreCase("deliveries and dead letters go when they are old, and nothing waits for what is gone") { store in
        try await store.take(["a1": "a", "b1": "b"])
        try await store.settle("b1") { try $0.bury($1, after: "x") }
        try await store.write { try $0.eraseDeliveries(takenBefore: $0.now - .seconds(60)) }
        try requireEqual(try await store.read { try $0.sinkState(sink) }.pending, 1)
        try requireEqual(try await store.read { try $0.sinkState(sink) }.dead, 1)
        let old = try requireSome(try await store.due().first, "a1 is due").takenAt
        while store.now <= old { await Task.yield() }
        try await store.take(["a2": "a"])
        try requireEqual(try await store.dueIDs(), ["a1"])
        try await store.write { try $0.eraseDeliveries(takenBefore: old + .milliseconds(1)) }
        try requireEqual(try await store.read { try $0.deadLetters(of: sink, after: 0, limit: 9) }, [])
        try requireEqual(try await store.dueIDs(), ["a2"])
    },
]

private let sink = "webhook"

private func event(_ id: String, key: String, at milliseconds: Int64 = 1000) -> EventRecord {
    EventRecord(
        id: id, kind: .tokenRefreshed, organization: Samples.organization, connector: "sandbox",
        connection: ConnectionID(key), owner: "user:ada", generation: 3, epoch: 1, reason: "refused",
        at: Timestamp(milliseconds: milliseconds))
}

extension Store {
    /// Events in the outbox, by id and key, and taken for the sink.
    fileprivate func take(_ events: KeyValuePairs<String, String>) async throws {
        let all = events.map { event($0.key, key: $0.value) }
        try await write {
            try $0.openSink(sink)
            for event in all { try $0.append(event) }
            try requireEqual(try $0.takeEvents(for: sink, limit: 100), all.count)
        }
    }

    fileprivate func due() async throws -> [Delivery] {
        try await read { try $0.dueDeliveries(of: sink, limit: 100).sorted { $0.sequence < $1.sequence } }
    }

    fileprivate func dueIDs() async throws -> [String] { try await due().map(\.event.id) }

    /// Settles one that is due.
    fileprivate func settle(
        _ id: String, _ body: @escaping @Sendable (any StoreTransaction, Delivery) throws -> Void
    ) async throws {
        let delivery = try requireSome(try await due().first { $0.event.id == id }, "\(id) is due")
        try await write { try body($0, delivery) }
    }
}
