extension Schema {
    /// Rate limits hold over all hosts (0049): a row per client, and per connection where those have limits. Rows are small,
    /// and changed with nearly every call: there is room beside each for its next form.
    @Sendable static func callWindows(_ roles: DatabaseRoles) -> [String] {
        statements(
            """
            CREATE TABLE call_window (
              organization TEXT NOT NULL, connector TEXT NOT NULL, name TEXT NOT NULL, connection TEXT NOT NULL,
              state BYTEA NOT NULL, over_at BIGINT NOT NULL,
              PRIMARY KEY (organization, connector, name, connection)) WITH (fillfactor = 50);
            CREATE INDEX call_window_over ON call_window (over_at)
            """) + RowSecurity.secured("call_window", roles)
    }
}
