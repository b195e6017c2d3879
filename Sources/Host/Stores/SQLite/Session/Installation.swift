import Foundation
import Model
import StoreContract
import StoreRows

extension SQLiteSession {
    // MARK: Hosts

    func hosts() throws -> [HostRecord] { try all(HostRecord.self, where: "TRUE ORDER BY id", []) }

    func heartbeat(of host: HostID, boot: BootID) throws {
        try put(HostRecord(id: host, boot: boot, heartbeatAt: now, lost: false))
    }

    func setLost(_ lost: Bool, host: HostID) throws {
        guard try run("UPDATE host SET lost = ? WHERE id = ?", [lost, host]) == 1 else { throw missing("host") }
    }

    // MARK: Data keys

    func dataKeys(of organization: OrganizationID) throws -> [DataKeyRecord] {
        try all(DataKeyRecord.self, where: "organization = ? ORDER BY created_at, rowid", [organization])
    }

    func insert(_ key: DataKeyRecord) throws {
        try requireUnerased(key.organization)
        try add(key)
    }

    func rewrap(dataKey id: String, from old: Data, to new: Data) throws -> Bool {
        try run("UPDATE data_key SET wrapped = ? WHERE id = ? AND wrapped = ?", [new, id, old]) == 1
    }

    func organizations() throws -> [OrganizationID] {
        try rows("SELECT DISTINCT organization FROM data_key ORDER BY organization", [], of: DataKeyRecord.table) {
            try $0.next()
        }
    }

    func reserveEncryptions(_ count: Int64, of key: String) throws -> Int64 {
        let total: Int64? = try value(
            "UPDATE data_key SET encryptions = encryptions + ? WHERE id = ? RETURNING encryptions", [count, key],
            of: DataKeyRecord.table)
        guard let total else { throw missing("data_key") }
        return total
    }

    func retire(dataKey id: String) throws {
        guard try run("UPDATE data_key SET retired = 1 WHERE id = ?", [id]) == 1 else { throw missing("data_key") }
    }

    // MARK: Settings, marks, answers

    func setting(_ name: String) throws -> Data? {
        try value("SELECT value FROM setting WHERE name = ?", [name], of: .setting)
    }

    func setting(asItIs name: String) throws -> Data? { try setting(name) }

    func set(_ value: Data, for name: String) throws {
        try run(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value])
    }

    func set(_ value: Data, for name: String, replacing old: Data?) throws {
        let changed =
            if let old {
                try run("UPDATE setting SET value = ? WHERE name = ? AND value = ?", [value, name, old])
            } else {
                try run("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", [name, value])
            }
        guard changed == 1 else { throw StoreError.conflict(.setting) }
    }

    func highestMark() throws -> Int64 { try mark("SELECT value FROM mark") }

    func sight() throws -> StoreSight { StoreSight(epoch: try setting("epoch"), mark: try highestMark(), session: "") }

    func require(_ sight: StoreSight) throws {
        guard try setting("epoch") == sight.epoch, sight.session.isEmpty else { throw StoreError.moved }
    }

    func drawMark() throws -> Int64 { try mark("UPDATE mark SET value = value + 1 RETURNING value") }

    func raiseCounters(to number: Int64) throws {
        try run("UPDATE mark SET value = MAX(value, ?)", [number])
        // SQLite makes the row with the first event.
        guard try run("UPDATE sqlite_sequence SET seq = MAX(seq, ?) WHERE name = 'event'", [number]) == 0 else {
            return
        }
        try run("INSERT INTO sqlite_sequence (name, seq) VALUES ('event', ?)", [number])
    }

    private func mark(_ sql: String) throws -> Int64 {
        guard let mark: Int64 = try value(sql, of: .mark) else {
            throw StoreError(.corrupt, "table mark has no row")
        }
        return mark
    }

    func idempotentAnswer(_ key: String) throws -> IdempotentAnswer? {
        try first(IdempotentAnswer.self, where: "key = ? AND at > ?", [key, now - Self.answersAreKept])
    }

    func save(_ answer: IdempotentAnswer) throws { try put(answer) }

    /// How long a stored answer is given again.
    static var answersAreKept: Duration { .seconds(24 * 60 * 60) }
}
