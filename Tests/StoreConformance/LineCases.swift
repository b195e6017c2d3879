import ConnectorSDK
import Model
import RefreshProtocol
import StoreContract

private let rotations: [RotationClass] = [
    .static, .overlap(.untilUsed), .overlap(.window(.seconds(600), afterWindow: .revoke)),
    .overlap(.window(.milliseconds(1500), afterWindow: .refuse)), .singleUse, .singleUseFamily,
]

private let states: [LineState] = [
    .pending, .active, .degraded, .recovering, .suspect, .needsReauthorization(.refused),
    .needsReauthorization(.lostInRotation), .revoked, .verify,
]

let lineCases: [StoreCase] = [
    StoreCase("a line comes back with every field, its open and ambiguous attempts, current version and candidates") {
        store in
        let connection = Samples.connection("c1")
        var line = Samples.line(connection)
        line.attempts = [
            Samples.attempt("open of c1/default", of: line, state: .sent),
            Samples.attempt("a2", of: line, state: .ambiguous), Samples.attempt("a3", of: line, state: .ambiguous),
        ]
        line.versions = [
            Samples.version(7, of: line, attempt: "a4", status: .current),
            Samples.version(8, of: line, attempt: "a5", status: .candidate),
            Samples.version(8, of: line, attempt: "a6", status: .candidate),
        ]
        line.versions[2].revocationPending = true
        try await store.plant(connection, line)
        let id = line.id
        try requireEqual(try await store.read { try $0.line(id) }?.ordered, line.ordered)
        try requireEqual(try await store.read { try $0.lines(of: connection.id) }.map(\.ordered), [line.ordered])
        try requireEqual(try await store.read { try $0.line(LineID(connection: id.connection, name: "bot")) }, nil)
        try await requireError(.conflict, rule: .line) {
            try await store.write { try $0.save(Samples.line(connection), replacing: nil) }
        }
    },
    StoreCase("every state and rotation class of a line and of an attempt comes back") { store in
        let connection = Samples.connection("c1")
        try await store.plant(connection)
        for (number, rotation) in rotations.enumerated() {
            for state in states {
                var line = Line(
                    id: LineID(connection: connection.id, name: "\(number) \(state)"),
                    organization: connection.organization, grant: GrantID("g"), rotation: rotation)
                line.state = state
                let attempt = Attempt(
                    id: AttemptID("\(line.id)"), grant: line.grant, generationIn: 0, fence: 1, purpose: .confirm,
                    rotation: rotation, host: HostID("h"), boot: BootID("b"), state: .ambiguous,
                    claimedAt: Timestamp(milliseconds: 1))
                line.attempts = [attempt]
                let saved = line
                try await store.write { try $0.save(saved, replacing: nil) }
                try requireEqual(try await store.read { try $0.line(saved.id) }, saved)
            }
        }
        let names = try await store.read { try $0.lines(of: connection.id).map(\.id.name) }
        try requireEqual(names.count, rotations.count * states.count)
        try requireEqual(names.first, "0 pending", "a connection's first line comes first")
    },
    StoreCase("saving writes the difference and forgets nothing that is left out") { store in
        let connection = Samples.connection("c1")
        var line = Samples.active(connection)
        line.attempts = [Samples.attempt("a1", of: line, state: .ambiguous)]
        try await store.plant(connection, line)
        try await store.change(line.id) { line in
            line.attempts = [Samples.attempt("a2", of: line, state: .rejected)]
            line.versions = [Samples.version(2, of: line, attempt: "a2", status: .candidate)]
            line.reports = 3
        }
        let id = line.id
        let found = try await store.read { try requireSome(try $0.line(id), "line") }
        try requireEqual(found.reports, 3)
        try requireEqual(found.attempts.map(\.id.description), ["a1"], "the ambiguous one is still there")
        try requireEqual(Set(found.versions.map(\.status)), [.current, .candidate])
        try requireEqual(try await store.read { try $0.attempt(AttemptID("a2")) }?.state, .rejected)
        try requireEqual(try await store.read { try $0.attempt(AttemptID("a9")) }, nil)

        try await store.change(line.id) { line in
            for index in line.versions.indices where line.versions[index].status == .current {
                let old = line.versions[index]
                line.versions[index] = TokenVersion(
                    generation: 1 << 32, parentGeneration: old.parentGeneration, grant: old.grant, attempt: old.attempt,
                    fence: old.fence, content: Samples.content("sealed again"), status: .current,
                    revocationPending: true)
            }
        }
        let current = try await store.read { try $0.line(id)?.current }
        try requireEqual(current?.content, Samples.content("sealed again"), "content can be sealed again")
        try requireEqual(current?.generation, 1 << 32)
        try requireEqual(current?.revocationPending, true)
    },
    StoreCase("a line has one open attempt; ambiguous ones do not count (M24)") { store in
        let connection = Samples.connection("c1")
        let line = Samples.active(connection)
        try await store.plant(connection, line)
        for open in [Attempt.State.intent, .sent] {
            try await store.change(line.id) { $0.attempts.append(Samples.attempt("\(open) 1", of: $0, state: open)) }
            try await requireError(.conflict, rule: .openAttempt) {
                try await store.change(line.id) {
                    $0.attempts.append(Samples.attempt("\(open) 2", of: $0, state: .intent))
                }
            }
            try await store.change(line.id) { line in
                for index in line.attempts.indices { line.attempts[index].state = .ambiguous }
                line.attempts.append(Samples.attempt("\(open) 3", of: line, state: .sent))
            }
            try await store.change(line.id) { line in
                for index in line.attempts.indices { line.attempts[index].state = .ambiguous }
            }
        }
        try requireEqual(try await store.read { try $0.line(line.id)?.attempts.count }, 4)
        try await requireError(.conflict, rule: .attemptID) {
            try await store.write {
                let old = try requireSome(try $0.line(line.id), "line")
                var bare = old
                bare.attempts = []
                var again = bare
                again.attempts = [Samples.attempt("intent 1", of: line, state: .done)]
                try $0.save(again, replacing: bare)
            }
        }
    },
    StoreCase("a line has one current version and one version per attempt (M17)") { store in
        let connection = Samples.connection("c1")
        let line = Samples.active(connection)
        try await store.plant(connection, line)
        try await requireError(.conflict, rule: .currentVersion) {
            try await store.change(line.id) {
                $0.versions.append(Samples.version(2, of: $0, attempt: "a2", status: .current))
            }
        }
        try await requireError(.conflict, rule: .versionAttempt) {
            try await store.write {
                let old = try requireSome(try $0.line(line.id), "line")
                var bare = old
                bare.versions = []
                var again = bare
                again.versions = [Samples.version(2, of: line, attempt: "a1", status: .candidate)]
                try $0.save(again, replacing: bare)
            }
        }
        // The pointer moves in one save, whatever the order of the versions.
        try await store.change(line.id) { line in
            line.versions.insert(Samples.version(2, of: line, attempt: "a2", status: .current), at: 0)
            line.versions[1].status = .superseded
        }
        let versions = try await store.read { try $0.versions(of: line.id) }
        try requireEqual(versions.map(\.generation), [2, 1])
        try requireEqual(versions.map(\.status), [.current, .superseded])
    },
    StoreCase("a closed attempt and its version are loaded when they are named") { store in
        let connection = Samples.connection("c1")
        var line = Samples.active(connection)
        line.attempts = [Samples.attempt("a0 of \(line.id)", of: line, state: .done)]
        line.versions.append(Samples.version(0, of: line, attempt: "a0", status: .superseded))
        try await store.plant(connection, line)
        let (id, named) = (line.id, line.attempts[0].id)
        let bare = try await store.read { try requireSome(try $0.line(id), "line") }
        try requireEqual(bare.attempts, [])
        try requireEqual(bare.versions.map(\.generation), [1])
        let full = try await store.read { try $0.line(id, withAttempt: named) }
        try requireEqual(full?.ordered, line.ordered)
        let unknown = try await store.read { try $0.line(id, withAttempt: AttemptID("nobody")) }
        try requireEqual(unknown?.ordered, bare.ordered)
        let event = LineEvent.notSent(named, reason: "x")
        try requireEqual(try await store.read { try $0.line(id, for: event) }?.ordered, line.ordered)
    },
    StoreCase("versions are found by generation; the pointer's own comes before a candidate") { store in
        let connection = Samples.connection("c1")
        var line = Samples.active(connection)
        line.versions = [
            Samples.version(3, of: line, attempt: "late", status: .candidate),
            Samples.version(3, of: line, attempt: "a3", status: .current),
            Samples.version(2, of: line, attempt: "a2", status: .superseded),
            Samples.version(4, of: line, attempt: "a4", status: .candidate),
        ]
        try await store.plant(connection, line)
        let (id, versions) = (line.id, line.versions)
        try await store.read {
            try requireEqual(try $0.version(of: id, generation: 3), versions[1])
            try requireEqual(try $0.version(of: id, generation: 2), versions[2])
            try requireEqual(try $0.version(of: id, generation: 4), versions[3])
            try requireEqual(try $0.version(of: id, generation: 5), nil)
            try requireEqual(try $0.versions(of: id).map(\.generation), [4, 3, 3, 2])
        }
    },
]
