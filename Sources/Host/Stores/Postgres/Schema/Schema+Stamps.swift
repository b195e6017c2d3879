extension Schema {
    /// The question that every cached read asks (0054). Behind a pooler each statement is planned anew; the plan of one inside
    /// a function stays with the server's session, for the role that runs it: the host's, who alone may.
    ///
    /// Planned once for whatever ids come, when tables may still be small: never by reading a whole one. Each of the four
    /// inner questions is the condition of an index, so that a line's history is not read with them.
    @Sendable static func stamps(_ roles: DatabaseRoles) -> [String] {
        [
            stampsFunction, "REVOKE ALL ON FUNCTION stamps(text) FROM PUBLIC",
            "GRANT EXECUTE ON FUNCTION stamps(text) TO \(DatabaseRoles.quoted(roles.host))",
        ]
    }

    // A standby has no timeline to tell; the transaction refuses it (`Transaction.opening`).
    private static let stampsFunction = """
        CREATE FUNCTION stamps(connections text) RETURNS TABLE (connection text, name text, stamp text)
        LANGUAGE plpgsql STABLE ROWS 10 SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
        #variable_conflict use_column
        BEGIN
          RETURN QUERY SELECT line.connection, line.name, concat_ws(' ',
            CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END,
            line.xmin, line.ctid, line.generation, line.fence, connection.xmin, connection.ctid,
            'client', client.xmin, client.ctid, 'disabled', switch.xmin, switch.ctid,
            'current', (SELECT concat_ws(' ', version.xmin, version.ctid)
              FROM token_manager.version WHERE version.connection = line.connection AND version.line = line.name
              AND version.status = 'current'),
            'candidates', (SELECT string_agg(concat_ws(' ', version.xmin, version.ctid), ',' ORDER BY version.ctid)
              FROM token_manager.version WHERE version.connection = line.connection AND version.line = line.name
              AND version.status = 'candidate'),
            'open', (SELECT concat_ws(' ', attempt.xmin, attempt.ctid)
              FROM token_manager.attempt WHERE attempt.connection = line.connection AND attempt.line = line.name
              AND attempt.state IN ('intent', 'sent')),
            'ambiguous', (SELECT string_agg(concat_ws(' ', attempt.xmin, attempt.ctid), ',' ORDER BY attempt.ctid)
              FROM token_manager.attempt WHERE attempt.connection = line.connection AND attempt.line = line.name
              AND attempt.state = 'ambiguous'))
          FROM token_manager.connection JOIN token_manager.line ON line.connection = connection.id
          LEFT JOIN token_manager.client ON client.organization = connection.organization
            AND client.connector = connection.connector AND client.name = connection.client
          LEFT JOIN token_manager.disabled_connector AS switch ON switch.organization = connection.organization
            AND switch.connector = connection.connector
          WHERE connection.id = ANY (string_to_array(connections, ' '));
        END $$
        """
}
