import Model
import StoreContract

let connectionCases: [StoreCase] = [
    StoreCase("a connection comes back with every field") { store in
        let full = Samples.connection("c1", owner: .user("ada"))
        let plain = ConnectionRecord(
            id: ConnectionID("c2"), organization: Samples.organization, connector: "sandbox", client: "eu",
            name: "", owner: .organization, createdAt: Timestamp(milliseconds: 5), grantType: "refresh_token")
        try await store.plant(full)
        try await store.plant(plain)
        let (first, second, none) = try await store.read {
            (try $0.connection(full.id), try $0.connection(plain.id), try $0.connection(ConnectionID("c3")))
        }
        try requireEqual(first, full)
        try requireEqual(second, plain)
        try requireEqual(none, nil)
    },
    StoreCase("a connection is updated in every field that may change") { store in
        try await store.plant(Samples.connection("c1"))
        var changed = Samples.connection("c1", owner: .user("organization"), name: "other")
        changed.revokeAt = Timestamp(milliseconds: 77)
        changed.grantType = "jwt_bearer"
        changed.inputs = [:]
        changed.sealedInputs = nil
        changed.sealedGrant = nil
        changed.requestedScopes = []
        changed.grantedScopes = nil
        changed.captured = ["a": "b"]
        changed.otherGrants.terms[GrantID("old")] = nil
        changed.metadata = "{}"
        changed.deletedAt = Timestamp(milliseconds: 78)
        changed.revocation = .pending
        let expected = changed
        try await store.write { try $0.update(expected) }
        try requireEqual(try await store.read { try $0.connection(expected.id) }, expected)
        try await requireError(.missing) { try await store.write { try $0.update(Samples.connection("c9")) } }
    },
    StoreCase("a name is unique per organization, connector and owner, and free again after a delete") { store in
        var first = Samples.connection("c1", owner: .user("ada"), name: "crm")
        try await store.plant(first)
        try await store.plant(Samples.connection("c2", organization: Samples.other, owner: .user("ada"), name: "crm"))
        try await store.plant(Samples.connection("c3", connector: "github", owner: .user("ada"), name: "crm"))
        try await store.plant(Samples.connection("c4", owner: .user("bob"), name: "crm"))
        let second = Samples.connection("c5", owner: .user("ada"), name: "crm")
        try await requireError(.conflict, rule: .connectionName) { try await store.plant(second) }
        first.deletedAt = Timestamp(milliseconds: 9)
        let deleted = first
        try await store.write { try $0.update(deleted) }
        try await store.plant(second)
        let found = try await store.read {
            try $0.connection(
                named: "crm", connector: "sandbox", owner: .user("ada"), organization: Samples.organization)
        }
        try requireEqual(found, second)
        let twin = Samples.connection("c5", name: "other")
        try await requireError(.conflict, rule: .connectionID) { try await store.plant(twin) }
    },
    StoreCase("a client is used by connections that are not deleted") { store in
        var connection = Samples.connection("c1")
        let key = connection.clientKey
        try requireEqual(try await store.read { try $0.isUsed(key) }, false)
        try await store.plant(connection)
        try requireEqual(try await store.read { try $0.isUsed(key) }, true)
        let others = [
            ClientKey(organization: Samples.other, connector: key.connector, name: key.name),
            ClientKey(organization: key.organization, connector: "github", name: key.name),
            ClientKey(organization: key.organization, connector: key.connector, name: "eu"),
        ]
        for other in others { try requireEqual(try await store.read { try $0.isUsed(other) }, false, "\(other)") }
        connection.deletedAt = Timestamp(milliseconds: 9)
        let deleted = connection
        try await store.write { try $0.update(deleted) }
        try requireEqual(try await store.read { try $0.isUsed(key) }, false)
        connection.revocation = .pending
        let revoked = connection
        try await store.write { try $0.update(revoked) }
        try requireEqual(try await store.read { try $0.isUsed(key) }, true, "its revocation needs the client")
    },
    StoreCase("tombstones are deleted connections whose revocation is over") { store in
        let states: [(String, Bool, ConnectionRecord.Revocation)] = [
            ("c1", false, .done), ("c2", true, .pending), ("c3", true, .done), ("c4", true, .unsupported),
        ]
        for (id, isDeleted, revocation) in states {
            var connection = Samples.connection(id)
            connection.deletedAt = isDeleted ? Timestamp(milliseconds: 1) : nil
            connection.revocation = revocation
            try await store.plant(connection)
        }
        let found = try await store.read { try $0.tombstones(limit: 9).map(\.id.description) }
        try requireEqual(found.sorted(), ["c3", "c4"])
        try requireEqual(try await store.read { try $0.tombstones(limit: 1).count }, 1)
    },
    StoreCase("connections await revocation once it is due, the longest waiting first, deleted ones too") { store in
        for (id, revokeAt) in [("c1", 30), ("c2", 10), ("c3", 20), ("c4", 5)] as [(String, Int64)] {
            var connection = Samples.connection(id)
            connection.revokeAt = Timestamp(milliseconds: revokeAt)
            connection.revocation = id == "c4" ? .done : .pending
            if id == "c3" { connection.deletedAt = connection.revokeAt }
            try await store.plant(connection)
        }
        let found = try await store.read {
            try $0.connectionsAwaitingRevocation(of: nil, limit: 2).map(\.id.description)
        }
        try requireEqual(found, ["c2", "c3"])
        var postponed = Samples.connection("c2")
        postponed.revocation = .pending
        postponed.revokeAt = store.now + .seconds(60)
        let later = postponed
        try await store.write { try $0.update(later) }
        let due = try await store.read { try $0.connectionsAwaitingRevocation(of: nil, limit: 9).map(\.id.description) }
        try requireEqual(due, ["c3", "c1"])
    },
    StoreCase("steps are due when their time has come, earliest first; deleted and waiting connections are left out") {
        store in
        for (id, stepAt) in [("c1", 30), ("c2", 10), ("c3", 20), ("c4", 5)] as [(String, Int64)] {
            var connection = Samples.connection(id)
            connection.stepAt = Timestamp(milliseconds: stepAt)
            if id == "c4" { connection.deletedAt = connection.stepAt }
            try await store.plant(connection)
        }
        var waiting = Samples.connection("c5")
        waiting.steps?.waiting = .init(
            step: .afterConnect(1), choices: [Choice(id: "a", captured: ["tenant": "\"a\" ❄"])])
        waiting.stepAt = nil
        var later = Samples.connection("c6")
        later.stepAt = store.now + .seconds(60)
        for connection in [waiting, later] { try await store.plant(connection) }
        let found = try await store.read { try $0.connectionsWithDueSteps(of: nil, limit: 9).map(\.id.description) }
        try requireEqual(found, ["c2", "c3", "c1"])
        try requireEqual(try await store.read { try $0.connectionsWithDueSteps(of: nil, limit: 1).count }, 1)
        let stored = try await store.read { try $0.connection(ConnectionID("c5")) }
        try requireEqual(stored, waiting)
    },
    StoreCase("erasing a connection takes everything of it, and nothing else") { store in
        let (gone, kept) = (Samples.connection("c1"), Samples.connection("c2"))
        for connection in [gone, kept] {
            var line = Samples.active(connection)
            line.attempts = [Samples.attempt("attempt of \(connection.id)", of: line, state: .ambiguous)]
            try await store.plant(connection, line)
            try await store.write { try $0.insert(Samples.flow("flow of \(connection.id)", of: connection)) }
        }
        try await store.write { try $0.erase(gone.id) }
        try await store.read { reader in
            for (connection, count) in [(gone, 0), (kept, 1)] {
                try requireEqual(try reader.connection(connection.id) == nil ? 0 : 1, count)
                try requireEqual(try reader.lines(of: connection.id).count, count)
                try requireEqual(
                    try reader.attempt(AttemptID("attempt of \(connection.id)")) == nil ? 0 : 1, count)
                try requireEqual(try reader.versions(of: LineID(connection: connection.id)).count, count)
                try requireEqual(try reader.flow(FlowID("flow of \(connection.id)")) == nil ? 0 : 1, count)
            }
        }
    },
]
