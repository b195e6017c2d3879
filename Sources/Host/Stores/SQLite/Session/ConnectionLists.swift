import Model
import StoreContract

extension SQLiteSession {
    func connections(
        _ filter: ConnectionFilter, after cursor: ConnectionCursor?, limit: Int
    ) throws -> [ConnectionRecord] {
        var query = Condition("organization = ? AND deleted_at IS NULL", [filter.organization])
        if let connector = filter.connector { query.and("connector = ?", [connector]) }
        if let name = filter.name { query.and("name = ?", [name]) }
        if let owners = filter.owners {
            let places = owners.map { _ in "?" }.joined(separator: ", ")
            query.and("owner IN (\(places))", owners)
        }
        if let status = filter.status { query.and("\(ShownStatus.sql) = ?", [now, ShownStatus.number(of: status)]) }
        if let cursor { query.and("(created_at, id) > (?, ?)", [cursor.createdAt, cursor.id]) }
        query.sql += " ORDER BY created_at, id LIMIT ?"
        return try all(ConnectionRecord.self, where: query.sql, query.arguments + [limit])
    }

    func connectionCounts(organization: OrganizationID?) throws -> [ConnectionCount] {
        let condition = organization == nil ? "" : "AND organization = ?"
        let sql = """
            SELECT organization, connector, \(ShownStatus.sql) AS status, COUNT(*) FROM connection
            WHERE deleted_at IS NULL \(condition) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """
        let arguments: [any Column] = [now] + (organization.map { [$0] } ?? [])
        return try rows(sql, arguments, of: ConnectionRecord.table) {
            ConnectionCount(
                organization: try $0.next(), connector: try $0.next(), status: try ShownStatus.status(try $0.next()),
                count: try $0.next())
        }
    }
}

/// A growing condition.
private struct Condition {
    var sql: String
    var arguments: [any Column]

    init(_ sql: String, _ arguments: [any Column]) {
        self.sql = sql
        self.arguments = arguments
    }

    mutating func and(_ more: String, _ arguments: [any Column]) {
        sql += " AND " + more
        self.arguments += arguments
    }
}

/// `ConnectionStatus` in SQL: a number by `worstFirst`, so that the worst line is the smallest.
enum ShownStatus {
    static func number(of status: ConnectionStatus) -> Int {
        ConnectionStatus.worstFirst.firstIndex(of: status) ?? ConnectionStatus.worstFirst.count
    }

    static func status(_ number: Int) throws -> ConnectionStatus {
        guard ConnectionStatus.worstFirst.indices.contains(number) else {
            throw StoreError(.corrupt, "table line, column state cannot be read")
        }
        return ConnectionStatus.worstFirst[number]
    }

    /// What is shown of a row of `connection`; its one argument is the time. An unreadable state is no status.
    static let sql: String = {
        let hidden = ConnectionStatus.hiddenWhenDisabled.map { "\(number(of: $0))" }.joined(separator: ", ")
        let off = """
            EXISTS (SELECT 1 FROM disabled_connector off
            WHERE off.organization = connection.organization AND off.connector = connection.connector)
            """
        return """
            (SELECT CASE WHEN shown IN (\(hidden)) AND \(off) THEN \(number(of: .disabled)) ELSE shown END FROM (
            SELECT CASE connection.step_status
              WHEN 'pending' THEN CASE WHEN worst IN (\(hidden)) THEN \(number(of: .pending)) ELSE worst END
              WHEN 'degraded' THEN MIN(worst, \(number(of: .degraded)))
              WHEN 'needs_reauthorization' THEN MIN(worst, \(number(of: .needsReauthorization)))
              ELSE worst END AS shown FROM (
            SELECT COALESCE(MIN(\(line)), \(number(of: .pending))) AS worst FROM line
            WHERE line.connection = connection.id)))
            """
    }()

    /// `Line.status(at:)` of one row of `line`.
    private static let line = """
        CASE
          WHEN state IN ('active', 'degraded') AND expired_at <= ? THEN \(number(of: .expired))
          WHEN state = 'active' THEN \(number(of: .active))
          WHEN state = 'degraded' THEN \(number(of: .degraded))
          WHEN state = 'pending' THEN \(number(of: .pending))
          WHEN state = 'recovering' THEN \(number(of: .recovering))
          WHEN state = 'suspect' THEN \(number(of: .suspect))
          WHEN state = 'revoked' THEN \(number(of: .revoked))
          WHEN state = 'verify' THEN \(number(of: .verify))
          WHEN state LIKE 'needs_reauthorization:%' THEN \(number(of: .needsReauthorization))
          ELSE -1
        END
        """
}
