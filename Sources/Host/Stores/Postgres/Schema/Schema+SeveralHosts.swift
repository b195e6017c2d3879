extension Schema {
    /// Any number of hosts work at once (0041): none holds the database alone, and a client's breaker is one for all
    /// (0044).
    @Sendable static func severalHosts(_ roles: DatabaseRoles) -> [String] {
        statements(
            """
            CREATE TABLE client_breaker (
              organization TEXT NOT NULL, connector TEXT NOT NULL, name TEXT NOT NULL,
              state BYTEA NOT NULL, changed_at BIGINT NOT NULL, PRIMARY KEY (organization, connector, name));
            DROP TABLE holder
            """) + RowSecurity.secured("client_breaker", roles)
    }
}
