import Model
import StoreContract
import StoreRows

/// What is due: of all organizations along one index by time, of one along another that begins with the organization.
extension SQLiteSession {
    func dueLines(of organization: OrganizationID?, limit: Int) throws -> [DueLine] {
        let found = due(.refresh, organization, limit)
        return try rows(
            "SELECT connection, name, organization FROM line WHERE \(found.condition)", found.arguments, of: Line.table
        ) {
            let id = LineID(connection: try $0.next(), name: try $0.next())
            return DueLine(id: id, organization: try $0.next())
        }
    }

    func connectionsAwaitingRevocation(of organization: OrganizationID?, limit: Int) throws -> [ConnectionRecord] {
        let found = due(.revocation, organization, limit)
        return try all(ConnectionRecord.self, where: found.condition, found.arguments)
    }

    func connectionsWithDueSteps(of organization: OrganizationID?, limit: Int) throws -> [ConnectionRecord] {
        let found = due(.step, organization, limit)
        return try all(ConnectionRecord.self, where: found.condition, found.arguments)
    }

    func flowsToPoll(of organization: OrganizationID?, limit: Int) throws -> [FlowRecord] {
        let found = due(.poll, organization, limit)
        return try all(FlowRecord.self, where: found.condition, found.arguments)
    }

    /// One search in the index for each organization that is looked at, and one for what is due of it.
    func organizations(withDue work: DueWork, after: OrganizationID?, visiting: Int) throws -> DueOrganizations {
        let (table, time, open) = (work.table, work.time, work.isOpen)
        func next(after name: String) -> String {
            """
            (SELECT organization FROM \(table) INDEXED BY \(work.index)
            WHERE \(open) AND organization > \(name) ORDER BY organization LIMIT 1)
            """
        }
        let sql = """
            WITH RECURSIVE visited (name, number) AS (
              SELECT \(next(after: "?1")), 1
              UNION ALL SELECT \(next(after: "visited.name")), number + 1 FROM visited
                WHERE name IS NOT NULL AND number < ?2)
            SELECT name, EXISTS (SELECT 1 FROM \(table) INDEXED BY \(work.index)
              WHERE \(open) AND organization = visited.name AND \(time) <= ?3)
            FROM visited WHERE name IS NOT NULL
            """
        let visited = try rows(sql, [after ?? OrganizationID(""), visiting, now], of: Line.table) {
            (organization: try $0.next() as OrganizationID, isDue: try $0.next() as Bool)
        }
        return DueOrganizations(
            due: visited.filter(\.isDue).map(\.organization),
            last: visited.count == visiting ? visited.last?.organization : nil)
    }

    private func due(
        _ work: DueWork, _ organization: OrganizationID?, _ limit: Int
    ) -> (condition: String, arguments: [any Column]) {
        let order = "\(work.time) <= ? ORDER BY \(work.time) LIMIT ?"
        guard let organization else { return ("\(work.isOpen) AND \(order)", [now, limit]) }
        return ("\(work.isOpen) AND organization = ? AND \(order)", [organization, now, limit])
    }
}

extension DueWork {
    /// It begins with the organization.
    fileprivate var index: String {
        switch self {
        case .refresh: "line_due_of_organization"
        case .revocation: "connection_to_revoke_of_organization"
        case .step: "connection_with_step_of_organization"
        case .poll: "flow_to_poll_of_organization"
        }
    }
}
