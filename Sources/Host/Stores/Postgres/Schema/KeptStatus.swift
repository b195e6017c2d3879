/// What is shown of a connection, kept beside it by triggers as on SQLite (docs/decisions/0024-what-a-list-costs.md), so that
/// lists find it by an index.
enum KeptStatus {
    /// `shown` is good until `past_at`, when the first access token of an active or degraded line is past for good, and
    /// `shown_past` from then on. What a disabled connector hides is left to who asks. The numbers are
    /// `ShownStatus.number(of:)`; an unreadable state is none. A line is written by who has locked its connection, so
    /// writing there waits for nobody.
    static let statements = [
        shownOf,
        """
        CREATE FUNCTION connection_shown() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          SELECT kept.shown, kept.shown_past, kept.past_at INTO NEW.shown, NEW.shown_past, NEW.past_at
          FROM token_manager.shown_of(NEW.id, NEW.step_status) AS kept;
          RETURN NEW;
        END $$
        """,
        """
        CREATE FUNCTION line_shown() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          UPDATE token_manager.connection SET (shown, shown_past, past_at) = (
            SELECT kept.shown, kept.shown_past, kept.past_at
            FROM token_manager.shown_of(connection.id, connection.step_status) AS kept)
          WHERE id = COALESCE(NEW.connection, OLD.connection);
          RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER connection_made BEFORE INSERT ON connection
        FOR EACH ROW EXECUTE FUNCTION connection_shown()
        """,
        """
        CREATE TRIGGER connection_step BEFORE UPDATE OF step_status ON connection
        FOR EACH ROW WHEN (OLD.step_status IS DISTINCT FROM NEW.step_status) EXECUTE FUNCTION connection_shown()
        """,
        "CREATE TRIGGER line_made AFTER INSERT OR DELETE ON line FOR EACH ROW EXECUTE FUNCTION line_shown()",
        """
        CREATE TRIGGER line_changed AFTER UPDATE OF state, expired_at ON line
        FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.expired_at IS DISTINCT FROM NEW.expired_at)
        EXECUTE FUNCTION line_shown()
        """,
    ]

    private static let shownOf = """
        CREATE FUNCTION shown_of(
          connection text, step_status text, OUT shown smallint, OUT shown_past smallint, OUT past_at bigint)
        LANGUAGE sql STABLE AS $$
          SELECT
            CASE $2
              WHEN 'pending' THEN CASE WHEN worst BETWEEN 4 AND 8 THEN 9 ELSE worst END
              WHEN 'degraded' THEN LEAST(worst, 7)
              WHEN 'needs_reauthorization' THEN LEAST(worst, 2)
              ELSE worst END::smallint,
            CASE $2
              WHEN 'needs_reauthorization' THEN LEAST(worst, 2)
              ELSE LEAST(worst, 3) END::smallint,
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
            FROM token_manager.line WHERE line.connection = $1) AS lines
        $$
        """
}
