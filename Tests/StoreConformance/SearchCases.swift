import Foundation
import Model
import StoreContract

let searchCases: [StoreCase] = [
    StoreCase("due lines come earliest first, by lease, silence, back-off and due time") { store in
        let now = store.now
        let expected = try await plantDueLines(store, now)
        try requireEqual(
            try await store.read { try $0.dueLines(of: nil, limit: 50).map(\.id.connection.description) }, expected)
        try requireEqual(
            try await store.read { try $0.dueLines(of: nil, limit: 2).map(\.id.connection.description) },
            Array(expected.prefix(2)))
    },
    StoreCase("a postponed line makes room, until its time or its next change") { store in
        let now = store.now
        let (first, second) = (Samples.connection("c1"), Samples.connection("c2"))
        try await store.plant(first, Samples.active(first, dueAt: now - .seconds(20)))
        try await store.plant(second, Samples.active(second, dueAt: now - .seconds(10)))
        let id = LineID(connection: first.id)
        func due() async throws -> [String] {
            try await store.read { try $0.dueLines(of: nil, limit: 1).map(\.id.connection.description) }
        }
        try requireEqual(try await due(), ["c1"])
        try await store.write { try $0.postpone(id, until: now + .seconds(3600), fence: nil) }
        try requireEqual(try await due(), ["c2"])
        try requireEqual(try await store.read { try $0.line(id)?.dueAt }, now - .seconds(20), "the line is as it was")
        try await store.change(id) { $0.reports += 1 }
        try requireEqual(try await due(), ["c1"])
        try await store.write { try $0.postpone(id, until: now - .seconds(5), fence: nil) }
        try requireEqual(try await due(), ["c2"])
        try await store.change(id) { $0.fence += 1 }
        let fence = try await store.read { try $0.line(id)?.fence ?? 0 }
        try await store.write { try $0.postpone(id, until: now + .seconds(3600), fence: fence - 1) }
        try requireEqual(try await due(), ["c1"], "what was decided before the last claim counts no more")
        try await store.write { try $0.postpone(id, until: now + .seconds(3600), fence: fence) }
        try requireEqual(try await due(), ["c2"])
    },
    StoreCase("lines of which something is to be told come longest due first, once, disabled or not") { store in
        let now = store.now
        func plant(_ id: String, _ change: (inout Line) -> Void) async throws {
            let connection = Samples.connection(id)
            var line = Samples.active(connection)
            line.versions[0].content.refreshExpiresAt = now + .seconds(9)
            change(&line)
            try await store.plant(connection, line)
        }
        try await plant("c1") { $0.warnAt = now - .seconds(10) }
        try await plant("c2") { ($0.canPresent, $0.expiresAt, $0.enabled) = (false, now - .seconds(20), false) }
        try await plant("c3") { ($0.canPresent, $0.expiresAt, $0.toldExpired) = (false, now - .seconds(30), 1) }
        try await plant("c4") { ($0.state, $0.warnAt) = (.suspect, now - .seconds(40)) }
        try await plant("c5") { $0.warnAt = now + .seconds(3600) }
        try await plant("c6") { $0.expiresAt = now - .seconds(50) }
        func told() async throws -> [String] {
            try await store.read { try $0.linesToTell(limit: 9).map(\.connection.description) }
        }
        try requireEqual(try await told(), ["c2", "c1"])
        try requireEqual(try await store.read { try $0.linesToTell(limit: 1).count }, 1)
        try await store.change(LineID(connection: ConnectionID("c2"))) { $0.toldExpired = 1 }
        try await store.change(LineID(connection: ConnectionID("c1"))) { $0.warnAt = nil }
        try requireEqual(try await told(), [])
    },
    StoreCase("a disabled connector's lines are not due, but what was begun is finished") { store in
        let now = store.now
        let (idle, begun, other) = (
            Samples.connection("c1"), Samples.connection("c2"), Samples.connection("c3", organization: Samples.other)
        )
        var recovering = Samples.active(begun)
        recovering.state = .recovering
        try await store.plant(idle, Samples.active(idle, dueAt: now - .seconds(9)))
        try await store.plant(begun, recovering)
        try await store.plant(other, Samples.active(other, dueAt: now - .seconds(8)))
        let organization = Samples.organization
        try await store.write { try $0.setEnabled(false, connector: "sandbox", organization: organization) }
        try await store.read {
            try requireEqual(try $0.dueLines(of: nil, limit: 9).map(\.id.connection.description), ["c2", "c3"])
            try requireEqual(try $0.line(LineID(connection: idle.id))?.enabled, false)
            try requireEqual(try $0.line(LineID(connection: other.id))?.enabled, true)
        }
        try await store.write { try $0.setEnabled(true, connector: "sandbox", organization: organization) }
        try requireEqual(
            try await store.read { try $0.dueLines(of: nil, limit: 9).map(\.id.connection.description) },
            ["c2", "c1", "c3"])
    },
    StoreCase("all lines come in order of their ids, page by page") { store in
        for id in ["c2", "c1"] {
            let connection = Samples.connection(id)
            try await store.plant(connection, Samples.active(connection, name: "user"))
            try await store.write { try $0.save(Samples.active(connection, name: "bot"), replacing: nil) }
        }
        let pages = try await store.read { reader in
            let first = try reader.lines(after: nil, limit: 3)
            return [first, try reader.lines(after: first.last, limit: 3)]
        }
        try requireEqual(pages.map { $0.map(\.description) }, [["c1/bot", "c1/user", "c2/bot"], ["c2/user"]])
    },
    StoreCase("lines with pending attempts of a host are found (row 26)") { store in
        for (id, state, host) in [
            ("c1", Attempt.State.intent, "h1"), ("c2", .sent, "h1"), ("c3", .ambiguous, "h1"), ("c4", .done, "h1"),
            ("c5", .notSent, "h1"), ("c6", .rejected, "h1"), ("c7", .sent, "h2"),
        ] {
            let connection = Samples.connection(id)
            var line = Samples.active(connection)
            line.attempts = [Samples.attempt("attempt \(id)", of: line, state: state, host: host)]
            try await store.plant(connection, line)
        }
        let found = try await store.read { try $0.lines(withPendingAttemptsOf: HostID("h1")) }
        try requireEqual(Set(found.map(\.connection.description)), ["c1", "c2", "c3"])
    },
    StoreCase("organizations with due work come in order, and with each what is due of it alone") { store in
        let (now, names) = (store.now, ["org_1", "org_2", "org_3", "org_4"])
        for (number, name) in names.enumerated() {
            for index in 0..<2 {
                let due = now + .seconds(name == "org_3" ? 3600 : Int64(index - 10))
                var connection = Samples.connection("c\(number)\(index)", organization: OrganizationID(name))
                connection.revocation = .pending
                (connection.revokeAt, connection.stepAt) = (due, due)
                try await store.plant(connection, Samples.active(connection, dueAt: due))
                var flow = Samples.flow("f\(number)\(index)", of: connection)
                flow.device = FlowRecord.Device(sealedCode: Data([1]), interval: .seconds(5), pollAt: due)
                let polled = flow
                try await store.write { try $0.insert(polled) }
            }
        }
        for work in DueWork.allCases {
            func look(_ after: String?, _ count: Int) async throws -> DueOrganizations {
                try await store.read {
                    try $0.organizations(withDue: work, after: after.map { OrganizationID($0) }, visiting: count)
                }
            }
            func found(_ due: [String], _ last: String?) -> DueOrganizations {
                DueOrganizations(due: due.map { OrganizationID($0) }, last: last.map { OrganizationID($0) })
            }
            try requireEqual(try await look(nil, 2), found(["org_1", "org_2"], "org_2"), "\(work)")
            try requireEqual(try await look("org_2", 2), found(["org_4"], "org_4"), "\(work): a later one is visited")
            try requireEqual(try await look("org_1", 9), found(["org_2", "org_4"], nil), "\(work)")
            try requireEqual(try await look("org_4", 9), found([], nil), "\(work)")
        }
        for (name, expected) in [("org_2", ["c10", "c11"]), ("org_3", []), ("org_5", [])] {
            let organization = OrganizationID(name)
            try await store.read {
                try requireEqual(
                    try $0.dueLines(of: organization, limit: 9).map(\.id.connection.description), expected)
                try requireEqual(
                    try $0.connectionsAwaitingRevocation(of: organization, limit: 9).map(\.id.description), expected)
                try requireEqual(
                    try $0.connectionsWithDueSteps(of: organization, limit: 9).map(\.id.description), expected)
                try requireEqual(
                    try $0.flowsToPoll(of: organization, limit: 9).map(\.connection.description), expected)
                try requireEqual(try $0.dueLines(of: nil, limit: 9).count, 6)
            }
        }
        let lines = try await store.read { try $0.dueLines(of: OrganizationID("org_4"), limit: 1) }
        try requireEqual(lines.map(\.organization.description), ["org_4"])
    },
    StoreCase("a fingerprint is found in every version, candidates and superseded ones too (M42)") { store in
        for (id, status) in [
            ("c1", TokenVersion.Status.current), ("c2", .candidate), ("c3", .superseded), ("c4", .dead),
        ] {
            let connection = Samples.connection(id)
            var line = Samples.active(connection)
            line.versions = [Samples.version(1, of: line, attempt: "x", status: status)]
            try await store.plant(connection, line)
            let fingerprint = try requireSome(line.versions[0].content.fingerprint, "fingerprint")
            try requireEqual(
                try await store.read { try $0.connection(withFingerprint: fingerprint) }, connection.id, id)
        }
        // A second holder changes nothing: the first one's it stays.
        try await store.change(LineID(connection: ConnectionID("c4"))) { line in
            line.versions = [
                TokenVersion(
                    generation: 2, parentGeneration: 1, grant: line.grant, attempt: AttemptID("late"), fence: 2,
                    content: Samples.content("c1/default x"), status: .candidate)
            ]
        }
        let first = Data("fingerprint c1/default x".utf8)
        try requireEqual(
            try await store.read { try $0.connection(withFingerprint: first) }?.description, "c1")
        try requireEqual(try await store.read { try $0.connection(withFingerprint: Data()) }, nil)
    },
    StoreCase("a timeline shows attempts newest first with what they brought, page by page") { store in
        let (connection, other) = (Samples.connection("c1"), Samples.connection("c2"))
        var line = Samples.active(connection)
        line.versions = []
        try await store.plant(connection, line)
        try await store.plant(other, Samples.active(other))
        for number in 1...5 {
            try await store.change(line.id) { line in
                line.attempts.append(Samples.attempt("t\(number) of \(line.id)", of: line, state: .rejected))
            }
        }
        try await store.change(line.id) { line in
            line.versions.append(Samples.version(4, of: line, attempt: "t4", status: .current))
        }
        let pages = try await store.read { reader in
            let first = try reader.timeline(of: connection.id, before: nil, limit: 3)
            return (first, try reader.timeline(of: connection.id, before: first.last?.cursor, limit: 3))
        }
        try requireEqual(pages.0.map(\.attempt.id.description), [5, 4, 3].map { "t\($0) of c1/default" })
        try requireEqual(pages.1.map(\.attempt.id.description), [2, 1].map { "t\($0) of c1/default" })
        try requireEqual(pages.0.map(\.generationOut), [nil, 4, nil])
        try requireEqual(pages.0.map(\.line), ["default", "default", "default"])
        let last = try await store.read { try $0.lastClosedAttempt(of: LineID(connection: connection.id)) }
        try requireEqual(last, pages.0.first?.attempt)
        try await store.change(line.id) { $0.attempts.append(Samples.attempt("open", of: $0, state: .sent)) }
        let still = try await store.read { try $0.lastClosedAttempt(of: LineID(connection: connection.id)) }
        try requireEqual(still, last, "an open attempt is not closed")
    },
]

/// One line of each kind; the connections' ids in the order in which they are due.
private func plantDueLines(_ store: any Store, _ now: Timestamp) async throws -> [String] {
    @Sendable func ago(_ seconds: Int) -> Timestamp { now - .seconds(seconds) }
    let later = now + .seconds(3600)
    let kinds: [(id: String, change: @Sendable (inout Line) -> Void)] = [
        ("due", { $0.dueAt = ago(90) }),
        (
            "due, back-off later",
            {
                $0.dueAt = ago(90); $0.nextTryAt = later
            }
        ),
        (
            "due, back-off over",
            {
                $0.dueAt = ago(90); $0.nextTryAt = ago(80)
            }
        ),
        (
            "due, not before later",
            {
                $0.dueAt = ago(90); $0.notBefore = later
            }
        ),
        (
            "due, nothing to present",
            {
                $0.dueAt = ago(90); $0.canPresent = false
            }
        ),
        ("due later", { $0.dueAt = later }),
        ("never due", { $0.dueAt = nil }),
        (
            "degraded",
            {
                $0.state = .degraded; $0.nextTryAt = ago(70)
            }
        ),
        (
            "recovering",
            {
                $0.state = .recovering; $0.quietAt = ago(60); $0.enabled = false
            }
        ),
        (
            "recovering, silent",
            {
                $0.state = .recovering; $0.quietAt = later
            }
        ),
        (
            "suspect",
            {
                $0.state = .suspect; $0.nextTryAt = ago(50)
            }
        ),
        (
            "suspect, disabled",
            {
                $0.state = .suspect; $0.nextTryAt = ago(50); $0.enabled = false
            }
        ),
        (
            "lease over",
            {
                $0.openAttempt = AttemptID("x"); $0.leaseUntil = ago(40); $0.enabled = false
            }
        ),
        (
            "in flight",
            {
                $0.openAttempt = AttemptID("y"); $0.leaseUntil = later; $0.dueAt = ago(90)
            }
        ),
        (
            "refused",
            {
                $0.state = .needsReauthorization(.refused); $0.dueAt = ago(90)
            }
        ),
        (
            "revoked",
            {
                $0.state = .revoked; $0.dueAt = ago(90)
            }
        ),
        (
            "verify",
            {
                $0.state = .verify; $0.dueAt = ago(90)
            }
        ),
        (
            "pending",
            {
                $0.state = .pending; $0.versions = []; $0.dueAt = ago(90)
            }
        ),
        (
            "imported",
            {
                $0.state = .pending; $0.dueAt = ago(30)
            }
        ),
    ]
    for kind in kinds {
        let connection = Samples.connection(kind.id)
        var line = Samples.active(connection)
        kind.change(&line)
        try await store.plant(connection, line)
    }
    return ["due", "due, back-off over", "degraded", "recovering", "suspect", "lease over", "imported"]
}
