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
    /// with its row, always. How it is read is the database's own function (`Schema.stamps`).
    static func stamps(of connections: [ConnectionID]) -> Statement {
        Statement(
            "SELECT connection, name, stamp FROM stamps($1)", [connections.map(\.description).joined(separator: " ")])
    }

    static func stamps(in rows: Rows) throws -> [LineID: LineStamp] {
        let found = try read(rows, of: ConnectionRecord.table, readStamp)
        return Dictionary(uniqueKeysWithValues: found.map { ($0.line, $0.stamp) })
    }

    private static func readStamp(_ row: inout RowReader) throws -> (line: LineID, stamp: LineStamp) {
        (LineID(connection: try row.next(), name: try row.next()), LineStamp(rows: try row.next() as String))
    }
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
