import Foundation
import Model
import StoreContract
import StoreRows

extension PostgresSession {
    /// The line's own row with what the protocol needs to decide: one flight, behind the connection's lock.
    func line(_ id: LineID) throws -> Line? {
        lock(id.connection)
        transaction.enter(scope)
        return try Self.line(in: transaction.ask(Self.line(id)))
    }

    /// Of attempts and versions those that are not over (`Schema.questions`).
    static func line(_ id: LineID) -> [Statement] {
        [
            Statement(Line.table.selection(from: "line_of($1, $2)"), [id.connection, id.name]),
            Statement(AttemptRow.table.selection(from: "attempts_of($1, $2)"), [id.connection, id.name]),
            Statement(VersionRow.table.selection(from: "versions_of($1, $2)"), [id.connection, id.name]),
        ]
    }

    static func line(in answers: [Rows]) throws -> Line? {
        guard var line = try read(answers[0], as: Line.self).first else { return nil }
        line.attempts = try read(answers[1], as: AttemptRow.self).map(\.attempt)
        line.versions = try read(answers[2], as: VersionRow.self).map(\.version)
        return line
    }

    func line(_ id: LineID, withAttempt attempt: AttemptID) throws -> Line? {
        guard var line = try line(id) else { return nil }
        // An open attempt has brought no version yet.
        if line.openAttempt == attempt { return line }
        if !line.attempts.contains(where: { $0.id == attempt }) {
            line.attempts += try attempts(of: id, "id = $3", [attempt])
        }
        if !line.versions.contains(where: { $0.attempt == attempt }) {
            line.versions += try versions(of: id, "attempt = $3", [attempt])
        }
        return line
    }

    func lines(of connection: ConnectionID) throws -> [Line] {
        lock(connection)
        let names: [String] = try rows(
            "SELECT name FROM line WHERE connection = $1 ORDER BY number", [connection], of: Line.table
        ) { try $0.next() }
        return try names.compactMap { try line(LineID(connection: connection, name: $0)) }
    }

    func attempt(_ id: AttemptID) throws -> Attempt? {
        try first(AttemptRow.self, where: "id = $1", [id])?.attempt
    }

    func version(of line: LineID, generation: Int64) throws -> TokenVersion? {
        // A candidate bears the generation that it would get: the pointer's own version comes first.
        let found = try versions(of: line, "generation = $3", [generation])
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
            "SELECT connection, name FROM line WHERE notice_at IS NOT NULL AND notice_at <= $1 ORDER BY notice_at LIMIT $2",
            [now, limit])
    }

    func lines(after id: LineID?, limit: Int) throws -> [LineID] {
        try ids(
            "SELECT connection, name FROM line WHERE (connection, name) > ($1, $2) ORDER BY connection, name LIMIT $3",
            [id?.connection ?? ConnectionID(""), id?.name ?? "", limit])
    }

    func lines(withPendingAttemptsOf host: HostID) throws -> [LineID] {
        try ids(
            """
            SELECT connection, line FROM attempt WHERE state IN ('intent', 'sent') AND host = $1
            UNION SELECT connection, line FROM attempt WHERE state = 'ambiguous' AND host = $1
            """, [host])
    }

    /// Who asks before a version is added holds the fingerprint until then (M42).
    func connection(withFingerprint fingerprint: Data) throws -> ConnectionID? {
        lock(.fingerprint, fingerprint.base64EncodedString())
        return try value(
            "SELECT connection FROM version WHERE fingerprint = $1 ORDER BY number LIMIT 1", [fingerprint],
            of: VersionRow.table)
    }

    func timeline(of connection: ConnectionID, before cursor: Int64?, limit: Int) throws -> [TimelineEntry] {
        let columns = AttemptRow.table.columns.map { "attempt.\($0)" }.joined(separator: ", ")
        let sql = """
            SELECT \(columns), attempt.number, version.generation FROM attempt
            LEFT JOIN version ON version.connection = attempt.connection AND version.line = attempt.line
              AND version.attempt = attempt.id
            WHERE attempt.connection = $1 AND attempt.number < $2 ORDER BY attempt.number DESC LIMIT $3
            """
        return try rows(sql, [connection, cursor ?? .max, limit], of: AttemptRow.table) {
            let row = try AttemptRow(row: &$0)
            return TimelineEntry(
                cursor: try $0.next(), line: row.line.name, attempt: row.attempt, generationOut: try $0.next())
        }
    }

    // MARK: Writing

    func save(_ line: Line, replacing old: Line?) throws {
        for change in line.changes(from: old) {
            switch change {
            case .add(let row): try add(row)
            case .change(let row): try self.change(row)
            case .put(let row): try put(row)
            }
        }
    }

    func postpone(_ line: LineID, until time: Timestamp, fence: Int64?) throws {
        try run(
            """
            UPDATE line SET wake_at = $1 WHERE connection = $2 AND name = $3 AND wake_at IS NOT NULL
            AND fence = COALESCE($4, fence)
            """,
            [time, line.connection, line.name, fence])
    }

    // MARK: Parts

    private func attempts(of line: LineID, _ condition: String, _ arguments: [any Column]) throws -> [Attempt] {
        try all(
            AttemptRow.self, where: "connection = $1 AND line = $2 AND \(condition)",
            [line.connection, line.name] + arguments
        ).map(\.attempt)
    }

    private func versions(of line: LineID, _ condition: String, _ arguments: [any Column]) throws -> [TokenVersion] {
        try all(
            VersionRow.self, where: "connection = $1 AND line = $2 AND \(condition)",
            [line.connection, line.name] + arguments
        ).map(\.version)
    }

    private func ids(_ sql: String, _ arguments: [any Column]) throws -> [LineID] {
        try rows(sql, arguments, of: Line.table) { LineID(connection: try $0.next(), name: try $0.next()) }
    }
}
