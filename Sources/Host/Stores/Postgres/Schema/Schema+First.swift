/// Times are milliseconds of store time, sealed values are bytes, small collections are JSON in a text.
extension Schema {
    static let connections = """
        CREATE TABLE connection (
          id TEXT NOT NULL PRIMARY KEY,
          organization TEXT NOT NULL, connector TEXT NOT NULL, client TEXT NOT NULL, created_at BIGINT NOT NULL,
          name TEXT NOT NULL, owner TEXT NOT NULL, revoke_at BIGINT NOT NULL, grant_type TEXT NOT NULL,
          inputs TEXT NOT NULL, sealed_inputs BYTEA, requested_scopes TEXT NOT NULL, granted_scopes TEXT,
          captured TEXT NOT NULL, metadata TEXT NOT NULL, deleted_at BIGINT, revocation TEXT NOT NULL,
          sealed_grant BYTEA, steps TEXT, step_at BIGINT, step_status TEXT, token_scopes TEXT, other_grants TEXT,
          shown SMALLINT NOT NULL, shown_past SMALLINT NOT NULL, past_at BIGINT);
        CREATE UNIQUE INDEX connection_name ON connection (organization, connector, owner, name) WHERE deleted_at IS NULL;
        CREATE INDEX connection_list ON connection (organization, created_at, id) WHERE deleted_at IS NULL;
        CREATE INDEX connection_list_by_connector ON connection (organization, connector, created_at, id)
          WHERE deleted_at IS NULL;
        CREATE INDEX connection_list_by_owner ON connection (organization, owner, created_at, id)
          WHERE deleted_at IS NULL;
        CREATE INDEX connection_list_by_status ON connection (organization, shown, created_at, id)
          WHERE deleted_at IS NULL;
        CREATE INDEX connection_list_by_past_status ON connection (organization, shown_past, created_at, id)
          WHERE deleted_at IS NULL AND past_at IS NOT NULL;
        CREATE INDEX connection_list_by_name ON connection (organization, name, created_at, id)
          WHERE deleted_at IS NULL;
        CREATE INDEX connection_count ON connection (organization, connector, shown, shown_past, past_at)
          WHERE deleted_at IS NULL;
        CREATE INDEX connection_of_organization ON connection (organization, id);
        CREATE INDEX connection_of_client ON connection (organization, connector, client) WHERE deleted_at IS NULL;
        CREATE INDEX connection_to_revoke ON connection (revoke_at, id) WHERE revocation = 'pending';
        CREATE INDEX connection_to_revoke_of_organization ON connection (organization, revoke_at)
          WHERE revocation = 'pending';
        CREATE INDEX connection_to_revoke_of_client ON connection (organization, connector, client)
          WHERE revocation = 'pending';
        CREATE INDEX connection_tombstone ON connection (id) WHERE deleted_at IS NOT NULL;
        CREATE INDEX connection_with_step ON connection (step_at, id) WHERE step_at IS NOT NULL AND deleted_at IS NULL;
        CREATE INDEX connection_with_step_of_organization ON connection (organization, step_at)
          WHERE step_at IS NOT NULL AND deleted_at IS NULL;

        CREATE TABLE client (
          organization TEXT NOT NULL, connector TEXT NOT NULL, name TEXT NOT NULL,
          client_id TEXT, redirect_uris TEXT NOT NULL, scopes TEXT, inputs TEXT NOT NULL,
          hosts TEXT, rotation TEXT, idle_lifetime BIGINT, absolute_lifetime BIGINT,
          exchange_without_state SMALLINT NOT NULL, updated_at BIGINT NOT NULL, revision BIGINT NOT NULL,
          PRIMARY KEY (organization, connector, name));
        CREATE TABLE client_secret (
          organization TEXT NOT NULL, connector TEXT NOT NULL, client TEXT NOT NULL, name TEXT NOT NULL,
          sealed BYTEA NOT NULL,
          PRIMARY KEY (organization, connector, client, name),
          FOREIGN KEY (organization, connector, client) REFERENCES client ON DELETE CASCADE);
        CREATE TABLE disabled_connector (
          organization TEXT NOT NULL, connector TEXT NOT NULL, PRIMARY KEY (organization, connector));

        CREATE TABLE flow (
          id TEXT NOT NULL PRIMARY KEY,
          organization TEXT NOT NULL, connection TEXT NOT NULL REFERENCES connection ON DELETE CASCADE,
          connector TEXT NOT NULL, client TEXT NOT NULL, started_by TEXT NOT NULL,
          state_hash BYTEA NOT NULL, ticket_hash BYTEA NOT NULL, redirect_uri TEXT NOT NULL, sealed_verifier BYTEA,
          scopes TEXT NOT NULL, inputs TEXT NOT NULL, sealed_inputs BYTEA, login_hint TEXT, return_to TEXT,
          created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, sealed_device BYTEA,
          renewal_grant TEXT, renewal_sealed_grant BYTEA, renewal_replaces TEXT,
          cookie_hash BYTEA, ticket_used_at BIGINT, used_at BIGINT, result TEXT, poll_interval BIGINT, poll_at BIGINT);
        CREATE UNIQUE INDEX flow_by_state ON flow (state_hash);
        CREATE UNIQUE INDEX flow_by_ticket ON flow (ticket_hash);
        CREATE INDEX flow_of_connection ON flow (connection);
        CREATE INDEX flow_by_expiry ON flow (expires_at);
        CREATE INDEX flow_to_poll ON flow (poll_at) WHERE poll_at IS NOT NULL AND result IS NULL;
        CREATE INDEX flow_to_poll_of_organization ON flow (organization, poll_at)
          WHERE poll_at IS NOT NULL AND result IS NULL;

        """

    /// A refresh that goes well touches as few indexes as it can: what is rare (ambiguous attempts, candidates) has its own.
    /// `wake_at`, `must_finish`, `expired_at` and `notice_at` are derived from the line (`Line.wakeAt` …) so that they can be
    /// searched.
    static let lines = """
        CREATE TABLE line (
          number BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
          connection TEXT NOT NULL REFERENCES connection ON DELETE CASCADE, name TEXT NOT NULL,
          organization TEXT NOT NULL,
          grant_id TEXT NOT NULL, rotation TEXT NOT NULL, state TEXT NOT NULL, enabled SMALLINT NOT NULL,
          generation BIGINT NOT NULL, fence BIGINT NOT NULL, lease_until BIGINT, open_attempt TEXT,
          quiet_at BIGINT NOT NULL, first_sent_at BIGINT, next_try_at BIGINT NOT NULL, failures BIGINT NOT NULL,
          expires_at BIGINT, due_at BIGINT, not_before BIGINT, reported_dead BIGINT, forced_at BIGINT,
          reports BIGINT NOT NULL, reports_since BIGINT, can_present SMALLINT NOT NULL,
          granted_at BIGINT, warn_at BIGINT, told_expired BIGINT,
          wake_at BIGINT, must_finish SMALLINT NOT NULL, expired_at BIGINT, notice_at BIGINT,
          PRIMARY KEY (connection, name)) WITH (fillfactor = 80);
        CREATE INDEX line_due ON line (wake_at) WHERE wake_at IS NOT NULL AND (enabled = 1 OR must_finish = 1);
        CREATE INDEX line_due_of_organization ON line (organization, wake_at)
          WHERE wake_at IS NOT NULL AND (enabled = 1 OR must_finish = 1);
        CREATE INDEX line_to_tell ON line (notice_at) WHERE notice_at IS NOT NULL;

        CREATE TABLE attempt (
          number BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
          id TEXT NOT NULL PRIMARY KEY,
          connection TEXT NOT NULL, line TEXT NOT NULL, grant_id TEXT NOT NULL, generation_in BIGINT NOT NULL,
          fence BIGINT NOT NULL, purpose TEXT NOT NULL, rotation TEXT NOT NULL, host TEXT NOT NULL, boot TEXT NOT NULL,
          caller TEXT NOT NULL, claimed_at BIGINT NOT NULL,
          state TEXT NOT NULL, sent_at BIGINT, holder_clear SMALLINT NOT NULL, closed_at BIGINT, outcome TEXT,
          FOREIGN KEY (connection, line) REFERENCES line ON DELETE CASCADE) WITH (fillfactor = 80);
        CREATE UNIQUE INDEX attempt_open ON attempt (connection, line) WHERE state IN ('intent', 'sent');
        CREATE INDEX attempt_ambiguous ON attempt (connection, line) WHERE state = 'ambiguous';
        CREATE INDEX attempt_of_connection ON attempt (connection, number);

        CREATE TABLE version (
          number BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
          connection TEXT NOT NULL, line TEXT NOT NULL, attempt TEXT NOT NULL,
          parent_generation BIGINT NOT NULL, grant_id TEXT NOT NULL, fence BIGINT NOT NULL,
          sealed BYTEA NOT NULL, fingerprint BYTEA, received_at BIGINT NOT NULL, expires_at BIGINT, due_at BIGINT,
          not_before BIGINT, refresh_expires_at BIGINT, endless SMALLINT NOT NULL, can_present SMALLINT NOT NULL,
          generation BIGINT NOT NULL, status TEXT NOT NULL, revocation_pending SMALLINT NOT NULL,
          PRIMARY KEY (connection, line, attempt),
          FOREIGN KEY (connection, line) REFERENCES line ON DELETE CASCADE);
        CREATE UNIQUE INDEX version_current ON version (connection, line) WHERE status = 'current';
        CREATE INDEX version_candidate ON version (connection, line) WHERE status = 'candidate';
        CREATE INDEX version_by_fingerprint ON version (fingerprint) WHERE fingerprint IS NOT NULL;

        """

    /// Events are numbered in the order of commits by a counter that is locked from the number to the end of the commit:
    /// readers go on after the highest number they have seen (`StoreReader`). Of each key the first delivery that is not
    /// done has a time in `due_at`, and only that one.
    static let events = """
        CREATE TABLE event_counter (value BIGINT NOT NULL) WITH (fillfactor = 10);
        INSERT INTO event_counter VALUES (0);
        CREATE TABLE event (
          sequence BIGINT NOT NULL PRIMARY KEY,
          id TEXT NOT NULL, kind TEXT NOT NULL, organization TEXT NOT NULL, connector TEXT NOT NULL, connection TEXT,
          owner TEXT, generation BIGINT, epoch BIGINT NOT NULL, reason TEXT, at BIGINT NOT NULL);
        CREATE INDEX event_of_organization ON event (organization, sequence);
        CREATE INDEX event_of_kind ON event (organization, kind, sequence);

        CREATE TABLE sink (name TEXT NOT NULL PRIMARY KEY, position BIGINT NOT NULL);
        CREATE TABLE delivery (
          sink TEXT NOT NULL, sequence BIGINT NOT NULL, key TEXT NOT NULL, taken_at BIGINT NOT NULL,
          tries BIGINT NOT NULL, due_at BIGINT, dead_at BIGINT, failure TEXT,
          id TEXT NOT NULL, kind TEXT NOT NULL, organization TEXT NOT NULL, connector TEXT NOT NULL, connection TEXT,
          owner TEXT, generation BIGINT, epoch BIGINT NOT NULL, reason TEXT, at BIGINT NOT NULL,
          PRIMARY KEY (sink, sequence));
        CREATE INDEX delivery_due ON delivery (sink, due_at, sequence) WHERE due_at IS NOT NULL;
        CREATE INDEX delivery_of_key ON delivery (sink, key, sequence) WHERE dead_at IS NULL;
        CREATE INDEX delivery_dead ON delivery (sink, sequence) WHERE dead_at IS NOT NULL;
        CREATE INDEX delivery_by_age ON delivery (taken_at);

        """

    /// Marks are drawn in every T2: a sequence, since a counter's row would make all of them wait for each other.
    static let installation = """
        CREATE TABLE audit (
          host TEXT NOT NULL, sequence BIGINT NOT NULL, previous_hash BYTEA NOT NULL, hash BYTEA NOT NULL,
          record TEXT NOT NULL, PRIMARY KEY (host, sequence));
        CREATE TABLE host (
          id TEXT NOT NULL PRIMARY KEY, boot TEXT NOT NULL, heartbeat_at BIGINT NOT NULL, lost SMALLINT NOT NULL);
        CREATE TABLE holder (
          token TEXT, host TEXT NOT NULL, place TEXT NOT NULL, seen_at BIGINT NOT NULL, silence BIGINT NOT NULL);
        CREATE TABLE data_key (
          number BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
          id TEXT NOT NULL PRIMARY KEY, organization TEXT NOT NULL, wrapped BYTEA NOT NULL, created_at BIGINT NOT NULL,
          encryptions BIGINT NOT NULL, retired SMALLINT NOT NULL);
        CREATE INDEX data_key_of_organization ON data_key (organization, created_at);
        CREATE TABLE organization_end (
          organization TEXT NOT NULL PRIMARY KEY, began_at BIGINT NOT NULL, erased_at BIGINT, ended_at BIGINT,
          reopened_at BIGINT, given_up BIGINT NOT NULL);
        CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value BYTEA NOT NULL);
        CREATE SEQUENCE mark MINVALUE 0 START 0;
        SELECT nextval('mark');
        CREATE TABLE probe (checked_at BIGINT NOT NULL);
        INSERT INTO probe VALUES (0);
        CREATE TABLE idempotent_answer (
          key TEXT NOT NULL PRIMARY KEY, request BYTEA NOT NULL, status BIGINT NOT NULL, sealed_body BYTEA NOT NULL,
          at BIGINT NOT NULL);
        CREATE INDEX idempotent_answer_by_time ON idempotent_answer (at);
        """
}
