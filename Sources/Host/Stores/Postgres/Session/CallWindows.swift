import Foundation
import Model
import StoreContract
import StoreRows

extension PostgresSession {
    /// Locks by name, in one order, whether there are rows or not; two round trips for all.
    func changeCallWindows(
        _ keys: Set<CallWindowKey>,
        _ change: ([CallWindowKey: Data], Timestamp) throws -> [CallWindowKey: StoredCallWindow]
    ) throws {
        let keys = keys.sorted { Self.name($0) < Self.name($1) }
        for key in keys { lock(.window, Self.name(key)) }
        transaction.enter(scope)
        // The clock after the locks: who had them before has read an earlier time.
        let answers = try transaction.ask([Statement(Self.clock)] + keys.map { Statement(Self.select, Self.key($0)) })
        let times = try Self.read(answers[0], of: .callWindow) { try $0.next() as Timestamp }
        let states = try answers.dropFirst().map { rows in
            try Self.read(rows, of: .callWindow) { try $0.next() as Data }.first
        }
        let stored = Dictionary(zip(keys, states).compactMap { key, state in state.map { (key, $0) } }) { $1 }
        for (key, window) in try change(stored, times.first ?? now) {
            try run(Table.callWindow.upsert, Self.key(key) + [window.state, Self.minute(after: window.overAt)])
        }
        // Last, and nothing that somebody else has locked: those who meet here wait for nobody.
        try run(
            """
            DELETE FROM call_window WHERE ctid = ANY(ARRAY(
              SELECT ctid FROM call_window WHERE over_at <= $1 ORDER BY over_at LIMIT 64 FOR UPDATE SKIP LOCKED))
            """, [now])
    }

    private static let clock = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

    private static let select = """
        SELECT state FROM call_window WHERE organization = $1 AND connector = $2 AND name = $3 AND connection = $4
        """

    private static func key(_ key: CallWindowKey) -> [any Column] {
        [key.client.organization, key.client.connector, key.client.name, key.connection?.description ?? ""]
    }

    private static func name(_ key: CallWindowKey) -> String { "\(key.client)/\(key.connection?.description ?? "")" }

    /// By whole minutes, so that not each change moves the row in its index.
    private static func minute(after time: Timestamp) -> Timestamp {
        let minute: Int64 = 60_000
        return Timestamp(milliseconds: time.milliseconds / minute * minute) + .milliseconds(minute)
    }
}

extension Table {
    /// For errors, and to write one.
    fileprivate static let callWindow = Table(
        "call_window", key: ["organization", "connector", "name", "connection"], rest: ["state", "over_at"])
}
