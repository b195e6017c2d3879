import Foundation
import Model
import StoreContract
import StoreRows

/// Who begins what is due. Rows that another transaction has locked are left out, never waited for. Each is looked up by its
/// key, however much else is due, and written where it was found: joined instead, the server might go through all of that.
/// One that somebody moved in between is not found there, and stays for the next look.
extension PostgresSession {
    func claim(lines: Set<LineID>, until time: Timestamp) throws -> Set<LineID> {
        guard !lines.isEmpty else { return [] }
        transaction.willWrite()
        return Set(
            try rows(try Self.claim(lines: lines, until: time, now: now), of: Line.table) {
                LineID(connection: try $0.next(), name: try $0.next())
            })
    }

    static func claim(lines: Set<LineID>, until time: Timestamp, now: Timestamp) throws -> Statement {
        let sql = """
            WITH wanted AS (
              SELECT value ->> 0 AS connection, value ->> 1 AS name FROM json_array_elements($1::text::json)),
            mine AS MATERIALIZED (
              SELECT found.place FROM wanted CROSS JOIN LATERAL (
                SELECT ctid AS place FROM line
                WHERE line.connection = wanted.connection AND line.name = wanted.name
                AND \(DueWork.refresh.isOpen) AND wake_at <= $2 FOR NO KEY UPDATE SKIP LOCKED) AS found)
            UPDATE line SET wake_at = $3 WHERE ctid = ANY(ARRAY(SELECT place FROM mine)) RETURNING connection, name
            """
        return Statement(sql, [try json(lines.map { [$0.connection.description, $0.name] }), now, time])
    }

    func release(_ line: LineID, claimedUntil claim: Timestamp, dueAt time: Timestamp) throws {
        try run(
            "UPDATE line SET wake_at = $1 WHERE connection = $2 AND name = $3 AND wake_at = $4",
            [time, line.connection, line.name, claim])
    }

    func claim(revocations: Set<ConnectionID>, until time: Timestamp) throws -> Set<ConnectionID> {
        guard !revocations.isEmpty else { return [] }
        transaction.willWrite()
        return Set(
            try rows(try Self.claim(revocations: revocations, until: time, now: now), of: ConnectionRecord.table) {
                try $0.next()
            })
    }

    static func claim(revocations: Set<ConnectionID>, until time: Timestamp, now: Timestamp) throws -> Statement {
        let sql = """
            WITH wanted AS (SELECT value AS id FROM json_array_elements_text($1::text::json)),
            mine AS MATERIALIZED (
              SELECT found.place FROM wanted CROSS JOIN LATERAL (
                SELECT ctid AS place FROM connection WHERE connection.id = wanted.id
                AND \(DueWork.revocation.isOpen) AND revoke_at <= $2 FOR NO KEY UPDATE SKIP LOCKED) AS found)
            UPDATE connection SET revoke_at = $3 WHERE ctid = ANY(ARRAY(SELECT place FROM mine)) RETURNING id
            """
        return Statement(sql, [try json(revocations.map(\.description)), now, time])
    }

    func claimDeliveries(of sink: String, limit: Int, until time: Timestamp) throws -> [Delivery] {
        transaction.willWrite()
        return try all(Delivery.self, Self.claimDeliveries(of: sink, limit: limit, until: time, now: now))
            .sorted { $0.sequence < $1.sequence }
            .map {
                var claimed = $0
                claimed.claimedUntil = time
                return claimed
            }
    }

    static func claimDeliveries(of sink: String, limit: Int, until time: Timestamp, now: Timestamp) -> Statement {
        let sql = """
            WITH mine AS MATERIALIZED (
              SELECT ctid AS place FROM delivery WHERE sink = $1 AND due_at <= $2 ORDER BY due_at, sequence LIMIT $3
              FOR UPDATE SKIP LOCKED)
            UPDATE delivery SET due_at = $4 WHERE ctid = ANY(ARRAY(SELECT place FROM mine))
            RETURNING \(Delivery.table.list)
            """
        return Statement(sql, [sink, now, limit, time])
    }

    /// Whether a delivery is still the claimer's; nil is nobody's claim. One that a replayed one went ahead of has no time.
    static func isMine(_ claim: String) -> String {
        "(\(claim)::bigint IS NULL OR due_at IS NULL OR due_at = \(claim))"
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
}
