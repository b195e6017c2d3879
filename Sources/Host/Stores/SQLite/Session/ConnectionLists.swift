import Model
import StoreContract

extension SQLiteSession {
    /// A filter by a status, or by several owners, is a union of lists each of which an index has in order: SQLite merges
    /// them, and looks at no more rows than it gives, but for those that another filter leaves out.
    func connections(
        _ filter: ConnectionFilter, after cursor: ConnectionCursor?, limit: Int
    ) throws -> [ConnectionRecord] {
        var base = Condition("organization = ? AND deleted_at IS NULL", [filter.organization])
        if let connector = filter.connector { base.and("connector = ?", [connector]) }
        if let name = filter.name { base.and("name = ?", [name]) }
        if let cursor { base.and("(created_at, id) > (?, ?)", [cursor.createdAt, cursor.id]) }
        var parts = [base]
        if let owners = filter.owners {
            parts = Set(owners).sorted().map { owner in base.with("owner = ?", [owner]) }
        }
        if let status = filter.status {
            let shown = try self.parts(showing: status, filter)
            parts = parts.flatMap { part in shown.map { part.with($0.sql, $0.arguments) } }
        }
        guard !parts.isEmpty else { return [] }
        let table = ConnectionRecord.table
        let lists = parts.map { table.selection + $0.sql }.joined(separator: " UNION ALL ")
        return try all(
            ConnectionRecord.self, lists + " ORDER BY created_at, id LIMIT ?", parts.flatMap(\.arguments) + [limit])
    }

    /// Conditions, no two of which hold for one connection, that together are that status. The first one's index has it until
    /// an access token is past, the second one's after that.
    private func parts(showing status: ConnectionStatus, _ filter: ConnectionFilter) throws -> [Condition] {
        let disabled = try disabledConnectors(organization: filter.organization).sorted()
        let connector = filter.connector
        if status == .disabled { return hidden(by: disabled.filter { $0 == connector ?? $0 }) }
        let number = ShownStatus.number(of: status)
        // A name is rarer than any status: its index is the one to use.
        let no = filter.name == nil ? "" : "+"
        let parts = [
            Condition("\(no)shown = ? AND (past_at IS NULL OR past_at > ?)", [number, now]),
            Condition("\(no)shown_past = ? AND past_at IS NOT NULL AND past_at <= ?", [number, now]),
        ]
        guard ConnectionStatus.hiddenWhenDisabled.contains(status) else { return parts }
        if let connector { return disabled.contains(connector) ? [] : parts }
        return disabled.isEmpty ? parts : parts.map { $0.with("connector NOT IN (\(places(disabled)))", disabled) }
    }

    /// What disabled connectors hide. Each has a list of its own, unless there are more than one statement takes.
    private func hidden(by disabled: [String]) -> [Condition] {
        let lists = disabled.count <= Self.mostLists ? disabled.map { [$0] } : [disabled]
        return lists.map { connectors in
            let hidden = ConnectionStatus.hiddenWhenDisabled.map { ShownStatus.number(of: $0) }
            var condition = Condition("connector IN (\(places(connectors)))", connectors)
            condition.and("CASE WHEN past_at <= ? THEN shown_past ELSE shown END IN (\(places(hidden)))", [now])
            condition.arguments += hidden.map { $0 as any Column }
            return condition
        }
    }

    /// SQLite takes 500 in one statement; there may be two owners.
    private static let mostLists = 200

    /// Counted along one index, which has all that is needed.
    func connectionCounts(organization: OrganizationID?) throws -> [ConnectionCount] {
        let condition = organization == nil ? "" : "AND organization = ?"
        let sql = """
            SELECT organization, connector, shown, shown_past, COUNT(*), COALESCE(SUM(past_at <= ?), 0)
            FROM connection INDEXED BY connection_count WHERE deleted_at IS NULL \(condition)
            GROUP BY organization, connector, shown, shown_past
            """
        let arguments: [any Column] = [now] + (organization.map { [$0] } ?? [])
        var counts: [CountKey: Int] = [:]
        var disabled: [OrganizationID: Set<String>] = [:]
        for row in try rows(sql, arguments, of: ConnectionRecord.table, { try Counted(row: &$0) }) {
            let off = try disabled[row.organization] ?? disabledConnectors(organization: row.organization)
            disabled[row.organization] = off
            for (status, count) in [(row.shown, row.count - row.past), (row.shownPast, row.past)] where count > 0 {
                let shown = try ShownStatus.status(status).shown(enabled: !off.contains(row.connector))
                counts[CountKey(row.organization, row.connector, shown), default: 0] += count
            }
        }
        return counts.sorted { $0.key.order < $1.key.order }.map { key, count in
            ConnectionCount(
                organization: key.organization, connector: key.connector, status: key.status, count: count)
        }
    }
}

/// One row of the counts, before the time and what is disabled have been looked at.
private struct Counted {
    let organization: OrganizationID
    let connector: String
    let shown: Int
    let shownPast: Int
    let count: Int
    /// Of those, how many show `shownPast` by now.
    let past: Int

    init(row: inout RowReader) throws {
        organization = try row.next()
        connector = try row.next()
        shown = try row.next()
        shownPast = try row.next()
        count = try row.next()
        past = try row.next()
    }
}

private struct CountKey: Hashable {
    let organization: OrganizationID
    let connector: String
    let status: ConnectionStatus

    init(_ organization: OrganizationID, _ connector: String, _ status: ConnectionStatus) {
        (self.organization, self.connector, self.status) = (organization, connector, status)
    }

    var order: (String, String, Int) { (organization.description, connector, ShownStatus.number(of: status)) }
}

/// A question mark for each value.
private func places(_ values: [some Any]) -> String { values.map { _ in "?" }.joined(separator: ", ") }

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

    func with(_ more: String, _ arguments: [any Column]) -> Condition {
        var copy = self
        copy.and(more, arguments)
        return copy
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
}
