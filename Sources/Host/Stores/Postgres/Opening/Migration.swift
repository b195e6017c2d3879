import StoreContract
import StoreRows

/// Brings a database to this program's schema, and the roles to their rights.
struct Migration {
    let roles: DatabaseRoles
    /// As whom the host logs in.
    let login: String

    private static let remedyRole = "run it with a STORE_MIGRATION_URL whose role may do that"

    /// What an administrator types where whoever migrates may not make roles.
    var grantRemedy: String {
        let (organization, host) = (DatabaseRoles.quoted(roles.organization), DatabaseRoles.quoted(roles.host))
        return "As an administrator of the server: CREATE ROLE \(organization) NOLOGIN; CREATE ROLE \(host) NOLOGIN; "
            + "GRANT \(organization), \(host) TO \(DatabaseRoles.quoted(login));"
    }

    /// Whether the host can work. Reads only.
    /// - Throws: `StoreError.Code.incompatible` when a newer program wrote it.
    func isDone(on link: Link) throws -> Bool {
        guard try hasSchema(on: link) else { return false }
        let version = try askAsHost(link, "SELECT max(number) FROM token_manager.migration")
        try requireKnown(version)
        return version == Schema.migrations.count
    }

    /// Whether there is a schema that the session may use.
    func hasSchema(on link: Link) throws -> Bool {
        guard try number(link, Self.membership, [roles.organization, roles.host]) == 2 else { return false }
        let usable = """
            SELECT count(*) FROM pg_namespace
            WHERE nspname = 'token_manager' AND has_schema_privilege(oid, 'USAGE')
            """
        return try askAsHost(link, usable) == 1
    }

    private func askAsHost(_ link: Link, _ sql: String) throws -> Int64 {
        let answers = try fly(
            link,
            [
                Statement("BEGIN READ ONLY"), Statement("SELECT set_config('role', $1, true)", [roles.host]),
                Statement(sql), Statement("COMMIT"),
            ])
        return answers[2][0].number(0) ?? 0
    }

    /// Of the roles of these names, those that the session may take.
    private static let membership = """
        SELECT count(*) FROM pg_roles WHERE rolname IN ($1, $2) AND pg_has_role(session_user, oid, 'MEMBER')
        """

    /// Begins a migration, once nobody else is at one. A host that is frozen in it stops the others for no longer than any
    /// transaction does.
    static var opening: [Statement] {
        [
            Statement("BEGIN"),
            Statement(
                "SELECT set_config('idle_in_transaction_session_timeout', '\(TransactionContext.longestPause)', true)"),
            Statement("SELECT pg_advisory_xact_lock(\(TransactionContext.migrationLock))"),
        ]
    }

    /// One transaction: all of it, or nothing. Who comes second waits and finds it done.
    func run(on link: Link) throws {
        try fly(link, Self.opening)
        do {
            try prepareRoles(link)
            try migrate(link)
            try fly(link, [Statement("COMMIT")])
        } catch {
            _ = try? link.fly([Statement("ROLLBACK")])
            throw error
        }
    }

    private func prepareRoles(_ link: Link) throws {
        for role in [roles.organization, roles.host] {
            if try number(link, "SELECT count(*) FROM pg_roles WHERE rolname = $1", [role]) == 0 {
                try fly(link, [Statement("CREATE ROLE \(DatabaseRoles.quoted(role)) NOLOGIN")])
            }
            let isMember = "SELECT count(*) FROM pg_roles WHERE rolname = $1 AND pg_has_role($2::name, oid, 'MEMBER')"
            if try number(link, isMember, [role, login]) == 0 {
                try fly(
                    link, [Statement("GRANT \(DatabaseRoles.quoted(role)) TO \(DatabaseRoles.quoted(login))")])
            }
        }
    }

    private func migrate(_ link: Link) throws {
        let isThere = try number(link, "SELECT count(*) FROM pg_namespace WHERE nspname = 'token_manager'") == 1
        let version = isThere ? try number(link, "SELECT max(number) FROM token_manager.migration") : 0
        try requireKnown(version)
        if !isThere { try fly(link, Schema.beginning(for: roles).map { Statement($0) }) }
        try fly(link, [Statement("SELECT set_config('search_path', 'token_manager', true)")])
        for (index, statements) in Schema.migrations.enumerated() where index >= version {
            try fly(link, statements(roles).map { Statement($0) })
            try fly(link, [Statement("INSERT INTO migration (number) VALUES ($1)", [index + 1])])
        }
    }

    private func requireKnown(_ version: Int64) throws {
        guard version <= Schema.migrations.count else {
            throw StoreError(
                .incompatible, "the database was written by a newer version; start that one or a later one")
        }
    }

    private func number(_ link: Link, _ sql: String, _ arguments: [any Column] = []) throws -> Int64 {
        try fly(link, [Statement(sql, arguments)])[0][0].number(0) ?? 0
    }

    @discardableResult
    private func fly(_ link: Link, _ statements: [Statement]) throws -> [Rows] {
        do { return try link.fly(statements, patience: .seconds(900)) } catch LinkFailure.refused(let error, _)
            where error.state == "42501"
        {
            throw StoreError(
                .incompatible, "PostgreSQL \(error.state): \(error.message); \(Self.remedyRole). \(grantRemedy)")
        } catch {
            throw error.storeError
        }
    }
}
