import Model
import StoreContract
import StoreRows

/// What is due: of all organizations along one index by time, of one along another that begins with the organization.
extension PostgresSession {
    func dueLines(of organization: OrganizationID?, limit: Int) throws -> [DueLine] {
        try rows(due("connection, name, organization", .refresh, organization, limit), of: Line.table) {
            let id = LineID(connection: try $0.next(), name: try $0.next())
            return DueLine(id: id, organization: try $0.next())
        }
    }

    func connectionsAwaitingRevocation(of organization: OrganizationID?, limit: Int) throws -> [ConnectionRecord] {
        try all(ConnectionRecord.self, due(ConnectionRecord.table.list, .revocation, organization, limit))
    }

    func connectionsWithDueSteps(of organization: OrganizationID?, limit: Int) throws -> [ConnectionRecord] {
        try all(ConnectionRecord.self, due(ConnectionRecord.table.list, .step, organization, limit))
    }

    func flowsToPoll(of organization: OrganizationID?, limit: Int) throws -> [FlowRecord] {
        try all(FlowRecord.self, due(FlowRecord.table.list, .poll, organization, limit))
    }

    func organizations(withDue work: DueWork, after: OrganizationID?, visiting: Int) throws -> DueOrganizations {
        let look = Self.visits(work, after: after, count: visiting, now: now)
        let visited = try rows(look, of: Line.table) {
            (organization: try $0.next() as OrganizationID, isDue: try $0.next() as Bool)
        }
        return DueOrganizations(
            due: visited.filter(\.isDue).map(\.organization),
            last: visited.count == visiting ? visited.last?.organization : nil)
    }

    private func due(_ columns: String, _ work: DueWork, _ organization: OrganizationID?, _ limit: Int) -> Statement {
        Self.due(columns, work, of: organization, now: now, limit: limit)
    }

    static func due(
        _ columns: String, _ work: DueWork, of organization: OrganizationID?, now: Timestamp, limit: Int
    ) -> Statement {
        let base = "SELECT \(columns) FROM \(work.table) WHERE \(work.isOpen) AND \(work.time) <= $1"
        let end = " ORDER BY \(work.time) LIMIT $2"
        guard let organization else { return Statement(base + end, [now, limit]) }
        return Statement(base + " AND organization = $3" + end, [now, limit, organization])
    }

    /// One search in the index for each organization that is looked at, and one for its earliest time: asked whether any
    /// is due, the server might gather everything that is.
    static func visits(_ work: DueWork, after: OrganizationID?, count: Int, now: Timestamp) -> Statement {
        let open = "FROM \(work.table) WHERE \(work.isOpen) AND organization"
        func next(after name: String) -> String {
            "(SELECT organization \(open) > \(name) ORDER BY organization LIMIT 1)"
        }
        let earliest = "SELECT \(work.time) \(open) = visited.name ORDER BY \(work.time) LIMIT 1"
        let sql = """
            WITH RECURSIVE visited (name, number) AS (
              SELECT \(next(after: "$1")), 1
              UNION ALL SELECT \(next(after: "visited.name")), number + 1 FROM visited
                WHERE name IS NOT NULL AND number < $2)
            SELECT name, ((\(earliest)) <= $3)::int FROM visited WHERE name IS NOT NULL ORDER BY number
            """
        return Statement(sql, [after ?? OrganizationID(""), count, now])
    }
}
