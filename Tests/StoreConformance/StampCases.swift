import Foundation
import Model
import StoreContract

let stampCases: [StoreCase] = [
    StoreCase("a line's stamp changes with each write of what its readers are shown, and with no other") { store in
        let (mine, client) = (Samples.connection("con_1"), ClientKey(Samples.connection("con_1")))
        let line = Samples.active(mine)
        let beside = Samples.connection("con_2")
        try await store.write {
            for connection in [mine, beside] { try $0.insert(connection) }
            try $0.save(line, replacing: nil)
            try $0.save(Samples.active(beside), replacing: nil)
        }
        let writes: [(String, @Sendable (any StoreTransaction) throws -> Void)] = [
            ("line", { try $0.change(line.id) { $0.failures += 1 } }),
            (
                "attempt",
                { try $0.change(line.id) { $0.attempts.append(Samples.attempt("a2", of: $0, state: .ambiguous)) } }
            ),
            ("version", { try $0.change(line.id) { $0.versions[0].status = .candidate } }),
            (
                "connection",
                {
                    var changed = mine
                    changed.metadata = #"{"crm": 2}"#
                    try $0.update(changed)
                }
            ),
            ("client", { try $0.save(ClientRecord(key: client, updatedAt: Timestamp(milliseconds: 1))) }),
            (
                "secret",
                {
                    var changed = ClientRecord(key: client, updatedAt: Timestamp(milliseconds: 1))
                    changed.sealedSecrets = ["client_secret": Data([1])]
                    try $0.save(changed)
                }
            ),
            ("no client", { try $0.erase(client) }),
            ("switch", { try $0.setEnabled(false, connector: mine.connector, organization: mine.organization) }),
        ]
        var before = try requireSome(try await store.stamps(of: [line.id])[line.id], "no stamp")
        for (name, write) in writes {
            try await store.write(write)
            let after = try requireSome(try await store.stamps(of: [line.id])[line.id], "no stamp after \(name)")
            try require(after != before, "\(name) changes no stamp")
            before = after
        }
        try await store.write { try $0.change(LineID(connection: beside.id)) { $0.failures += 1 } }
        try requireEqual(try await store.stamps(of: [line.id]), [line.id: before], "another line's write")
        try requireEqual(try await store.read { try $0.stamp(of: line.id) }, before, "in a transaction")
        try await store.write { try $0.erase(mine.id) }
        let both = try await store.stamps(of: [line.id, LineID(connection: beside.id)])
        try requireEqual(Set(both.keys), [LineID(connection: beside.id)], "what is there")
    }
]

extension ClientKey {
    fileprivate init(_ connection: ConnectionRecord) { self = connection.clientKey }
}

extension StoreTransaction {
    fileprivate func change(_ id: LineID, _ change: (inout Line) -> Void) throws {
        let old = try requireSome(try line(id), "no line")
        var new = old
        change(&new)
        try save(new, replacing: old)
    }
}
