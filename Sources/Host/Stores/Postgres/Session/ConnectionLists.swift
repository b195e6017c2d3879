import Model
import StoreContract
import StoreRows

extension PostgresSession {
    func connections(
        _ filter: ConnectionFilter, after cursor: ConnectionCursor?, limit: Int
    ) throws -> [ConnectionRecord] {
        let session = within(filter.organization)
        // Asked for first: the server cannot tell how many rows a condition hides that asks for them.
        let disabled = filter.status == nil ? [] : try session.disabledConnectors(organization: filter.organization)
        guard let list = Self.list(filter, after: cursor, limit: limit, now: now, disabled: disabled) else { return [] }
        return try session.all(ConnectionRecord.self, list)
    }

    /// A filter by a status, or by several owners, is a union of lists each of which an index has in order: a page of each,
    /// and of those the first. The server would not merge them by itself under row-level security.
    static func list(
        _ filter: ConnectionFilter, after cursor: ConnectionCursor?, limit: Int, now: Timestamp, disabled: Set<String>
    ) -> Statement? {
        var query = Query()
        var base = "organization = \(query.place(filter.organization)) AND deleted_at IS NULL"
        if let connector = filter.connector { base += " AND connector = \(query.place(connector))" }
        if let name = filter.name { base += " AND name = \(query.place(name))" }
        if let cursor { base += " AND (created_at, id) > \(query.places([cursor.createdAt, cursor.id]))" }
        var parts = [base]
        if let owners = filter.owners {
            parts = Set(owners).sorted().map { "\(base) AND owner = \(query.place($0))" }
        }
        if let status = filter.status {
            let shown = query.conditions(showing: status, at: now, disabled: disabled.sorted())
            parts = parts.flatMap { part in shown.map { "\(part) AND \($0)" } }
        }
        guard !parts.isEmpty else { return nil }
        let end = " ORDER BY created_at, id LIMIT \(query.place(limit))"
        let lists = parts.map { ConnectionRecord.table.selection + $0 + end }
        let whole = lists.count == 1 ? lists[0] : "(" + lists.joined(separator: ") UNION ALL (") + ")" + end
        return Statement(whole, query.arguments)
    }

    /// Counted along one index, which has all that is needed.
    func connectionCounts(organization: OrganizationID?) throws -> [ConnectionCount] {
        let condition = organization == nil ? "" : "AND organization = $2"
        let sql = """
            SELECT organization, connector,
            CASE WHEN shown IN (\(Query.hidden)) AND EXISTS (
              SELECT 1 FROM disabled_connector off
              WHERE off.organization = counted.organization AND off.connector = counted.connector)
            THEN \(ShownStatus.number(of: .disabled)) ELSE shown END AS status, SUM(count)::bigint
            FROM (
              SELECT organization, connector, CASE WHEN past_at <= $1 THEN shown_past ELSE shown END AS shown, COUNT(*)
              FROM connection WHERE deleted_at IS NULL \(condition) GROUP BY 1, 2, 3) AS counted
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
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

/// A question while it grows: its parts share what they are asked with.
private struct Query {
    private(set) var arguments: [any Column] = []

    mutating func place(_ value: any Column) -> String {
        arguments.append(value)
        return "$\(arguments.count)"
    }

    /// In parentheses.
    mutating func places(_ values: [any Column]) -> String {
        "(" + values.map { place($0) }.joined(separator: ", ") + ")"
    }

    /// Conditions, no two of which hold for one connection, that together are that status. The first one's index has it until
    /// an access token is past, the second one's after that.
    mutating func conditions(
        showing status: ConnectionStatus, at now: Timestamp, disabled: [String]
    ) -> [String] {
        if status == .disabled, disabled.isEmpty { return [] }
        let time = place(now)
        if status == .disabled {
            return [
                "connector IN \(places(disabled)) "
                    + "AND CASE WHEN past_at <= \(time) THEN shown_past ELSE shown END IN (\(Self.hidden))"
            ]
        }
        let number = ShownStatus.number(of: status)
        let parts = [
            "shown = \(number) AND (past_at IS NULL OR past_at > \(time))",
            "shown_past = \(number) AND past_at IS NOT NULL AND past_at <= \(time)",
        ]
        guard ConnectionStatus.hiddenWhenDisabled.contains(status), !disabled.isEmpty else { return parts }
        let others = "connector NOT IN \(places(disabled))"
        return parts.map { "\($0) AND \(others)" }
    }

    /// What a disabled connector hides.
    static let hidden = ConnectionStatus.hiddenWhenDisabled.map { "\(ShownStatus.number(of: $0))" }
        .joined(separator: ", ")
}
