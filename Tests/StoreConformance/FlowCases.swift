import ConnectorSDK
import Foundation
import Model
import StoreContract

let flowCases: [StoreCase] = [
    StoreCase("the newest authorization of a connection that has ended is found") { store in
        let (one, two) = (Samples.connection("c1"), Samples.connection("c2"))
        for connection in [one, two] { try await store.plant(connection, Samples.active(connection)) }
        try await store.write { transaction in
            for (id, connection, result) in [
                ("f1", one, "denied"), ("f2", one, nil), ("f3", two, "failed:provider_error"),
            ] as [(String, ConnectionRecord, String?)] {
                var flow = Samples.flow(id, of: connection)
                flow.result = result
                try transaction.insert(flow)
            }
        }
        try requireEqual(try await store.read { try $0.lastEndedFlow(of: one.id)?.id }, FlowID("f1"))
        try requireEqual(try await store.read { try $0.lastEndedFlow(of: two.id)?.result }, "failed:provider_error")
        try requireEqual(try await store.read { try $0.lastEndedFlow(of: ConnectionID("c3")) == nil }, true)
    },
    StoreCase("a flow comes back with every field, by id, state and ticket") { store in
        let connection = Samples.connection("c1")
        let flow = Samples.flow("f1", of: connection)
        try await store.plant(connection)
        try await store.write {
            try $0.insert(flow)
            try $0.insert(Samples.flow("f2", of: connection))
        }
        var used = flow
        used.cookieHash = Data([1])
        used.ticketUsedAt = Timestamp(milliseconds: 5)
        used.usedAt = Timestamp(milliseconds: 6)
        used.result = "failed:refused"
        let changed = used
        try requireEqual(try await store.read { try $0.flow(flow.id) }, flow)
        try await store.write { try $0.update(changed) }
        try await store.read {
            try requireEqual(try $0.flow(flow.id), changed)
            try requireEqual(try $0.flow(stateHash: flow.stateHash), changed)
            try requireEqual(try $0.flow(ticketHash: flow.ticketHash), changed)
            try requireEqual(try $0.flow(stateHash: flow.ticketHash), nil)
        }
        let twin = Samples.flow("f1", of: connection, hashes: "twin")
        try await requireError(.conflict, rule: .flowID) { try await store.write { try $0.insert(twin) } }
        try await requireError(.missing) {
            try await store.write { try $0.update(Samples.flow("f9", of: connection)) }
        }
        try await requireError(.missing) {
            try await store.write { try $0.insert(Samples.flow("f3", of: Samples.connection("nowhere"))) }
        }
    },
    StoreCase("a state and a ticket belong to one flow (SECURITY 2)") { store in
        let connection = Samples.connection("c1")
        try await store.plant(connection)
        try await store.write { try $0.insert(Samples.flow("f1", of: connection)) }
        for (rule, state, ticket) in [
            (StoreRule.stateHash, "state f1", "new"), (.ticketHash, "new", "ticket f1"),
        ] {
            let twin = FlowRecord(
                id: FlowID("f2"), organization: connection.organization, connection: connection.id,
                connector: "sandbox", client: "default", startedBy: "user:eve", stateHash: Data(state.utf8),
                ticketHash: Data(ticket.utf8), redirectURI: "", sealedVerifier: nil, scopes: [], inputs: [:],
                sealedInputs: nil, loginHint: nil, returnTo: nil, createdAt: .distantPast, expiresAt: .distantPast)
            try await requireError(.conflict, rule: rule) { try await store.write { try $0.insert(twin) } }
        }
    },
    StoreCase("device authorizations are polled when they are due, until they end") { store in
        let connection = Samples.connection("c1")
        try await store.plant(connection)
        let now = store.now
        func device(_ id: String, at time: Timestamp) -> FlowRecord {
            var flow = Samples.flow(id, of: connection)
            flow.device = FlowRecord.Device(sealedCode: Data(id.utf8), interval: .seconds(5), pollAt: time)
            return flow
        }
        var ended = device("ended", at: now - .seconds(9))
        ended.result = "denied"
        let flows = [
            device("late", at: now - .seconds(1)), device("later", at: now + .seconds(3600)), ended,
            device("early", at: now - .seconds(5)), Samples.flow("browser", of: connection),
        ]
        try await store.write { for flow in flows { try $0.insert(flow) } }
        let due = { try await store.read { try $0.flowsToPoll(of: nil, limit: 9) } }
        try requireEqual(try await due(), [flows[3], flows[0]])
        try requireEqual(try await store.read { try $0.flowsToPoll(of: nil, limit: 1) }, [flows[3]])
        var moved = flows[3]
        moved.device?.interval = .seconds(10)
        moved.device?.pollAt = now + .seconds(3600)
        let polled = moved
        try await store.write { try $0.update(polled) }
        try requireEqual(try await due(), [flows[0]])
        try requireEqual(try await store.read { try $0.flow(polled.id) }, polled)
    },
    StoreCase("a renewal that nobody attends comes back with what it brings and what it replaces") { store in
        let connection = Samples.connection("c1")
        try await store.plant(connection)
        for (id, grant) in [("sealed", Data("grant".utf8)), ("bare", nil)] {
            var flow = Samples.flow(id, of: connection)
            flow.renewal = FlowRecord.Renewal(
                grantType: "jwt_bearer", sealedGrant: grant, replaces: GrantID("grant_old"))
            let stored = flow
            try await store.write { try $0.insert(stored) }
            var ended = stored
            ended.usedAt = Timestamp(milliseconds: 5)
            ended.result = "failed:revision_conflict"
            let changed = ended
            try await store.write { try $0.update(changed) }
            try requireEqual(try await store.read { try $0.flow(changed.id) }, changed)
        }
    },
    StoreCase("flows are erased once they ended or expired") { store in
        let connection = Samples.connection("c1")
        try await store.plant(connection)
        var (ended, recent, used) = (
            Samples.flow("ended", of: connection), Samples.flow("recent", of: connection),
            Samples.flow("used", of: connection)
        )
        ended.usedAt = Timestamp(milliseconds: 999)
        ended.result = "connected"
        recent.usedAt = Timestamp(milliseconds: 1000)
        recent.result = "denied"
        used.usedAt = Timestamp(milliseconds: 999)
        let flows = [
            ended, recent, used, Samples.flow("open", of: connection),
            Samples.flow("expired", of: connection, expiresAt: 999),
        ]
        try await store.write { for flow in flows { try $0.insert(flow) } }
        let erased = try await store.write {
            try $0.eraseFlows(endedBefore: Timestamp(milliseconds: 1000), unansweredBefore: .distantPast, limit: 9)
        }
        try requireEqual(erased, 2)
        let left = try await store.read { reader in try flows.filter { try reader.flow($0.id) != nil } }
        try requireEqual(left.map(\.id.description), ["recent", "used", "open"])
    },
    StoreCase("flows are erased a few at a time, the oldest first, each time with what they leave behind") { store in
        let connections = (1...3).map { Samples.connection("c\($0)") }
        for (connection, end) in zip(connections, [Int64(30), 10, 20]) {
            try await store.plant(connection)
            try await store.write {
                try $0.insert(Samples.flow("of \(connection.id)", of: connection, expiresAt: end))
            }
        }
        for (count, left) in [(2, ["c1"]), (1, []), (0, [])] as [(Int, [String])] {
            let erased = try await store.write {
                try $0.eraseFlows(endedBefore: Timestamp(milliseconds: 1000), unansweredBefore: .distantPast, limit: 2)
            }
            try requireEqual(erased, count)
            let found = try await store.read { reader in
                try connections.filter { try reader.connection($0.id) != nil }
            }
            try requireEqual(found.map(\.id.description), left)
        }
    },
    StoreCase("an authorization is open until it has ended or expired") { store in
        let (connection, other) = (Samples.connection("c1"), Samples.connection("c2"))
        let isOpen = { try await store.read { try $0.hasOpenFlow(connection.id) } }
        for connection in [connection, other] { try await store.plant(connection) }
        let soon = store.now.milliseconds + 3_600_000
        try await store.write {
            try $0.insert(Samples.flow("expired", of: connection))
            try $0.insert(Samples.flow("another's", of: other, expiresAt: soon))
        }
        try requireEqual(try await isOpen(), false)
        var flow = Samples.flow("open", of: connection, expiresAt: soon)
        let begun = flow
        try await store.write { try $0.insert(begun) }
        try requireEqual(try await isOpen(), true)
        flow.usedAt = Timestamp(milliseconds: 5)
        flow.result = "denied"
        let ended = flow
        try await store.write { try $0.update(ended) }
        try requireEqual(try await isOpen(), false)
    },
    StoreCase("a flow whose answer is missing stays longer, and holds its connection") { store in
        let connection = Samples.connection("c1")
        try await store.plant(connection)
        var flow = Samples.flow("f1", of: connection, expiresAt: 500)
        flow.usedAt = Timestamp(milliseconds: 100)
        let presented = flow
        try requireEqual(try await store.read { try $0.isExchanging(connection.id) }, false)
        try await store.write { try $0.insert(presented) }
        try requireEqual(try await store.read { try $0.isExchanging(connection.id) }, true)
        for (longAgo, left) in [(Int64(500), true), (501, false)] {
            _ = try await store.write {
                try $0.eraseFlows(
                    endedBefore: Timestamp(milliseconds: 1000), unansweredBefore: Timestamp(milliseconds: longAgo),
                    limit: 9)
            }
            try requireEqual(try await store.read { try $0.flow(presented.id) != nil }, left, "at \(longAgo)")
        }
        try requireEqual(try await store.read { try $0.isExchanging(connection.id) }, false)
    },
    StoreCase("with its last flow goes a connection that never got a grant, and no other") { store in
        let names = ["abandoned", "filled", "trying", "waiting", "refused"]
        let connections = names.map { Samples.connection($0) }
        for connection in connections {
            let line = Line(
                id: LineID(connection: connection.id), organization: connection.organization, grant: GrantID("g"),
                rotation: .static)
            try await store.plant(connection, connection.id.description == "filled" ? Samples.active(connection) : line)
            try await store.write { try $0.insert(Samples.flow("of \(connection.id)", of: connection, expiresAt: 10)) }
        }
        try await store.write {
            try $0.insert(Samples.flow("second", of: connections[3]))
        }
        try await store.change(LineID(connection: connections[2].id)) { line in
            line.attempts = [Samples.attempt("a", of: line, state: .ambiguous)]
        }
        try await store.change(LineID(connection: connections[4].id)) { line in
            line.attempts = [Samples.attempt("r", of: line, state: .rejected, purpose: .exchange)]
        }
        _ = try await store.write {
            try $0.eraseFlows(endedBefore: Timestamp(milliseconds: 1000), unansweredBefore: .distantPast, limit: 9)
        }
        let left = try await store.read { reader in try connections.filter { try reader.connection($0.id) != nil } }
        try requireEqual(left.map(\.id.description), ["filled", "trying", "waiting"])
        try requireEqual(try await store.read { try $0.line(LineID(connection: connections[0].id)) }, nil)
    },
]
