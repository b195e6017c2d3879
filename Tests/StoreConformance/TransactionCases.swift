import ConnectorSDK
import Dispatch
import Foundation
import Model
import RefreshProtocol
import StoreContract

private struct Objection: Error, Equatable {}

let transactionCases: [StoreCase] = [
    StoreCase("what a body throws undoes everything and comes out as it is") { store in
        let connection = Samples.connection("c1")
        do {
            try await store.write { transaction in
                try transaction.insert(connection)
                try transaction.save(Samples.active(connection), replacing: nil)
                try transaction.append(Samples.event("e1"))
                throw Objection()
            }
            throw ConformanceFailure(description: "nothing was thrown")
        } catch is Objection {}
        try await store.read {
            try requireEqual(try $0.connection(connection.id), nil)
            try requireEqual(try $0.events(organization: Samples.organization, kinds: nil, after: 0, limit: 1).count, 0)
        }
        try await store.plant(connection)
        do {
            try await store.read { _ in throw Objection() }
            throw ConformanceFailure(description: "nothing was thrown")
        } catch is Objection {}
        try requireEqual(try await store.read { try $0.connection(connection.id) }, connection)
    },
    StoreCase("a broken rule undoes everything before it") { store in
        let connection = Samples.connection("c1")
        try await requireError(.conflict) {
            try await store.write {
                try $0.insert(connection)
                try $0.insert(connection)
            }
        }
        try requireEqual(try await store.read { try $0.connection(connection.id) }, nil)
    },
    StoreCase("a transaction sees its own writes and one time") { store in
        let times = try await store.write { transaction in
            let first = transaction.now
            try transaction.insert(Samples.connection("c1"))
            try require(try transaction.connection(ConnectionID("c1")) != nil, "own write")
            return (first, transaction.now)
        }
        try requireEqual(times.0, times.1)
        try require(times.0 <= store.now, "store time goes on")
    },
    StoreCase("100 concurrent steps of one line happen one after the other") { store in
        let connection = Samples.connection("c1")
        let line = Line(
            id: LineID(connection: connection.id), organization: connection.organization, grant: GrantID("g0"),
            rotation: .singleUse)
        try await store.plant(connection, line)
        let outcomes = try await withThrowingTaskGroup(of: LineOutcome?.self) { group in
            for number in 1...100 {
                group.addTask {
                    let event = LineEvent.redeem(
                        AttemptID("a\(number)"), grant: GrantID("g\(number)"), content: Samples.content("\(number)"))
                    return try await store.write { try $0.step(line.id, event, timing: Timing())?.outcome }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try requireEqual(outcomes, Array(repeating: .applied, count: 100))
        let (found, versions) = try await store.read { (try $0.line(line.id), try $0.versions(of: line.id)) }
        try requireEqual(found?.generation, 100)
        try requireEqual(found?.fence, 100)
        try requireEqual(versions.map(\.generation), (1...100).reversed())
        try requireEqual(Set(versions.map(\.fence)).count, 100)
        try requireEqual(versions.filter { $0.status == .current }.map(\.generation), [100])
    },
    StoreCase("300 concurrent claims of one line make one attempt") { store in
        let connection = Samples.connection("c1")
        try await store.plant(connection, Samples.active(connection))
        let id = LineID(connection: connection.id)
        let claimed = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 1...300 {
                let claim = Claim(
                    attempt: AttemptID("a\(number)"), host: HostID("h"), boot: BootID("b"), need: .generation(1))
                group.addTask {
                    try await store.write { try $0.step(id, .claim(claim), timing: Timing())?.outcome == .claimed }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try requireEqual(claimed, 1)
        try requireEqual(try await store.read { try $0.line(id)?.attempts.count }, 1)
    },
    StoreCase("T1 and T2 in one transaction leave what they leave in two (PROTOCOL 10)") { store in
        let timing = Timing()
        for id in ["merged", "apart"] {
            let connection = Samples.connection(id)
            try await store.plant(connection, Samples.active(connection))
        }
        @Sendable func claim(_ id: String) -> Claim {
            Claim(attempt: AttemptID("new \(id)"), host: HostID("h"), boot: BootID("b"), need: .generation(1))
        }
        let (merged, apart) = (LineID(connection: ConnectionID("merged")), LineID(connection: ConnectionID("apart")))
        let steps = try await store.write { transaction in
            let one = try Samples.claimAndSend(merged, claim("merged"), in: transaction)
            _ = try transaction.step(apart, .claim(claim("apart")), timing: timing)
            let two = try transaction.step(apart, .send(AttemptID("new apart"), elapsed: .zero), timing: timing)
            return [one, two]
        }
        try requireEqual(steps.map { $0?.outcome }, [.sent, .sent])
        try await store.read { reader in
            let one = try requireSome(try reader.line(merged), "merged")
            let two = try requireSome(try reader.line(apart), "apart")
            try requireEqual(one.attempts.map(\.state), [.sent])
            try requireEqual(one.attempts.map(\.fence), two.attempts.map(\.fence))
            try requireEqual(one.quietAt, two.quietAt)
            try requireEqual(one.leaseUntil, two.leaseUntil)
            try requireEqual(one.openAttempt, AttemptID("new merged"))
        }
        let again = try await store.write { try Samples.claimAndSend(merged, claim("other"), in: $0) }
        try requireEqual(again?.line.attempts.count, 1, "the line is held")
    },
    StoreCase("a cancelled caller's write is done all the same (M19)") { store in
        let connection = Samples.connection("c1")
        try await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await store.plant(connection)
        }.value
        try requireEqual(try await store.read { try $0.connection(connection.id) }, connection)
    },
    StoreCase("a read sees one moment while others write") { store in
        try await store.plant(Samples.connection("c1"))
        let written = DispatchSemaphore(value: 0)
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        let filter = ConnectionFilter(organization: Samples.organization)
        async let counts = store.read { reader in
            let first = try reader.connections(filter, after: nil, limit: 9).count
            beginning.finish()
            let waited = written.wait(timeout: .now() + 10)
            try require(waited == .success, "a write does not wait for a reader")
            return [first, try reader.connections(filter, after: nil, limit: 9).count]
        }
        for await _ in begun {}
        try await store.plant(Samples.connection("c2"))
        written.signal()
        try requireEqual(try await counts, [1, 1])
        try requireEqual(try await store.read { try $0.connections(filter, after: nil, limit: 9).count }, 2)
    },
    StoreCase("another organization's connection is not found (SECURITY 34)") { store in
        let connection = Samples.connection("c1", owner: .user("ada"), name: "crm")
        try await store.plant(connection, Samples.active(connection))
        try await store.read {
            try requireEqual(try $0.connection(connection.id, of: Samples.organization), connection)
            try requireEqual(try $0.connection(connection.id, of: Samples.other), nil)
            let filter = ConnectionFilter(organization: Samples.other)
            try requireEqual(try $0.connections(filter, after: nil, limit: 9), [])
            try requireEqual(
                try $0.connection(
                    named: "crm", connector: "sandbox", owner: .user("ada"), organization: Samples.other), nil)
            try requireEqual(try $0.connectionCounts(organization: Samples.other), [])
        }
    },
    StoreCase("large values come back whole") { store in
        let big = Data((0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        var connection = Samples.connection("c1")
        connection.sealedInputs = big
        connection.metadata = String(repeating: "x", count: 65536)
        var line = Samples.active(connection)
        line.versions = [
            TokenVersion(
                generation: 1, parentGeneration: 0, grant: line.grant, attempt: AttemptID("a"), fence: 1,
                content: .init(
                    sealed: big, fingerprint: nil, receivedAt: Timestamp(milliseconds: 1), expiresAt: nil),
                status: .current)
        ]
        try await store.plant(connection, line)
        let (id, expected) = (line.id, connection)
        try requireEqual(try await store.read { try $0.connection(id.connection) } == expected, true)
        try requireEqual(try await store.read { try $0.line(id)?.current?.content.sealed } == big, true)
    },
    StoreCase(opening: "a closed store refuses, and everything is there when it is opened again") { open in
        let store = try await open()
        let connection = Samples.connection("c1")
        let line = Samples.active(connection)
        try await store.plant(connection, line)
        try await store.check()
        try await store.close()
        try await store.close()
        try await requireError(.unavailable) { try await store.plant(Samples.connection("c2")) }
        try await requireError(.unavailable) { _ = try await store.read { try $0.connection(connection.id) } }
        try await requireError(.unavailable) { try await store.check() }
        let again = try await open()
        try requireEqual(try await again.read { try $0.connection(connection.id) }, connection)
        try requireEqual(try await again.read { try $0.line(line.id) }, line)
        try await again.close()
    },
]
