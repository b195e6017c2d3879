import Model
import StoreContract

let claimCases: [StoreCase] = [
    StoreCase("of the lines that are asked for, those that are due are claimed, once until that time") { store in
        let now = store.now
        for (id, due) in [("c1", now - .seconds(20)), ("c2", now - .seconds(10)), ("c3", now + .seconds(3600))] {
            let connection = Samples.connection(id)
            try await store.plant(connection, Samples.active(connection, dueAt: due))
        }
        let all = Set(["c1", "c2", "c3", "gone"].map { LineID(connection: ConnectionID($0)) })
        let (one, two) = (LineID(connection: ConnectionID("c1")), LineID(connection: ConnectionID("c2")))
        let until = now + .seconds(3600)
        try requireEqual(try await store.write { try $0.claim(lines: [one], until: until) }, [one])
        try requireEqual(try await store.write { try $0.claim(lines: all, until: until) }, [two])
        try requireEqual(try await store.write { try $0.claim(lines: [], until: until) }, [])
        try requireEqual(try await store.read { try $0.dueLines(of: nil, limit: 9).map(\.id) }, [])
        // Saved, it is due when it says.
        try await store.change(one) { $0.reports += 1 }
        try requireEqual(try await store.read { try $0.dueLines(of: nil, limit: 9).map(\.id) }, [one])
    },
    StoreCase("a claim that has run out is another's; one that ended early gives back what nobody has moved since") {
        store in
        let now = store.now
        let connection = Samples.connection("c1")
        let id = LineID(connection: connection.id)
        try await store.plant(connection, Samples.active(connection, dueAt: now - .seconds(20)))
        let past = now - .seconds(1)
        try requireEqual(try await store.write { try $0.claim(lines: [id], until: past) }, [id])
        let claim = now + .seconds(3600)
        try requireEqual(try await store.write { try $0.claim(lines: [id], until: claim) }, [id])
        try await store.write { try $0.release(id, claimedUntil: past, dueAt: now) }
        try requireEqual(try await store.read { try $0.dueLines(of: nil, limit: 9).map(\.id) }, [])
        try await store.write { try $0.release(id, claimedUntil: claim, dueAt: now) }
        try requireEqual(try await store.read { try $0.dueLines(of: nil, limit: 9).map(\.id) }, [id])
        try await store.write { try $0.postpone(id, until: now + .seconds(99), fence: nil) }
        try await store.write { try $0.release(id, claimedUntil: claim, dueAt: now) }
        try requireEqual(try await store.read { try $0.dueLines(of: nil, limit: 9).map(\.id) }, [])
    },
    StoreCase("a revocation that is due is claimed once, and comes up again after its claim") { store in
        let now = store.now
        for id in ["c1", "c2"] {
            var connection = Samples.connection(id)
            connection.revocation = id == "c1" ? .pending : .done
            try await store.plant(connection)
        }
        let (one, both) = (ConnectionID("c1"), Set(["c1", "c2"].map { ConnectionID($0) }))
        func claim(until time: Timestamp) async throws -> Set<ConnectionID> {
            try await store.write { try $0.claim(revocations: both, until: time) }
        }
        try requireEqual(try await claim(until: now - .seconds(1)), [one])
        try requireEqual(try await claim(until: now + .seconds(3600)), [one])
        try requireEqual(try await claim(until: now + .seconds(3600)), [])
        try requireEqual(try await store.read { try $0.connectionsAwaitingRevocation(of: nil, limit: 9) }, [])
    },
    StoreCase("of each key the first delivery is claimed; nothing of it goes on before that has ended") { store in
        try await store.take("a1", "a2", "b1")
        let until = store.now + .seconds(3600)
        let claimed = try await store.claim(until: until)
        try requireEqual(claimed.map(\.event.id), ["a1", "b1"])
        try require(claimed.allSatisfy { $0.claimedUntil == until && $0.dueAt == until }, "\(claimed)")
        try requireEqual(try await store.claim(until: until), [])
        try await store.write { try $0.finish(claimed[0]) }
        try requireEqual(try await store.claim(until: until).map(\.event.id), ["a2"])
        try await store.write { try $0.retry(claimed[1], at: $0.now, after: "HTTP 503") }
        try requireEqual(try await store.claim(until: until).map(\.tries), [1])
    },
    StoreCase("a delivery that another has claimed since is the other's to note") { store in
        try await store.take("a1", "a2")
        let first = try await store.claim(until: store.now - .seconds(1))[0]
        let second = try await store.claim(until: store.now + .seconds(3600))[0]
        try requireEqual(second.sequence, first.sequence)
        try await store.write { transaction in
            try transaction.finish(first)
            try transaction.bury(first, after: "late")
            try transaction.retry(first, at: transaction.now, after: "late")
        }
        try requireEqual(try await store.claim(until: store.now + .seconds(3600)), [], "its key waits")
        try requireEqual(
            try await store.read { try $0.sinkState(sink) }, SinkState(pending: 2, dead: 0, oldest: moment))
        try await store.write { try $0.finish(second) }
        try requireEqual(try await store.claim(until: store.now + .seconds(3600)).map(\.event.id), ["a2"])
    },
    StoreCase("a turn is one host's until its time or its end, and is kept by asking again") { store in
        let (one, two) = (HostID("one"), HostID("two"))
        func take(_ work: String, _ host: HostID, for lease: Duration = .seconds(3600)) async throws -> Bool {
            try await store.write { try $0.takeTurn(work, by: host, for: lease) }
        }
        try requireEqual(try await take("erase", one), true)
        try requireEqual(try await take("erase", two), false)
        try requireEqual(try await take("erase", one), true)
        try requireEqual(try await take("deletion/org", two), true)
        try await store.write { try $0.endTurn("erase", of: two) }
        try requireEqual(try await take("erase", two), false)
        try await store.write { try $0.endTurn("erase", of: one) }
        try requireEqual(try await take("erase", two, for: .seconds(-1)), true)
        // Its host has died: the time is over.
        try requireEqual(try await take("erase", one), true)
    },
]

private let sink = "webhook"
private let moment = Timestamp(milliseconds: 1000)

extension Store {
    /// Events in the outbox, whose first letter is their key, taken for the sink.
    fileprivate func take(_ ids: String...) async throws {
        try await write { transaction in
            try transaction.openSink(sink)
            for id in ids {
                try transaction.append(
                    EventRecord(
                        id: id, kind: .tokenRefreshed, organization: Samples.organization, connector: "sandbox",
                        connection: ConnectionID(String(id.prefix(1))), epoch: 1, at: moment))
            }
            _ = try transaction.takeEvents(for: sink, limit: 100)
        }
    }

    fileprivate func claim(until time: Timestamp) async throws -> [Delivery] {
        try await write { try $0.claimDeliveries(of: sink, limit: 100, until: time) }
    }
}
