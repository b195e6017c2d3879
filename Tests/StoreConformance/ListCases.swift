import Model
import StoreContract

let listCases: [StoreCase] = [
    StoreCase("a list's cursor stays right while rows come and go") { store in
        for number in 0..<20 {
            // Several share a time, so that the id has to decide.
            try await store.plant(Samples.connection("c\(100 + number)", at: Int64(number / 4)))
        }
        var seen: [String] = []
        var cursor: ConnectionCursor?
        var page = 0
        while true {
            let (from, filter) = (cursor, ConnectionFilter(organization: Samples.organization))
            let items = try await store.read { try $0.connections(filter, after: from, limit: 3) }
            guard let last = items.last else { break }
            seen += items.map(\.id.description)
            cursor = ConnectionCursor(createdAt: last.createdAt, id: last.id)
            // One before the cursor, one after it; the last shown one goes.
            try await store.plant(Samples.connection("a\(page)", at: 0))
            if page < 3 { try await store.plant(Samples.connection("z\(page)", at: 1000)) }
            try await store.write { try $0.erase(last.id) }
            page += 1
        }
        let expected = (0..<20).map { "c\(100 + $0)" } + ["z0", "z1", "z2"]
        try requireEqual(seen, expected)
    },
    StoreCase("a list filters by connector, owner and name, and leaves deleted ones out") { store in
        var deleted = Samples.connection("c5")
        deleted.deletedAt = Timestamp(milliseconds: 9)
        for connection in [
            Samples.connection("c1", owner: .user("ada"), name: "x"),
            Samples.connection("c2", connector: "github", owner: .user("ada")),
            Samples.connection("c3", owner: .user("bob")), Samples.connection("c4"), deleted,
        ] { try await store.plant(connection) }
        func ids(_ change: (inout ConnectionFilter) -> Void) async throws -> [String] {
            var filter = ConnectionFilter(organization: Samples.organization)
            change(&filter)
            let asked = filter
            return try await store.read { try $0.connections(asked, after: nil, limit: 50).map(\.id.description) }
        }
        try requireEqual(try await ids { _ in }, ["c1", "c2", "c3", "c4"])
        try requireEqual(try await ids { $0.connector = "sandbox" }, ["c1", "c3", "c4"])
        try requireEqual(try await ids { $0.owners = [.user("ada"), .organization] }, ["c1", "c2", "c4"])
        try requireEqual(try await ids { $0.owners = [] }, [])
        try requireEqual(try await ids { $0.name = "x" }, ["c1"])
        try requireEqual(
            try await ids {
                $0.connector = "sandbox"
                $0.owners = [.user("bob")]
            }, ["c3"])
    },
    StoreCase("a connection is listed and counted by its worst line, as Line.status says") { store in
        let now = store.now
        let (past, later) = (now - .seconds(60), now + .seconds(3600))
        var expected: [String: ConnectionStatus] = [:]
        func plant(
            _ id: String, _ status: ConnectionStatus, _ lines: [@Sendable (inout Line) -> Void],
            _ steps: OpenSteps? = nil
        ) async throws {
            var connection = Samples.connection(id)
            connection.steps = steps
            try await store.plant(connection)
            for (number, change) in lines.enumerated() {
                var line = Samples.active(connection, name: "line \(number)")
                line.expiresAt = later
                change(&line)
                try requireEqual(line.expiredAt.map { $0 <= now } ?? false, line.isExpired(at: now), id)
                let saved = line
                try await store.write { try $0.save(saved, replacing: nil) }
            }
            expected[id] = status
        }
        try await plant("none", .pending, [])
        try await plant("pending", .pending, [{ $0.state = .pending }])
        try await plant("active", .active, [{ _ in }])
        try await plant(
            "past", .active,
            [
                {
                    $0.expiresAt = past; $0.versions[0] = renewable($0)
                }
            ])
        try await plant("degraded", .degraded, [{ _ in }, { $0.state = .degraded }])
        try await plant("recovering", .recovering, [{ $0.state = .recovering }, { $0.state = .degraded }])
        try await plant("suspect", .suspect, [{ $0.state = .suspect }, { $0.state = .recovering }])
        try await plant("verify", .verify, [{ $0.state = .verify }, { $0.state = .suspect }])
        try await plant(
            "expired", .expired,
            [
                {
                    $0.expiresAt = past; $0.canPresent = false
                }, { $0.state = .verify },
            ])
        try await plant(
            "no token", .expired,
            [
                {
                    $0.expiresAt = past; $0.versions = []
                }
            ])
        try await plant("end passed", .expired, [{ $0.expiresAt = past }])
        try await plant(
            "refused", .needsReauthorization, [{ $0.state = .needsReauthorization(.lostInRotation) }, { _ in }])
        try await plant("revoked", .revoked, [{ $0.state = .revoked }, { $0.state = .needsReauthorization(.refused) }])
        var (choosing, failing, final) = (
            OpenSteps([.afterConnect(0)]), OpenSteps([.introspect]), OpenSteps([.upgrade])
        )
        choosing.waiting = .init(step: .afterConnect(0), choices: [])
        failing.failures = 1
        final.failure = .init(code: "id_token_nonce", at: now, isFinal: true)
        try await plant("quiet step", .active, [{ _ in }], Samples.steps)
        try await plant("open step", .degraded, [{ _ in }], OpenSteps([.upgrade]))
        try await plant("failing step", .degraded, [{ _ in }], failing)
        try await plant("step beside worse", .suspect, [{ $0.state = .suspect }], failing)
        try await plant("choice", .pending, [{ $0.state = .degraded }], choosing)
        try await plant("choice beside worse", .revoked, [{ $0.state = .revoked }], choosing)
        try await plant("final step", .needsReauthorization, [{ $0.state = .verify }], final)
        try await checkStatuses(store, expected)

        try await store.write { try $0.setEnabled(false, connector: "sandbox", organization: Samples.organization) }
        try await checkStatuses(store, expected.mapValues { $0.shown(enabled: false) })
    },
]

/// A version whose refresh token's own end is far.
private func renewable(_ line: Line) -> TokenVersion {
    let old = line.versions[0]
    var content = old.content
    content.refreshExpiresAt = nil
    return TokenVersion(
        generation: old.generation, parentGeneration: old.parentGeneration, grant: old.grant, attempt: old.attempt,
        fence: old.fence, content: content, status: old.status)
}

/// Filters and counts agree with what is expected.
private func checkStatuses(_ store: any Store, _ expected: [String: ConnectionStatus]) async throws {
    for status in ConnectionStatus.allCases {
        var filter = ConnectionFilter(organization: Samples.organization)
        filter.status = status
        let asked = filter
        let found = try await store.read { try $0.connections(asked, after: nil, limit: 50).map(\.id.description) }
        let wanted = expected.filter { $0.value == status }.keys.sorted()
        try requireEqual(found.sorted(), wanted, status.rawValue)
        let counts = try await store.read { try $0.connectionCounts(organization: Samples.organization) }
        let counted = counts.filter { $0.status == status }.map(\.count).reduce(0, +)
        try requireEqual(counted, wanted.count, "count of \(status.rawValue)")
    }
    let (all, others) = try await store.read {
        (try $0.connectionCounts(organization: nil), try $0.connectionCounts(organization: Samples.other))
    }
    try requireEqual(all.map(\.count).reduce(0, +), expected.count)
    try requireEqual(others, [])
}
