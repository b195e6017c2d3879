import Foundation
import Model
import StoreContract
import StoreRows

extension SQLiteSession {
    func line(_ id: LineID) throws -> Line? {
        try lineRow(id).map { try complete($0) }
    }

    func line(_ id: LineID, withAttempt attempt: AttemptID) throws -> Line? {
        guard var line = try line(id) else { return nil }
        // An open attempt has brought no version yet.
        if line.openAttempt == attempt { return line }
        if !line.attempts.contains(where: { $0.id == attempt }) {
            line.attempts += try attempts(of: id, "id = ?", [attempt])
        }
        if !line.versions.contains(where: { $0.attempt == attempt }) {
            line.versions += try versions(of: id, "attempt = ?", [attempt])
        }
        return line
    }

    func lines(of connection: ConnectionID) throws -> [Line] {
        try all(Line.self, where: "connection = ? ORDER BY rowid", [connection]).map { try complete($0) }
    }

    func attempt(_ id: AttemptID) throws -> Attempt? {
        try first(AttemptRow.self, where: "id = ?", [id])?.attempt
    }

    func version(of line: LineID, generation: Int64) throws -> TokenVersion? {
        // A candidate bears the generation that it would get: the pointer's own version comes first.
        let found = try versions(of: line, "generation = ?", [generation])
        return found.first { $0.status != .candidate } ?? found.first
    }

    func versions(of line: LineID) throws -> [TokenVersion] {
        try versions(of: line, "TRUE ORDER BY generation DESC, status = 'candidate', number DESC", [])
    }

    func lastClosedAttempt(of line: LineID) throws -> Attempt? {
        try attempts(of: line, "state NOT IN ('intent', 'sent') ORDER BY number DESC LIMIT 1", []).first
    }

    func linesToTell(limit: Int) throws -> [LineID] {
        try ids(
            "SELECT connection, name FROM line WHERE notice_at IS NOT NULL AND notice_at <= ? ORDER BY notice_at LIMIT ?",
            [now, limit])
    }

    func lines(after id: LineID?, limit: Int) throws -> [LineID] {
        try ids(
            "SELECT connection, name FROM line WHERE (connection, name) > (?, ?) ORDER BY connection, name LIMIT ?",
            [id?.connection ?? ConnectionID(""), id?.name ?? "", limit])
    }

    func lines(withPendingAttemptsOf host: HostID) throws -> [LineID] {
        try ids(
            """
            SELECT connection, line FROM attempt WHERE state IN ('intent', 'sent') AND host = ?
            UNION SELECT connection, line FROM attempt WHERE state = 'ambiguous' AND host = ?
            """, [host, host])
    }

    func connection(withFingerprint fingerprint: Data) throws -> ConnectionID? {
        try value(
            "SELECT connection FROM version WHERE fingerprint = ? ORDER BY number LIMIT 1", [fingerprint],
            of: VersionRow.table)
    }

    func timeline(of connection: ConnectionID, before cursor: Int64?, limit: Int) throws -> [TimelineEntry] {
        let columns = AttemptRow.table.columns.map { "attempt.\($0)" }.joined(separator: ", ")
        let sql = """
            SELECT \(columns), attempt.number, version.generation FROM attempt
            LEFT JOIN version ON version.connection = attempt.connection AND version.line = attempt.line
              AND version.attempt = attempt.id
            WHERE attempt.connection = ? AND attempt.number < ? ORDER BY attempt.number DESC LIMIT ?
            """
        return try rows(sql, [connection, cursor ?? .max, limit], of: AttemptRow.table) {
            let row = try AttemptRow(row: &$0)
            return TimelineEntry(
                cursor: try $0.next(), line: row.line.name, attempt: row.attempt, generationOut: try $0.next())
        }
    }

    /// Hand-overs that nobody has taken back, of every host. By columns that are there since the first version: a database
    /// that a restore replaces is not brought to this program's schema, since that would change it.
    func handOvers() throws -> [HandOver] {
        let sql = """
            SELECT a.id, a.connection, a.line, a.grant_id, a.generation_in, a.fence, a.host, a.boot, a.caller, a.claimed_at
            FROM attempt a JOIN line ON line.connection = a.connection AND line.name = a.line
              AND line.grant_id = a.grant_id
            WHERE a.state = 'ambiguous' AND a.purpose = 'hand_over'
            """
        return try rows(sql, [], of: AttemptRow.table) {
            let attempt: AttemptID = try $0.next()
            return HandOver(
                attempt: attempt, line: LineID(connection: try $0.next(), name: try $0.next()), grant: try $0.next(),
                generation: try $0.next(), fence: try $0.next(), host: try $0.next(), boot: try $0.next(),
                caller: try $0.next(), at: try $0.next())
        }
    }

    // MARK: Parts

    private func lineRow(_ id: LineID) throws -> Line? {
        try first(Line.self, where: "connection = ? AND name = ?", [id.connection, id.name])
    }

    /// Adds what the protocol needs to decide: open and ambiguous attempts, the current version and candidates.
    private func complete(_ row: Line) throws -> Line {
        var line = row
        line.attempts = try either(AttemptRow.self, of: row.id, "state IN ('intent', 'sent')", "state = 'ambiguous'")
            .map(\.attempt)
        line.versions = try either(VersionRow.self, of: row.id, "status = 'current'", "status = 'candidate'")
            .map(\.version)
        return line
    }

    /// Rows that meet one of two conditions, each of which has an index of its own.
    private func either<Value: Stored>(
        _ type: Value.Type, of line: LineID, _ one: String, _ other: String
    ) throws -> [Value] {
        let select = Value.table.selection + "connection = ?1 AND line = ?2 AND "
        return try all(type, select + one + " UNION ALL " + select + other, [line.connection, line.name])
    }

    private func attempts(of line: LineID, _ condition: String, _ arguments: [any Column]) throws -> [Attempt] {
        try all(
            AttemptRow.self, where: "connection = ? AND line = ? AND \(condition)",
            [line.connection, line.name] + arguments
        ).map(\.attempt)
    }

    private func versions(of line: LineID, _ condition: String, _ arguments: [any Column]) throws -> [TokenVersion] {
        try all(
            VersionRow.self, where: "connection = ? AND line = ? AND \(condition)",
            [line.connection, line.name] + arguments
        ).map(\.version)
    }

    private func ids(_ sql: String, _ arguments: [any Column]) throws -> [LineID] {
        try rows(sql, arguments, of: Line.table) { LineID(connection: try $0.next(), name: try $0.next()) }
    }
}
