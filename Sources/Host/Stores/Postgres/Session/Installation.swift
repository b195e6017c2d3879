import Foundation
import Model
import StoreContract
import StoreRows

extension PostgresSession {
    // MARK: Hosts

    func hosts() throws -> [HostRecord] { try all(HostRecord.self, where: "TRUE ORDER BY id", []) }

    func heartbeat(of host: HostID, boot: BootID) throws {
        try put(HostRecord(id: host, boot: boot, heartbeatAt: now, lost: false))
    }

    func setLost(_ lost: Bool, host: HostID) throws {
        try run("UPDATE host SET lost = $1 WHERE id = $2", [lost, host], orThrow: missing("host"))
    }

    // MARK: Data keys

    func dataKeys(of organization: OrganizationID) throws -> [DataKeyRecord] {
        lock(.keys, organization.description)
        return try within(organization).all(
            DataKeyRecord.self, where: "organization = $1 ORDER BY created_at, number", [organization])
    }

    func insert(_ key: DataKeyRecord) throws {
        try requireUnerased(key.organization)
        try within(key.organization).add(key)
    }

    func rewrap(dataKey id: String, from old: Data, to new: Data) throws -> Bool {
        try count("UPDATE data_key SET wrapped = $1 WHERE id = $2 AND wrapped = $3", [new, id, old]) == 1
    }

    func organizations() throws -> [OrganizationID] {
        try rows("SELECT DISTINCT organization FROM data_key ORDER BY organization", [], of: DataKeyRecord.table) {
            try $0.next()
        }
    }

    func reserveEncryptions(_ count: Int64, of key: String) throws -> Int64 {
        transaction.willWrite()
        let total: Int64? = try value(
            "UPDATE data_key SET encryptions = encryptions + $1 WHERE id = $2 RETURNING encryptions", [count, key],
            of: DataKeyRecord.table)
        guard let total else { throw missing("data_key") }
        return total
    }

    func retire(dataKey id: String) throws {
        try run("UPDATE data_key SET retired = 1 WHERE id = $1", [id], orThrow: missing("data_key"))
    }

    // MARK: Settings, marks, answers

    func setting(_ name: String) throws -> Data? {
        lock(.setting, name)
        return try setting(asItIs: name)
    }

    func setting(asItIs name: String) throws -> Data? {
        try value("SELECT value FROM setting WHERE name = $1", [name], of: .setting)
    }

    func set(_ value: Data, for name: String) throws {
        try run(
            "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value])
    }

    func set(_ value: Data, for name: String, replacing old: Data?) throws {
        if let old {
            try run(
                "UPDATE setting SET value = $1 WHERE name = $2 AND value = $3", [value, name, old],
                orThrow: .conflict(.setting))
        } else {
            try run(
                "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", [name, value],
                orThrow: .conflict(.setting))
        }
    }

    func highestMark() throws -> Int64 { try mark("SELECT last_value FROM mark") }

    /// A mark that a transaction drew and did not keep is gone: marks only have to grow.
    func drawMark() throws -> Int64 {
        transaction.willWrite()
        return try mark("SELECT nextval('mark')")
    }

    func drawMarkLater() throws -> () throws -> Int64 {
        transaction.willWrite()
        transaction.enter(scope)
        var drawn: Int64?
        transaction.quietly(Statement("SELECT nextval('mark')")) { rows in
            drawn = try Self.read(rows, of: .mark) { try $0.next() as Int64 }.first
        }
        return {
            guard let drawn else { throw StoreError(.corrupt, "the sequence mark has no value") }
            return drawn
        }
    }

    func raiseCounters(to number: Int64) throws {
        try requireAlone()
        transaction.writeLast()
        try run("SELECT setval('mark', GREATEST((SELECT last_value FROM mark), $1))", [number])
        try run("UPDATE event_counter SET value = GREATEST(value, $1)", [number])
    }

    private func mark(_ sql: String) throws -> Int64 {
        guard let mark: Int64 = try value(sql, of: .mark) else {
            throw StoreError(.corrupt, "the sequence mark has no value")
        }
        return mark
    }

    func idempotentAnswer(_ key: String) throws -> IdempotentAnswer? {
        lock(.answer, key)
        return try first(IdempotentAnswer.self, where: "key = $1 AND at > $2", [key, now - Self.answersAreKept])
    }

    func save(_ answer: IdempotentAnswer) throws { try put(answer) }

    /// How long a stored answer is given again.
    static var answersAreKept: Duration { .seconds(24 * 60 * 60) }
}
