import GRDB
import StoreContract

/// The database's form. Migrations are only ever appended: what a release has written is never edited.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-first") { try $0.execute(sql: connections + lines + installation) }
        migrator.registerMigration("2-revocation") { try $0.execute(sql: revocation) }
        migrator.registerMigration("3-grants") { try $0.execute(sql: grants) }
        migrator.registerMigration("4-steps") { try $0.execute(sql: steps) }
        migrator.registerMigration("5-devices") { try $0.execute(sql: devices) }
        migrator.registerMigration("6-token-scopes") { try $0.execute(sql: tokenScopes) }
        migrator.registerMigration("7-deliveries") { try $0.execute(sql: deliveries) }
        migrator.registerMigration("8-organization-ends") { try $0.execute(sql: organizationEnds) }
        migrator.registerMigration("9-renewals") { try $0.execute(sql: renewals) }
        migrator.registerMigration("10-shown-status") { try $0.execute(sql: KeptStatus.migration) }
        migrator.registerMigration("12-fairness") { try $0.execute(sql: fairness) }
        migrator.registerMigration("14-other-grants") { try $0.execute(sql: otherGrants) }
        migrator.registerMigration("16-notices") { try $0.execute(sql: notices) }
        return migrator
    }

    /// Times are milliseconds of store time, sealed values are blobs, small collections are JSON.
    private static let connections = """
        CREATE TABLE connection (
          id TEXT NOT NULL PRIMARY KEY,
          organization TEXT NOT NULL, connector TEXT NOT NULL, client TEXT NOT NULL, created_at INTEGER NOT NULL,
          name TEXT NOT NULL, owner TEXT NOT NULL, updated_at INTEGER NOT NULL, grant_type TEXT NOT NULL,
          inputs TEXT NOT NULL, sealed_inputs BLOB, requested_scopes TEXT NOT NULL, granted_scopes TEXT,
          captured TEXT NOT NULL, metadata TEXT NOT NULL, deleted_at INTEGER, revocation TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX connection_name ON connection (organization, connector, owner, name) WHERE deleted_at IS NULL;
        CREATE INDEX connection_list ON connection (organization, created_at, id) WHERE deleted_at IS NULL;
        CREATE INDEX connection_list_by_connector ON connection (organization, connector, created_at, id)
          WHERE deleted_at IS NULL;
        CREATE INDEX connection_list_by_owner ON connection (organization, owner, created_at, id)
          WHERE deleted_at IS NULL;
        CREATE INDEX connection_of_client ON connection (organization, connector, client) WHERE deleted_at IS NULL;
        CREATE INDEX connection_to_revoke ON connection (updated_at, id) WHERE revocation = 'pending';

        CREATE TABLE client (
          organization TEXT NOT NULL, connector TEXT NOT NULL, name TEXT NOT NULL,
          client_id TEXT, redirect_uris TEXT NOT NULL, scopes TEXT, inputs TEXT NOT NULL,
          hosts TEXT, rotation TEXT, idle_lifetime INTEGER, absolute_lifetime INTEGER,
          exchange_without_state INTEGER NOT NULL, updated_at INTEGER NOT NULL, revision INTEGER NOT NULL,
          PRIMARY KEY (organization, connector, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE client_secret (
          organization TEXT NOT NULL, connector TEXT NOT NULL, client TEXT NOT NULL, name TEXT NOT NULL,
          sealed BLOB NOT NULL,
          PRIMARY KEY (organization, connector, client, name),
          FOREIGN KEY (organization, connector, client) REFERENCES client ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE disabled_connector (
          organization TEXT NOT NULL, connector TEXT NOT NULL, PRIMARY KEY (organization, connector)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE flow (
          id TEXT NOT NULL PRIMARY KEY,
          organization TEXT NOT NULL, connection TEXT NOT NULL REFERENCES connection ON DELETE CASCADE,
          connector TEXT NOT NULL, client TEXT NOT NULL, started_by TEXT NOT NULL,
          state_hash BLOB NOT NULL, ticket_hash BLOB NOT NULL, redirect_uri TEXT NOT NULL, sealed_verifier BLOB,
          scopes TEXT NOT NULL, inputs TEXT NOT NULL, sealed_inputs BLOB, login_hint TEXT, return_to TEXT,
          created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
          cookie_hash BLOB, ticket_used_at INTEGER, used_at INTEGER, result TEXT
        ) STRICT;
        CREATE UNIQUE INDEX flow_by_state ON flow (state_hash);
        CREATE UNIQUE INDEX flow_by_ticket ON flow (ticket_hash);
        CREATE INDEX flow_of_connection ON flow (connection);
        CREATE INDEX flow_by_expiry ON flow (expires_at);

        """

    /// A refresh that goes well touches as few indexes as it can: what is rare (ambiguous attempts, candidates) has its own.
    /// `wake_at`, `must_finish` and `expired_at` are derived from the line (`Line.wakeAt` …) so that they can be searched.
    private static let lines = """
        CREATE TABLE line (
          connection TEXT NOT NULL REFERENCES connection ON DELETE CASCADE, name TEXT NOT NULL,
          organization TEXT NOT NULL,
          grant_id TEXT NOT NULL, rotation TEXT NOT NULL, state TEXT NOT NULL, enabled INTEGER NOT NULL,
          generation INTEGER NOT NULL, fence INTEGER NOT NULL, lease_until INTEGER, open_attempt TEXT,
          quiet_at INTEGER NOT NULL, first_sent_at INTEGER, next_try_at INTEGER NOT NULL, failures INTEGER NOT NULL,
          expires_at INTEGER, due_at INTEGER, not_before INTEGER, reported_dead INTEGER, forced_at INTEGER,
          reports INTEGER NOT NULL, reports_since INTEGER, can_present INTEGER NOT NULL,
          wake_at INTEGER, must_finish INTEGER NOT NULL, expired_at INTEGER,
          PRIMARY KEY (connection, name)
        ) STRICT;
        CREATE INDEX line_due ON line (wake_at) WHERE wake_at IS NOT NULL AND (enabled = 1 OR must_finish = 1);

        CREATE TABLE attempt (
          number INTEGER PRIMARY KEY,
          id TEXT NOT NULL UNIQUE,
          connection TEXT NOT NULL, line TEXT NOT NULL, grant_id TEXT NOT NULL, generation_in INTEGER NOT NULL,
          fence INTEGER NOT NULL, purpose TEXT NOT NULL, rotation TEXT NOT NULL, host TEXT NOT NULL, boot TEXT NOT NULL,
          caller TEXT NOT NULL, claimed_at INTEGER NOT NULL,
          state TEXT NOT NULL, sent_at INTEGER, holder_clear INTEGER NOT NULL, closed_at INTEGER, outcome TEXT,
          FOREIGN KEY (connection, line) REFERENCES line ON DELETE CASCADE
        ) STRICT;
        CREATE UNIQUE INDEX attempt_open ON attempt (connection, line) WHERE state IN ('intent', 'sent');
        CREATE INDEX attempt_ambiguous ON attempt (connection, line) WHERE state = 'ambiguous';
        CREATE INDEX attempt_of_connection ON attempt (connection);

        CREATE TABLE version (
          number INTEGER PRIMARY KEY,
          connection TEXT NOT NULL, line TEXT NOT NULL, attempt TEXT NOT NULL,
          parent_generation INTEGER NOT NULL, grant_id TEXT NOT NULL, fence INTEGER NOT NULL,
          sealed BLOB NOT NULL, fingerprint BLOB, received_at INTEGER NOT NULL, expires_at INTEGER, due_at INTEGER,
          not_before INTEGER, refresh_expires_at INTEGER, can_present INTEGER NOT NULL,
          generation INTEGER NOT NULL, status TEXT NOT NULL, revocation_pending INTEGER NOT NULL,
          FOREIGN KEY (connection, line) REFERENCES line ON DELETE CASCADE
        ) STRICT;
        CREATE UNIQUE INDEX version_by_attempt ON version (connection, line, attempt);
        CREATE UNIQUE INDEX version_current ON version (connection, line) WHERE status = 'current';
        CREATE INDEX version_candidate ON version (connection, line) WHERE status = 'candidate';
        CREATE INDEX version_by_fingerprint ON version (fingerprint) WHERE fingerprint IS NOT NULL;

        """

    private static let installation = """
        CREATE TABLE event (
          sequence INTEGER PRIMARY KEY AUTOINCREMENT,
          id TEXT NOT NULL, kind TEXT NOT NULL, organization TEXT NOT NULL, connector TEXT NOT NULL, connection TEXT,
          owner TEXT, generation INTEGER, epoch INTEGER NOT NULL, reason TEXT, at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX event_of_organization ON event (organization);

        CREATE TABLE audit (
          host TEXT NOT NULL, sequence INTEGER NOT NULL, previous_hash BLOB NOT NULL, hash BLOB NOT NULL,
          record TEXT NOT NULL, PRIMARY KEY (host, sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE host (
          id TEXT NOT NULL PRIMARY KEY, boot TEXT NOT NULL, heartbeat_at INTEGER NOT NULL, lost INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE data_key (
          id TEXT NOT NULL PRIMARY KEY, organization TEXT NOT NULL, wrapped BLOB NOT NULL, created_at INTEGER NOT NULL,
          encryptions INTEGER NOT NULL, retired INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX data_key_of_organization ON data_key (organization, created_at);
        CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE mark (value INTEGER NOT NULL) STRICT;
        INSERT INTO mark VALUES (0);
        CREATE TABLE probe (checked_at INTEGER NOT NULL) STRICT;
        INSERT INTO probe VALUES (0);
        CREATE TABLE idempotent_answer (
          key TEXT NOT NULL PRIMARY KEY, request BLOB NOT NULL, status INTEGER NOT NULL, sealed_body BLOB NOT NULL,
          at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX idempotent_answer_by_time ON idempotent_answer (at);
        """

    /// When to try again is the connection's own; what is deleted is found without looking at the others.
    private static let revocation = """
        ALTER TABLE connection RENAME COLUMN updated_at TO revoke_at;
        CREATE INDEX connection_tombstone ON connection (id) WHERE deleted_at IS NOT NULL;
        CREATE INDEX connection_to_revoke_of_client ON connection (organization, connector, client)
          WHERE revocation = 'pending';
        """

    /// A connection without refresh token keeps what it redeems again.
    private static let grants = "ALTER TABLE connection ADD COLUMN sealed_grant BLOB;"

    /// `step_status` is derived from the steps (`OpenSteps.status`) so that it can be searched.
    private static let steps = """
        ALTER TABLE connection ADD COLUMN steps TEXT;
        ALTER TABLE connection ADD COLUMN step_at INTEGER;
        ALTER TABLE connection ADD COLUMN step_status TEXT;
        CREATE INDEX connection_with_step ON connection (step_at, id) WHERE step_at IS NOT NULL AND deleted_at IS NULL;
        """

    /// Device authorizations that are polled.
    private static let devices = """
        ALTER TABLE flow ADD COLUMN sealed_device BLOB;
        ALTER TABLE flow ADD COLUMN poll_interval INTEGER;
        ALTER TABLE flow ADD COLUMN poll_at INTEGER;
        CREATE INDEX flow_to_poll ON flow (poll_at) WHERE poll_at IS NOT NULL AND result IS NULL;
        """

    /// Where one answer fills several lines; a scope holds no space (RFC 6749 §3.3).
    private static let tokenScopes = "ALTER TABLE connection ADD COLUMN token_scopes TEXT;"

    /// Of each key the first that is not done has a time in `due_at`, and only that one.
    private static let deliveries = """
        CREATE TABLE sink (name TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE delivery (
          sink TEXT NOT NULL, sequence INTEGER NOT NULL, key TEXT NOT NULL, taken_at INTEGER NOT NULL,
          tries INTEGER NOT NULL, due_at INTEGER, dead_at INTEGER, failure TEXT,
          id TEXT NOT NULL, kind TEXT NOT NULL, organization TEXT NOT NULL, connector TEXT NOT NULL, connection TEXT,
          owner TEXT, generation INTEGER, epoch INTEGER NOT NULL, reason TEXT, at INTEGER NOT NULL,
          PRIMARY KEY (sink, sequence)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX delivery_due ON delivery (sink, due_at, sequence) WHERE due_at IS NOT NULL;
        CREATE INDEX delivery_of_key ON delivery (sink, key, sequence) WHERE dead_at IS NULL;
        CREATE INDEX delivery_dead ON delivery (sink, sequence) WHERE dead_at IS NOT NULL;
        CREATE INDEX delivery_by_age ON delivery (taken_at);
        """

    /// The index finds all connections of an organization, deleted ones too.
    private static let organizationEnds = """
        CREATE TABLE organization_end (
          organization TEXT NOT NULL PRIMARY KEY, began_at INTEGER NOT NULL, erased_at INTEGER, ended_at INTEGER,
          reopened_at INTEGER, given_up INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX connection_of_organization ON connection (organization, id);
        """

    /// Grants that nobody attends and that are to take the place of another.
    private static let renewals = """
        ALTER TABLE flow ADD COLUMN renewal_grant TEXT;
        ALTER TABLE flow ADD COLUMN renewal_sealed_grant BLOB;
        ALTER TABLE flow ADD COLUMN renewal_replaces TEXT;
        """

    /// Inputs of grants that are not the connection's own.
    private static let otherGrants = "ALTER TABLE connection ADD COLUMN other_grants TEXT;"

    /// `notice_at` is derived from the line (`Line.noticeAt`) so that it can be searched. What is kept of a grant's past tells
    /// since when it is held at the latest. Whether a token of before that names no end has one, its answer has told nobody:
    /// it is served as it was.
    private static let notices = """
        ALTER TABLE version ADD COLUMN endless INTEGER NOT NULL DEFAULT 0;
        UPDATE version SET endless = 1 WHERE expires_at IS NULL AND status IN ('current', 'candidate');
        ALTER TABLE line ADD COLUMN granted_at INTEGER;
        ALTER TABLE line ADD COLUMN warn_at INTEGER;
        ALTER TABLE line ADD COLUMN told_expired INTEGER;
        ALTER TABLE line ADD COLUMN notice_at INTEGER;
        UPDATE line SET
          granted_at = (
            SELECT MIN(received_at) FROM version
            WHERE version.connection = line.connection AND version.line = line.name AND grant_id = line.grant_id
              AND status IN ('current', 'superseded') AND generation > 0),
          warn_at = (
            SELECT refresh_expires_at - MIN(604800000, (refresh_expires_at - received_at) / 4) FROM version
            WHERE version.connection = line.connection AND version.line = line.name AND status = 'current')
          WHERE generation > 0;
        UPDATE line SET notice_at = COALESCE(
          MIN(expired_at, CASE WHEN can_present = 1 THEN warn_at END), expired_at,
          CASE WHEN can_present = 1 THEN warn_at END)
          WHERE state IN ('active', 'degraded');
        CREATE INDEX line_to_tell ON line (notice_at) WHERE notice_at IS NOT NULL;
        """

    /// What is due of one organization, and events of one kind.
    private static let fairness = """
        CREATE INDEX line_due_of_organization ON line (organization, wake_at)
          WHERE wake_at IS NOT NULL AND (enabled = 1 OR must_finish = 1);
        CREATE INDEX connection_to_revoke_of_organization ON connection (organization, revoke_at)
          WHERE revocation = 'pending';
        CREATE INDEX connection_with_step_of_organization ON connection (organization, step_at)
          WHERE step_at IS NOT NULL AND deleted_at IS NULL;
        CREATE INDEX flow_to_poll_of_organization ON flow (organization, poll_at)
          WHERE poll_at IS NOT NULL AND result IS NULL;
        CREATE INDEX event_of_kind ON event (organization, kind);
        """

    /// What a failed uniqueness check names, and the rule behind it.
    static let rules: [String: StoreRule] = [
        "connection.id": .connectionID,
        "connection.organization, connection.connector, connection.owner, connection.name": .connectionName,
        "line.connection, line.name": .line,
        "attempt.id": .attemptID,
        "attempt.connection, attempt.line": .openAttempt,
        "version.connection, version.line, version.attempt": .versionAttempt,
        "version.connection, version.line": .currentVersion,
        "flow.id": .flowID,
        "flow.state_hash": .stateHash,
        "flow.ticket_hash": .ticketHash,
        "audit.host, audit.sequence": .auditSequence,
        "data_key.id": .dataKeyID,
    ]
}
