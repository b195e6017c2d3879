import Model
import StoreContract
import StoreRows

extension PostgresSession {
    func events(
        organization: OrganizationID, kinds: Set<EventRecord.Kind>?, after sequence: Int64, limit: Int
    ) throws -> [(sequence: Int64, event: EventRecord)] {
        transaction.writeLast()
        guard let list = Self.list(of: organization, kinds: kinds, after: sequence, limit: limit) else { return [] }
        return try within(organization).all(EventRow.self, list).map { ($0.sequence, $0.event) }
    }

    /// A page of each kind, which an index has in order, and of those the first: a rare kind is not looked for among all
    /// others. The server would not merge them by itself under row-level security.
    static func list(
        of organization: OrganizationID, kinds: Set<EventRecord.Kind>?, after sequence: Int64, limit: Int
    ) -> Statement? {
        let base = EventRow.table.selection + "organization = $1 AND sequence > $2"
        let end = " ORDER BY sequence LIMIT $3"
        let arguments: [any Column] = [organization, sequence, limit]
        guard let kinds else { return Statement(base + end, arguments) }
        let wanted = EventRecord.Kind.allCases.filter(kinds.contains)
        let lists = wanted.indices.map { "\(base) AND kind = $\($0 + 4)\(end)" }
        guard let first = lists.first else { return nil }
        let whole = lists.count == 1 ? first : "(" + lists.joined(separator: ") UNION ALL (") + ")" + end
        return Statement(whole, arguments + wanted.map { $0 as any Column })
    }

    func eventRange() throws -> (oldest: Int64, newest: Int64) {
        transaction.writeLast()
        let found: [(Int64, Int64)] = try rows(
            "SELECT COALESCE((SELECT MIN(sequence) FROM event), 0), value FROM event_counter", [], of: EventRow.table
        ) { (try $0.next(), try $0.next()) }
        guard let range = found.first else { throw StoreError(.corrupt, "table event_counter has no row") }
        return (range.0, range.1)
    }

    func append(_ event: EventRecord) throws { transaction.append(event) }

    func eraseEvents(before time: Timestamp) throws {
        transaction.writeLast()
        try run(
            """
            DELETE FROM event WHERE sequence <
            COALESCE((SELECT sequence FROM event WHERE at >= $1 ORDER BY sequence LIMIT 1), 9223372036854775807)
            """, [time])
    }

    // MARK: Audit

    /// A host's chain is one: who asks for its head, to keep it, goes alone from here on.
    func auditHead(of host: HostID) throws -> AuditEntry? {
        // The chain before the counter of events, as ever (`writeLast`).
        lock(.audit, host.description)
        transaction.writeLast()
        return try first(AuditEntry.self, where: "host = $1 ORDER BY sequence DESC", [host])
    }

    func audit(of host: HostID, after sequence: Int64, limit: Int) throws -> [AuditEntry] {
        try all(
            AuditEntry.self, where: "host = $1 AND sequence > $2 ORDER BY sequence LIMIT $3", [host, sequence, limit])
    }

    func append(_ record: UnlinkedRecord) throws { transaction.append(record) }
}
