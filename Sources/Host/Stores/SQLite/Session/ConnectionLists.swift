import Model
import StoreContract
import StoreRows

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
        if let status = filter.status {
            query.and("\(ShownStatus.sql(time: "?", least: "MIN")) = ?", [now, ShownStatus.number(of: status)])
        }
        if let cursor { query.and("(created_at, id) > (?, ?)", [cursor.createdAt, cursor.id]) }
        query.sql += " ORDER BY created_at, id LIMIT ?"
        return try all(ConnectionRecord.self, where: query.sql, query.arguments + [limit])
    }

    func connectionCounts(organization: OrganizationID?) throws -> [ConnectionCount] {
        let condition = organization == nil ? "" : "AND organization = ?"
        let sql = """
            SELECT organization, connector, \(ShownStatus.sql(time: "?", least: "MIN")) AS status, COUNT(*) FROM connection
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
