import Model
import StoreContract
import StoreRows

extension SQLiteSession {
    func events(
        organization: OrganizationID, kinds: Set<EventRecord.Kind>?, after sequence: Int64, limit: Int
    ) throws -> [(sequence: Int64, event: EventRecord)] {
        let base = EventRow.table.selection + "organization = ? AND sequence > ?"
        var lists = [base]
        var arguments: [any Column] = [organization, sequence]
        if let kinds {
            // A list of each kind, which an index has in order, merged: a rare one is not looked for among all others.
            let kinds = EventRecord.Kind.allCases.filter(kinds.contains)
            guard !kinds.isEmpty else { return [] }
            lists = kinds.map { _ in base + " AND kind = ?" }
            arguments = kinds.flatMap { [organization, sequence, $0] as [any Column] }
        }
        let sql = lists.joined(separator: " UNION ALL ") + " ORDER BY sequence LIMIT ?"
        return try all(EventRow.self, sql, arguments + [limit]).map { ($0.sequence, $0.event) }
    }

    func eventRange() throws -> (oldest: Int64, newest: Int64) {
        let oldest: Int64? = try value("SELECT COALESCE(MIN(sequence), 0) FROM event", of: EventRow.table)
        let newest: Int64? = try value("SELECT seq FROM sqlite_sequence WHERE name = 'event'", of: EventRow.table)
        return (oldest ?? 0, newest ?? 0)
    }

    func append(_ event: EventRecord) throws {
        try run(EventRow.table.insert, EventRow.columns(of: event))
        appended?.organizations.insert(event.organization)
    }

    func eraseEvents(before time: Timestamp) throws {
        try run(
            """
            DELETE FROM event WHERE sequence <
            COALESCE((SELECT sequence FROM event WHERE at >= ? ORDER BY sequence LIMIT 1), 9223372036854775807)
            """, [time])
    }

    // MARK: Audit

    func auditHead(of host: HostID) throws -> AuditEntry? {
        try first(AuditEntry.self, where: "host = ? ORDER BY sequence DESC", [host])
    }

    func audit(of host: HostID, after sequence: Int64, limit: Int) throws -> [AuditEntry] {
        try all(
            AuditEntry.self, where: "host = ? AND sequence > ? ORDER BY sequence LIMIT ?", [host, sequence, limit])
    }

    /// One writes at a time: nobody comes between the head and its next link.
    func append(_ record: UnlinkedRecord) throws { try add(record.link(auditHead(of: record.host))) }
}
