import Model
import StoreContract
import StoreRows

extension PostgresSession {
    func connections(
        _ filter: ConnectionFilter, after cursor: ConnectionCursor?, limit: Int
    ) throws -> [ConnectionRecord] {
        var query = Condition()
        query.and("organization = ", [filter.organization])
        query.sql += " AND deleted_at IS NULL"
        if let connector = filter.connector { query.and("connector = ", [connector]) }
        if let name = filter.name { query.and("name = ", [name]) }
        if let owners = filter.owners {
            if owners.isEmpty { return [] }
            query.and("owner IN ", owners, isList: true)
        }
        if let status = filter.status {
            query.arguments.append(now)
            query.and(
                "\(ShownStatus.sql(time: "$\(query.arguments.count)")) = ",
                [ShownStatus.number(of: status)])
        }
        if let cursor { query.and("(created_at, id) > ", [cursor.createdAt, cursor.id], isList: true) }
        query.arguments.append(limit)
        query.sql += " ORDER BY created_at, id LIMIT $\(query.arguments.count)"
        return try within(filter.organization).all(ConnectionRecord.self, where: query.sql, query.arguments)
    }

    func connectionCounts(organization: OrganizationID?) throws -> [ConnectionCount] {
        let condition = organization == nil ? "" : "AND organization = $2"
        let sql = """
            SELECT organization, connector, \(ShownStatus.sql(time: "$1")) AS status, COUNT(*)
            FROM connection WHERE deleted_at IS NULL \(condition) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """
        let arguments: [any Column] = [now] + (organization.map { [$0] } ?? [])
        let session = organization.map { within($0) } ?? self
        return try session.rows(sql, arguments, of: ConnectionRecord.table) {
            ConnectionCount(
                organization: try $0.next(), connector: try $0.next(), status: try ShownStatus.status(try $0.next()),
                count: try $0.next())
        }
    }
}

/// A growing condition.
private struct Condition {
    var sql = ""
    var arguments: [any Column] = []

    mutating func and(_ more: String, _ values: [any Column], isList: Bool = false) {
        let places = values.indices.map { "$\(arguments.count + $0 + 1)" }.joined(separator: ", ")
        sql += (sql.isEmpty ? "" : " AND ") + more + (isList ? "(\(places))" : places)
        arguments += values
    }
}
