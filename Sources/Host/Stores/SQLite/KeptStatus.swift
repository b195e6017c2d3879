/// What is shown of a connection, kept beside it by triggers, so that lists find it by an index: looked up line by line, a list
/// of ten thousand connections took as long as anybody may wait (decision 0024).
enum KeptStatus {
    /// `shown` is good until `past_at`, when the first access token of an active or degraded line is past for good, and
    /// `shown_past` from then on. What a disabled connector hides is left to who asks: else disabling one would write to all
    /// of its connections. The numbers are `ShownStatus.number(of:)`; an unreadable state is none. As all migrations, it is
    /// never edited.
    static let migration = """
        ALTER TABLE connection ADD COLUMN shown INTEGER NOT NULL DEFAULT 9;
        ALTER TABLE connection ADD COLUMN shown_past INTEGER NOT NULL DEFAULT 9;
        ALTER TABLE connection ADD COLUMN past_at INTEGER;
        CREATE TRIGGER connection_made AFTER INSERT ON connection BEGIN \(update) WHERE id = NEW.id; END;
        CREATE TRIGGER connection_step AFTER UPDATE OF step_status ON connection
          WHEN OLD.step_status IS NOT NEW.step_status BEGIN \(update) WHERE id = NEW.id; END;
        CREATE TRIGGER line_made AFTER INSERT ON line BEGIN \(update) WHERE id = NEW.connection; END;
        CREATE TRIGGER line_changed AFTER UPDATE OF state, expired_at ON line
          WHEN OLD.state IS NOT NEW.state OR OLD.expired_at IS NOT NEW.expired_at
          BEGIN \(update) WHERE id = NEW.connection; END;
        CREATE TRIGGER line_gone AFTER DELETE ON line BEGIN \(update) WHERE id = OLD.connection; END;
        \(update);
        CREATE INDEX connection_list_by_status ON connection (organization, shown, created_at, id)
          WHERE deleted_at IS NULL;
        CREATE INDEX connection_list_by_past_status ON connection (organization, shown_past, created_at, id)
          WHERE deleted_at IS NULL AND past_at IS NOT NULL;
        CREATE INDEX connection_list_by_name ON connection (organization, name, created_at, id)
          WHERE deleted_at IS NULL;
        CREATE INDEX connection_count ON connection (organization, connector, shown, shown_past, past_at, deleted_at)
          WHERE deleted_at IS NULL;
        """

    private static let update = """
        UPDATE connection SET (shown, shown_past, past_at) = (
          SELECT
            CASE connection.step_status
              WHEN 'pending' THEN CASE WHEN worst BETWEEN 4 AND 8 THEN 9 ELSE worst END
              WHEN 'degraded' THEN MIN(worst, 7)
              WHEN 'needs_reauthorization' THEN MIN(worst, 2)
              ELSE worst END,
            CASE connection.step_status
              WHEN 'needs_reauthorization' THEN MIN(worst, 2)
              ELSE MIN(worst, 3) END,
            past
          FROM (
            SELECT
              COALESCE(MIN(CASE
                WHEN state = 'revoked' THEN 1
                WHEN state LIKE 'needs_reauthorization:%' THEN 2
                WHEN state = 'verify' THEN 4
                WHEN state = 'suspect' THEN 5
                WHEN state = 'recovering' THEN 6
                WHEN state = 'degraded' THEN 7
                WHEN state = 'active' THEN 8
                WHEN state = 'pending' THEN 9
                ELSE -1 END), 9) AS worst,
              MIN(CASE WHEN state IN ('active', 'degraded') THEN expired_at END) AS past
            FROM line WHERE line.connection = connection.id))
        """
}
