package import Model
package import StoreContract
import StoreRows

extension PostgresSession {
    func stamp(of line: LineID) throws -> LineStamp? {
        let found = try rows(Self.stamps(of: [line.connection]), of: ConnectionRecord.table, Self.readStamp)
        return found.first { $0.line == line }?.stamp
    }

    /// A row's state is known by the transaction that wrote it and its place: each write of it changes one of them. Both
    /// can come again only where history branched, so the server's timeline is part of it, or after four thousand million
    /// transactions, which nobody's memory outlives (`ConnectionSnapshot.trustedFor`). A client's secrets are written
    /// with its row, always.
    static func stamps(of connections: [ConnectionID]) -> Statement {
        Statement(stampsQuery, [connections.map(\.description).joined(separator: " ")])
    }

    static func stamps(in rows: Rows) throws -> [LineID: LineStamp] {
        let found = try read(rows, of: ConnectionRecord.table, readStamp)
        return Dictionary(uniqueKeysWithValues: found.map { ($0.line, $0.stamp) })
    }

    private static func readStamp(_ row: inout RowReader) throws -> (line: LineID, stamp: LineStamp) {
        (LineID(connection: try row.next(), name: try row.next()), LineStamp(rows: try row.next() as String))
    }

    // A standby has no timeline to tell; the transaction refuses it (`Transaction.opening`). The server counts the ids when it
    // plans: of those that a query gives it assumes more, and reads a whole table of a few thousand lines for one of them.
    private static let stampsQuery = """
        SELECT line.connection, line.name, concat_ws(' ',
          CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END, line.xmin, line.ctid, line.generation, line.fence,
          connection.xmin, connection.ctid,
          'client', client.xmin, client.ctid, 'disabled', switch.xmin, switch.ctid,
          'versions', (SELECT string_agg(concat_ws(' ', version.xmin, version.ctid), ',' ORDER BY version.ctid)
            FROM version WHERE version.connection = line.connection AND version.line = line.name
            AND version.status IN ('current', 'candidate')),
          'attempts', (SELECT string_agg(concat_ws(' ', attempt.xmin, attempt.ctid), ',' ORDER BY attempt.ctid)
            FROM attempt WHERE attempt.connection = line.connection AND attempt.line = line.name
            AND attempt.state IN ('intent', 'sent', 'ambiguous')))
        FROM connection JOIN line ON line.connection = connection.id
        LEFT JOIN client ON client.organization = connection.organization
          AND client.connector = connection.connector AND client.name = connection.client
        LEFT JOIN disabled_connector AS switch ON switch.organization = connection.organization
          AND switch.connector = connection.connector
        WHERE connection.id = ANY (string_to_array($1, ' '))
        """
}

extension PostgresStore {
    package func stamps(of lines: Set<LineID>) async throws -> [LineID: LineStamp] {
        let connections = Array(Set(lines.map(\.connection)))
        let found = try await threads.run { [self] desk in
            try repeating(on: desk, .read) { transaction in
                transaction.isHasty()
                return try PostgresSession.stamps(in: transaction.askLast(PostgresSession.stamps(of: connections)))
            } then: {
                $0
            }
        }
        return found.filter { lines.contains($0.key) }
    }
}
