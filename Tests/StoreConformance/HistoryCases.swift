import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import StoreContract

extension StoreTransaction {
    /// Of all connections.
    fileprivate func eraseHistory(before time: Timestamp) throws {
        try requireEqual(try eraseHistory(before: time, after: nil, limit: 1000), nil)
    }
}

extension Samples {
    /// One came a tenth of a second after the other.
    fileprivate static func ofThirtyGenerations(_ connection: ConnectionRecord) -> Line {
        var line = active(connection)
        line.generation = 30
        line.versions = (1...30).map { generation in
            version(
                generation, of: line, attempt: "v\(generation)", status: generation == 30 ? .current : .superseded,
                receivedAt: generation * 100)
        }
        return line
    }
}

let historyCases: [StoreCase] = [
    StoreCase("erasing history keeps ten generations and what a pending attempt presented") { store in
        let connection = Samples.connection("c1")
        var line = Samples.ofThirtyGenerations(connection)
        line.attempts = (1...30).map { generation in
            Samples.attempt("v\(generation) of \(line.id)", of: line, state: .done, generationIn: generation - 1)
        }
        var unheard = Samples.attempt("unheard", of: line, state: .ambiguous, generationIn: 5)
        unheard.holderClear = false
        let silent = unheard
        line.attempts += [silent, Samples.attempt("heard", of: line, state: .ambiguous, generationIn: 6)]
        try await store.plant(connection, line)
        let id = line.id
        try await store.write { try $0.eraseHistory(before: Timestamp(milliseconds: 1501)) }
        let left = try await store.read { try $0.versions(of: id).map(\.generation) }
        try requireEqual(left, (16...30).reversed() + [5], "by time")
        try await store.write { try $0.eraseHistory(before: Timestamp(milliseconds: 100_000)) }
        let ten = try await store.read { try $0.versions(of: id).map(\.generation) }
        try requireEqual(ten, (21...30).reversed() + [5], "the newest ten, and the one that is not answered yet")
        try await store.read { reader in
            try requireEqual(try reader.attempt(AttemptID("heard")), nil)
            try requireEqual(try reader.attempt(silent.id), silent)
            for generation in 1...30 {
                let kept = try reader.attempt(AttemptID("v\(generation) of \(id)")) != nil
                try requireEqual(kept, generation > 20 || generation == 5, "attempt of generation \(generation)")
            }
        }
    },
    StoreCase("erasing history keeps what was imported, so that it is refused as long as its connection is there") {
        store in
        let connection = Samples.connection("c1")
        var line = Samples.ofThirtyGenerations(connection)
        let imported = Samples.version(0, of: line, attempt: "import-v1", status: .superseded, receivedAt: 50)
        // One that brought nothing, and that nothing would be told apart by.
        var buried = Samples.version(1, of: line, attempt: "import-v2", status: .dead, receivedAt: 60)
        buried.content.fingerprint = nil
        line.versions += [imported, buried]
        try await store.plant(connection, line)
        let id = line.id
        let fingerprint = try requireSome(imported.content.fingerprint, "its fingerprint")
        try await store.write { try $0.eraseHistory(before: Timestamp(milliseconds: 100_000)) }
        try await store.read { reader in
            try requireEqual(try reader.versions(of: id).map(\.generation), (21...30).reversed() + [0])
            try requireEqual(try reader.connection(withFingerprint: fingerprint), id.connection)
        }
    },
    StoreCase("an ambiguous attempt of an earlier generation is kept as long as its line waits in VERIFY") { store in
        for (name, state) in [("c1", LineState.verify), ("c2", .active)] {
            let connection = Samples.connection(name)
            var line = Samples.active(connection)
            line.state = state
            line.attempts = [
                Samples.attempt("presented of \(name)", of: line, state: .ambiguous, generationIn: 0),
                Samples.attempt("last of \(name)", of: line, state: .notSent),
            ]
            try await store.plant(connection, line)
        }
        try await store.write { try $0.eraseHistory(before: Timestamp(milliseconds: 100_000)) }
        let left = try await store.read { reader in
            try ["presented of c1", "presented of c2"].filter { try reader.attempt(AttemptID($0)) != nil }
        }
        try requireEqual(left, ["presented of c1"])
    },
    StoreCase("erasing history keeps unresolved attempts, young ones and a line's last attempt") { store in
        let connection = Samples.connection("c1")
        var line = Samples.active(connection)
        var young = Samples.attempt("young", of: line, state: .rejected)
        young.closedAt = Timestamp(milliseconds: 5000)
        line.attempts = [
            Samples.attempt("old", of: line, state: .rejected), young,
            Samples.attempt("unresolved", of: line, state: .ambiguous),
            Samples.attempt("other grant", of: line, state: .ambiguous, generationIn: 0),
            Samples.attempt("last", of: line, state: .notSent),
        ]
        try await store.plant(connection, line)
        try await store.write { try $0.eraseHistory(before: Timestamp(milliseconds: 1000)) }
        let left = try await store.read { reader in
            try ["old", "young", "unresolved", "other grant", "last"].filter {
                try reader.attempt(AttemptID($0)) != nil
            }
        }
        try requireEqual(left, ["young", "unresolved", "last"])
    },
    StoreCase("a hand-over is kept as long as its grant, also when a store that went back moved the generation") {
        store in
        let connection = Samples.connection("c1")
        var line = Samples.active(connection)
        let earlier = Line(id: line.id, organization: line.organization, grant: GrantID("earlier"), rotation: .static)
        line.attempts = [
            Samples.attempt("given", of: line, state: .ambiguous, purpose: .handOver),
            Samples.attempt("given before", of: earlier, state: .ambiguous, purpose: .handOver),
        ]
        try await store.plant(connection, line)
        let id = line.id
        try await store.write {
            _ = try $0.step(id, .storeWentBack(epoch: 3), timing: Timing())
            try $0.eraseHistory(before: Timestamp(milliseconds: 100_000))
        }
        let left = try requireSome(try await store.read { try $0.line(id) }, "the line")
        try requireEqual(left.attempts.map(\.id.description), ["given"])
        try require(left.isHandedOver, "\(left)")
    },
    StoreCase("a candidate goes 30 days after its grant, unless its revocation is pending (I4)") { store in
        let now = store.now
        let connection = Samples.connection("c1")
        var line = Samples.active(connection)
        let earlier = Line(id: line.id, organization: line.organization, grant: GrantID("earlier"), rotation: .static)
        let (old, recent) = ((now - .seconds(31 * 86400)).milliseconds, (now - .seconds(29 * 86400)).milliseconds)
        line.versions += [
            Samples.version(2, of: earlier, attempt: "old", status: .candidate, receivedAt: old),
            Samples.version(3, of: earlier, attempt: "pending", status: .candidate, receivedAt: old),
            Samples.version(4, of: earlier, attempt: "recent", status: .candidate, receivedAt: recent),
            Samples.version(5, of: line, attempt: "own", status: .candidate, receivedAt: old),
        ]
        line.versions[2].revocationPending = true
        try await store.plant(connection, line)
        try await store.write { try $0.eraseHistory(before: now) }
        let id = line.id
        try requireEqual(try await store.read { try $0.versions(of: id).map(\.generation) }, [5, 4, 3, 1])
    },
    StoreCase("history is erased of so many connections, then of those behind them") { store in
        for name in ["c1", "c2", "c3"] {
            let connection = Samples.connection(name)
            var line = Samples.active(connection)
            line.attempts = [
                Samples.attempt("old of \(name)", of: line, state: .rejected),
                Samples.attempt("last of \(name)", of: line, state: .rejected),
            ]
            try await store.plant(connection, line)
        }
        @Sendable func left() async throws -> [String] {
            try await store.read { reader in
                try ["c1", "c2", "c3"].filter { try reader.attempt(AttemptID("old of \($0)")) != nil }
            }
        }
        let time = Timestamp(milliseconds: 100_000)
        let first = try await store.write { try $0.eraseHistory(before: time, after: nil, limit: 2) }
        try requireEqual(first, ConnectionID("c2"))
        try requireEqual(try await left(), ["c3"])
        let second = try await store.write { try $0.eraseHistory(before: time, after: first, limit: 2) }
        try requireEqual(second, nil, "there are no more")
        try requireEqual(try await left(), [])
        let third = try await store.write { try $0.eraseHistory(before: time, after: ConnectionID("c3"), limit: 2) }
        try requireEqual(third, nil, "behind the last")
    },
    StoreCase("history is erased from where it ended before, and from the first connection after the last") { store in
        @Sendable func plant(_ names: [String], _ round: String) async throws {
            for name in names {
                let connection = Samples.connection(name)
                let line = Samples.active(connection)
                var changed = line
                changed.attempts = [
                    Samples.attempt("old \(round) of \(name)", of: line, state: .rejected),
                    Samples.attempt("last \(round) of \(name)", of: line, state: .rejected),
                ]
                let (old, new) = (line, changed)
                if round == "a" { try await store.plant(connection, line) }
                try await store.write { try $0.save(new, replacing: old) }
            }
        }
        @Sendable func erase(leaving expected: [String], isOver: Bool) async throws {
            let over = try await store.write {
                try $0.eraseNextHistory(before: Timestamp(milliseconds: 100_000), limit: 2)
            }
            try requireEqual(over, isOver, "\(expected)")
            let left = try await store.read { reader in
                try ["a of c1", "a of c2", "a of c3", "b of c1"].filter {
                    try reader.attempt(AttemptID("old \($0)")) != nil
                }
            }
            try requireEqual(left, expected)
        }
        try await plant(["c1", "c2", "c3"], "a")
        try await erase(leaving: ["a of c3"], isOver: false)
        try await plant(["c1"], "b")
        try await erase(leaving: ["b of c1"], isOver: true)
        try await erase(leaving: [], isOver: false)
    },
]
