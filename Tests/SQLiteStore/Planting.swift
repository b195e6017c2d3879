import ConnectorSDK
import GRDB
import Model
import StoreContract

@testable import SQLiteStore

extension SQLiteStore {
    /// So many connections of one organization, in every status, with a line each; their events between another's; as many
    /// attempts of the first. Made by SQL alone, out of one that the store itself has written.
    func plant(_ count: Int) async throws {
        try await write { transaction in
            try transaction.insert(sample("c0000000"))
            try transaction.save(
                Line(
                    id: LineID(connection: ConnectionID("c0000000")), organization: OrganizationID("o"),
                    grant: GrantID("g"), rotation: .singleUse), replacing: nil)
            try transaction.setEnabled(false, connector: "off", organization: OrganizationID("o"))
        }
        try await pool.write { database in
            for statement in Planting.statements { try database.execute(sql: statement, arguments: ["count": count]) }
        }
    }
}

/// SQL that makes many rows of one. `:count` is how many connections there will be.
private enum Planting {
    private static let numbers = """
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)
        """

    static var statements: [String] {
        [
            copies("connection", Self.connection), copies("line", Self.line),
            copies("attempt", Self.attempt), copies("event", Self.event),
        ]
    }

    private static func copies(_ table: String, _ columns: [String: String]) -> String {
        let names = columns.keys.sorted()
        return """
            INSERT INTO \(table) (\(names.joined(separator: ", "))) \(numbers)
            SELECT \(names.map { columns[$0] ?? "" }.joined(separator: ", ")) FROM numbers
            """
    }

    private static let connection = [
        "id": "printf('c%07d', n)", "organization": "'o'", "client": "'default'", "created_at": "n",
        "connector": "CASE n % 4 WHEN 0 THEN 'off' WHEN 1 THEN 'github' ELSE 'sandbox' END", "name": "'name ' || n",
        "owner": "CASE n % 3 WHEN 0 THEN 'organization' WHEN 1 THEN 'user:ada' ELSE 'user:grace' END", "revoke_at": "n",
        "grant_type": "'authorization_code'", "inputs": "'{}'", "requested_scopes": "'[]'", "captured": "'{}'",
        "metadata": "'{}'", "revocation": "'none'",
    ]

    /// Most are active; the others are the last tenth, where a list that looks at everything finds them last. Of the active
    /// some are past.
    private static let line = [
        "connection": "printf('c%07d', n)", "name": "'default'", "organization": "'o'", "grant_id": "'g'",
        "rotation": "'single_use'", "enabled": "1", "generation": "1", "fence": "1", "quiet_at": "0",
        "next_try_at": "0", "failures": "0", "reports": "0", "can_present": "1", "must_finish": "0",
        "expired_at": "CASE WHEN n % 10 = 1 THEN 1000 WHEN n % 10 = 2 THEN 9000 END",
        "state": """
        CASE WHEN n * 10 < :count * 9 THEN 'active' ELSE CASE n % 7 WHEN 0 THEN 'degraded' WHEN 1 THEN 'recovering' \
        WHEN 2 THEN 'suspect' WHEN 3 THEN 'verify' WHEN 4 THEN 'revoked' WHEN 5 THEN 'pending' \
        ELSE 'needs_reauthorization:refused' END END
        """,
    ]

    private static let attempt = [
        "id": "'a' || n", "connection": "'c0000000'", "line": "'default'", "grant_id": "'g'", "generation_in": "1",
        "fence": "n", "purpose": "'normal'", "rotation": "'single_use'", "host": "'h'", "boot": "'b'",
        "caller": "'host'", "claimed_at": "n", "state": "'done'", "holder_clear": "1",
    ]

    private static let event = [
        "id": "'e' || n", "kind": "CASE n % 1000 WHEN 998 THEN 'appDisabled' ELSE 'TOKEN_REFRESHED' END",
        "connector": "'sandbox'", "epoch": "1", "at": "n",
        "organization": "CASE n % 2 WHEN 0 THEN 'o' ELSE 'other' END",
    ]
}
