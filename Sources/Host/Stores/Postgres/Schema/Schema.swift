import Foundation
import StoreContract

/// The database's form. Migrations are only ever appended: what a release has written is never edited.
enum Schema {
    /// Statements of each, in order; their numbers count from 1.
    static let migrations: [@Sendable (DatabaseRoles) -> [String]] = [
        first, severalHosts, callWindows, stamps, questions, auditChain,
    ]

    /// What there is before the first migration.
    static func beginning(for roles: DatabaseRoles) -> [String] {
        let (organization, host) = (DatabaseRoles.quoted(roles.organization), DatabaseRoles.quoted(roles.host))
        return [
            "CREATE SCHEMA token_manager",
            "REVOKE ALL ON SCHEMA token_manager FROM PUBLIC",
            "GRANT USAGE ON SCHEMA token_manager TO \(organization), \(host)",
            """
            CREATE TABLE token_manager.migration (
              number BIGINT NOT NULL PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())
            """,
            "GRANT SELECT ON token_manager.migration TO \(host)",
        ]
    }

    @Sendable private static func first(_ roles: DatabaseRoles) -> [String] {
        statements(connections + lines + events + installation) + KeptStatus.statements + RowSecurity.first(roles)
    }

    /// Texts are compared byte by byte, whatever the database's language; switches are 0 or 1, as on SQLite.
    static func statements(_ text: String) -> [String] {
        text.replacing(" TEXT", with: " TEXT COLLATE \"C\"").split(separator: ";\n")
            .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
    }

    /// What a failed uniqueness check names, and the rule behind it.
    static let rules: [String: StoreRule] = [
        "connection_pkey": .connectionID,
        "connection_name": .connectionName,
        "line_pkey": .line,
        "attempt_pkey": .attemptID,
        "attempt_open": .openAttempt,
        "version_pkey": .versionAttempt,
        "version_current": .currentVersion,
        "flow_pkey": .flowID,
        "flow_by_state": .stateHash,
        "flow_by_ticket": .ticketHash,
        "audit_pkey": .auditSequence,
        "data_key_pkey": .dataKeyID,
    ]
}
