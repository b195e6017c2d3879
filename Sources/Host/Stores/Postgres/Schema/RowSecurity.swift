/// Who may do what (SECURITY.md lines 35, 36). No table belongs to a role that statements run under, each has row-level
/// security, and without `SET ROLE` a session sees nothing, however its login was made a member.
enum RowSecurity {
    /// Tables whose rows belong to an organization and that questions with an organization touch, with what those may do.
    private static let shared = [
        "connection": "SELECT, INSERT", "line": "SELECT, UPDATE (enabled)",
        "client": "SELECT, INSERT, UPDATE, DELETE", "client_secret": "SELECT, INSERT, UPDATE, DELETE",
        "disabled_connector": "SELECT, INSERT, DELETE", "event": "SELECT", "data_key": "SELECT, INSERT",
        "organization_end": "SELECT",
    ]

    /// For the host's own work alone.
    private static let inner = [
        "flow", "attempt", "version", "event_counter", "sink", "delivery", "audit", "host", "holder", "setting",
        "probe", "idempotent_answer",
    ]

    static func first(_ roles: DatabaseRoles) -> [String] {
        let tables = shared.keys.sorted()
        return (tables + inner).flatMap { secured($0, roles) } + tables.flatMap { opened($0, roles) }
            + ["GRANT SELECT, USAGE, UPDATE ON SEQUENCE mark TO \(DatabaseRoles.quoted(roles.host))"]
    }

    /// Everything is the host's, except that a link of the audit is never changed.
    static func secured(_ table: String, _ roles: DatabaseRoles) -> [String] {
        let host = DatabaseRoles.quoted(roles.host)
        let name = roles.host.replacing("'", with: "''")
        let rights = table == "audit" ? "SELECT, INSERT" : "SELECT, INSERT, UPDATE, DELETE"
        return [
            "ALTER TABLE \(table) ENABLE ROW LEVEL SECURITY",
            "GRANT \(rights) ON \(table) TO \(host)",
            // Only for who has taken the role: a login that inherits it has not. As a number, of which the planner believes
            // that nearly every row has another than 0: of a name it believes that one row in two hundred has it, and sorts
            // whole tables where an index has the order.
            "CREATE POLICY host_work ON \(table) TO \(host) USING ((current_user = '\(name)')::int <> 0)",
        ]
    }

    private static func opened(_ table: String, _ roles: DatabaseRoles) -> [String] {
        let organization = DatabaseRoles.quoted(roles.organization)
        return [
            "GRANT \(shared[table] ?? "SELECT") ON \(table) TO \(organization)",
            """
            CREATE POLICY one_organization ON \(table) TO \(organization)
            USING (organization = current_setting('token_manager.organization', true))
            """,
        ]
    }
}
