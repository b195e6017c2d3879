import Foundation
import GRDB

/// The rows of a refresh written by hand into the store's own tables and indexes, without reading any: what the disk and
/// SQLite take for them at the least. Both transactions, WAL with synchronous FULL, as the store.
final class SameTables {
    private let pool: DatabasePool
    private let connections: [String]
    private var attempts: [String: String]
    private var sequence: Int64

    /// - Parameter path: a database in which refreshes were made, closed.
    init(path: String) throws {
        pool = try DatabasePool(path: path)
        (connections, attempts, sequence) = try pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864")
            let current = try Row.fetchAll(
                database, sql: "SELECT connection, attempt FROM version WHERE status = 'current'")
            return (
                try String.fetchAll(database, sql: "SELECT connection FROM line"),
                Dictionary(uniqueKeysWithValues: current.map { ($0["connection"], $0["attempt"]) }),
                try Int64.fetchOne(database, sql: "SELECT MAX(sequence) FROM audit") ?? 0
            )
        }
    }

    func run(_ count: Int) async throws {
        for number in 0..<count { try await refresh(connections[number % connections.count]) }
    }

    func close() throws { try pool.close() }

    private func refresh(_ connection: String) async throws {
        let attempt = UUID().uuidString
        let before = attempts[connection] ?? ""
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let sequence = sequence
        try await pool.write { database in
            try database.make(
                """
                UPDATE line SET fence = fence + 1, lease_until = ?1, open_attempt = ?2, quiet_at = ?1, first_sent_at = ?3,
                wake_at = ?1, must_finish = 1 WHERE connection = ?4 AND name = 'default'
                """, [now + 90_000, attempt, now, connection])
            try database.make(
                """
                INSERT INTO attempt (id, connection, line, grant_id, generation_in, fence, purpose, rotation, host, boot,
                caller, claimed_at, state, sent_at, holder_clear)
                VALUES (?, ?, 'default', 'grant', 1, 1, 'normal', 'single_use', 'plain', 'boot', 'host', ?, 'sent', ?, 0)
                """, [attempt, connection, now, now])
            try database.link(sequence + 1)
            try database.make("UPDATE mark SET value = value + 1", [])
        }
        try await pool.write { database in
            try database.make(
                """
                UPDATE line SET generation = generation + 1, lease_until = NULL, open_attempt = NULL, quiet_at = ?1,
                first_sent_at = NULL, expires_at = ?2, due_at = ?2, wake_at = ?2, must_finish = 0, expired_at = ?2
                WHERE connection = ?3 AND name = 'default'
                """, [now, now + 3_000_000, connection])
            try database.make("UPDATE attempt SET state = 'done', closed_at = ? WHERE id = ?", [now, attempt])
            try database.make(
                """
                UPDATE version SET status = 'superseded' WHERE connection = ? AND line = 'default' AND attempt = ?
                """, [connection, before])
            try database.make(
                """
                INSERT INTO version (connection, line, attempt, parent_generation, grant_id, fence, sealed, fingerprint,
                received_at, expires_at, due_at, can_present, generation, status, revocation_pending)
                VALUES (?, 'default', ?, 1, 'grant', 1, ?, ?, ?, ?, ?, 1, 2, 'current', 0)
                """,
                [
                    connection, attempt, Data(repeating: 1, count: 400), Data(UUID().uuidString.utf8), now,
                    now + 3_600_000, now + 3_000_000,
                ])
            try database.make(
                """
                INSERT INTO event (id, kind, organization, connector, connection, owner, generation, epoch, at)
                VALUES (?, 'TOKEN_REFRESHED', 'organization', 'sandbox', ?, 'organization', 2, 1, ?)
                """, [UUID().uuidString, connection, now])
            try database.link(sequence + 2)
        }
        attempts[connection] = attempt
        self.sequence += 2
    }
}

extension Database {
    fileprivate func make(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    fileprivate func link(_ sequence: Int64) throws {
        let hash = Data((UUID().uuidString + UUID().uuidString).utf8)
        try make(
            "INSERT INTO audit (host, sequence, previous_hash, hash, record) VALUES ('plain', ?, ?, ?, ?)",
            [sequence, hash, hash, String(repeating: "r", count: 300)])
    }
}
