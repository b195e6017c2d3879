import Foundation
import Model
import StoreContract

let snapshotCases: [StoreCase] = [
    StoreCase("a snapshot is what its parts are, each asked for by itself") { store in
        let connection = Samples.connection("con_1")
        var line = Samples.active(connection)
        line.attempts = [Samples.attempt("a2", of: line, state: .ambiguous)]
        line.versions.append(Samples.version(2, of: line, attempt: "a3", status: .candidate))
        let stored = line
        try await store.write {
            try $0.insert(connection)
            try $0.save(stored, replacing: nil)
            try $0.save(client(of: connection, "mine"))
            try $0.save(client(of: Samples.connection("con_2", connector: "other"), "other"))
        }
        let (found, parts) = try await snapshotAndParts(of: line.id, store)
        try requireEqual(found, parts, "stamped")
        try require(found?.stamp != nil, "no stamp")
        try requireEqual(found?.client, client(of: connection, "mine"), "client")
        try requireEqual(found?.line.attempts.map(\.id), stored.attempts.map(\.id), "attempts")
        try requireEqual(found?.line.versions.count, 2, "versions")
        try requireEqual(found?.isEnabled, true, "enabled")
        var unstamped = try requireSome(parts, "no parts")
        unstamped.stamp = nil
        try requireEqual(try await store.snapshot(of: line.id, stamped: false), unstamped, "without stamp")
    },
    StoreCase("a snapshot follows what is written: its line, its client, its connector's switch") { store in
        let connection = Samples.connection("con_1")
        let line = Samples.active(connection)
        try await store.write {
            try $0.insert(connection)
            try $0.save(line, replacing: nil)
        }
        let first = try await snapshotAndParts(of: line.id, store)
        try requireEqual(first.snapshot, first.parts, "without a client")
        try require(first.snapshot?.client == nil, "a client that nobody has stored")
        let writes: [(String, @Sendable (any StoreTransaction) throws -> Void)] = [
            ("client", { try $0.save(client(of: connection, "one")) }),
            ("secret", { try $0.save(client(of: connection, "another")) }),
            (
                "switch",
                { try $0.setEnabled(false, connector: connection.connector, organization: connection.organization) }
            ),
            ("no client", { try $0.erase(connection.clientKey) }),
        ]
        var before = first.snapshot
        for (name, write) in writes {
            try await store.write(write)
            let (after, parts) = try await snapshotAndParts(of: line.id, store)
            try requireEqual(after, parts, name)
            try require(after != before, "\(name) changes no snapshot")
            before = after
        }
        try requireEqual(before?.isEnabled, false, "enabled")
    },
    StoreCase("a snapshot has the client and the switch of its own organization alone") { store in
        let mine = Samples.connection("con_1")
        let theirs = Samples.connection("con_2", organization: OrganizationID("org_other"))
        try await store.write {
            for connection in [mine, theirs] {
                try $0.insert(connection)
                try $0.save(Samples.active(connection), replacing: nil)
            }
            try $0.save(client(of: theirs, "theirs"))
            try $0.setEnabled(false, connector: theirs.connector, organization: theirs.organization)
        }
        let found = try await store.snapshot(of: LineID(connection: mine.id), stamped: true)
        try require(found != nil && found?.client == nil, "the other organization's client")
        try requireEqual(found?.isEnabled, true, "the other organization's switch")
        let other = try await store.snapshot(of: LineID(connection: theirs.id), stamped: true)
        try requireEqual(other?.client, client(of: theirs, "theirs"), "its own client")
        try requireEqual(other?.isEnabled, false, "its own switch")
    },
    StoreCase("there is no snapshot of a line or a connection that is not there") { store in
        let connection = Samples.connection("con_1")
        try await store.write {
            try $0.insert(connection)
            try $0.save(Samples.active(connection), replacing: nil)
            try $0.save(client(of: connection, "mine"))
        }
        for line in [LineID(connection: connection.id, name: "bot"), LineID(connection: ConnectionID("con_2"))] {
            for stamped in [true, false] {
                let found = try await store.snapshot(of: line, stamped: stamped)
                try require(found == nil, "a snapshot of \(line)")
            }
        }
    },
]

/// Asked for at once, and as a transaction finds each of its parts.
private func snapshotAndParts(
    of id: LineID, _ store: any Store
) async throws -> (snapshot: StoredSnapshot?, parts: StoredSnapshot?) {
    let parts = try await store.read { reader -> StoredSnapshot? in
        guard let connection = try reader.connection(id.connection), let line = try reader.line(id) else { return nil }
        return StoredSnapshot(
            connection: connection, line: line, client: try reader.client(connection.clientKey),
            isEnabled: try reader.isEnabled(connector: connection.connector, organization: connection.organization),
            stamp: try reader.stamp(of: id))
    }
    return (try await store.snapshot(of: id, stamped: true), parts)
}

private func client(of connection: ConnectionRecord, _ secret: String) -> ClientRecord {
    var client = ClientRecord(key: connection.clientKey, updatedAt: Timestamp(milliseconds: 1))
    client.sealedSecrets = ["client_secret": Data(secret.utf8), "private_key": Data("key of \(secret)".utf8)]
    return client
}
