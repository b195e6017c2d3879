extension Schema {
    /// The next link of a host's chain, made where it is written: the chain is locked from here to the end of the commit, and
    /// no question of the host's stands in between (0056). The hash is that of `UnlinkedRecord.link`.
    @Sendable static func auditChain(_ roles: DatabaseRoles) -> [String] {
        [
            appendFunction, "REVOKE ALL ON FUNCTION append_audit(text, text, bytea) FROM PUBLIC",
            "GRANT EXECUTE ON FUNCTION append_audit(text, text, bytea) TO \(DatabaseRoles.quoted(roles.host))",
        ]
    }

    // What stands behind the lock sees all that was committed before it was had: the function is volatile, so each of its
    // statements looks anew.
    private static let appendFunction = """
        CREATE FUNCTION append_audit(of_host text, added text, genesis bytea) RETURNS void
        LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
        DECLARE
          place bigint;
          before bytea;
          -- As it is read: a text that is none, or no hash, would make the chain unreadable from here on.
          digits text;
        BEGIN
          PERFORM pg_advisory_xact_lock(hashtextextended('audit/' || of_host, 0));
          SELECT sequence, hash INTO place, before FROM token_manager.audit
            WHERE host = of_host ORDER BY sequence DESC LIMIT 1;
          IF NOT FOUND THEN
            place := 0;
            before := genesis;
          END IF;
          place := place + 1;
          digits := encode(before, 'escape');
          IF digits COLLATE "C" !~ '^[0-9a-f]{64}$' THEN
            RAISE EXCEPTION 'the head of the audit chain of % is no hash', of_host USING ERRCODE = 'data_corrupted';
          END IF;
          INSERT INTO token_manager.audit (host, sequence, previous_hash, hash, record) VALUES (of_host, place, before,
            convert_to(encode(sha256(decode(digits, 'hex') || int8send(place) || convert_to(added, 'UTF8')), 'hex'), 'UTF8'),
            added);
        END $$
        """
}
