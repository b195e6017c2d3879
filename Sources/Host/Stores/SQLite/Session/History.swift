import Model
import StoreContract
import StoreRows

extension SQLiteSession {
    func eraseHistory(before time: Timestamp, after connection: ConnectionID?, limit: Int) throws -> ConnectionID? {
        let first = connection ?? ConnectionID("")
        let page: [(last: ConnectionID?, count: Int64)] = try rows(
            "SELECT MAX(id), COUNT(*) FROM (SELECT id FROM connection WHERE id > ? ORDER BY id LIMIT ?)",
            [first, limit], of: ConnectionRecord.table
        ) { (try $0.next(), try $0.next()) }
        guard let found = page.first, let last = found.last else { return nil }
        let candidates = min(time, now - .seconds(30 * 24 * 60 * 60))
        try run(Self.ambiguousAttempts, [first, last, time])
        try run(Self.versions, [first, last, time])
        try run(Self.candidatesOfOtherGrants, [first, last, candidates])
        try run(Self.closedAttempts, [first, last, time])
        return found.count < limit ? nil : last
    }

    func eraseAnswers() throws {
        try run("DELETE FROM idempotent_answer WHERE at <= ?", [now - Self.answersAreKept])
    }

    /// Only those that no rule asks about any more: their host has spoken, their generation is over. A hand-over holds as
    /// long as its grant: a store that went back moves the generation, and the other authority still has what it was given.
    private static let ambiguousAttempts = """
        DELETE FROM attempt WHERE connection > ? AND connection <= ?
        AND state = 'ambiguous' AND holder_clear = 1 AND closed_at < ? AND NOT EXISTS (
          SELECT 1 FROM line WHERE line.connection = attempt.connection AND line.name = attempt.line
          AND line.grant_id = attempt.grant_id
          AND (line.generation = attempt.generation_in OR attempt.purpose = 'hand_over' OR line.state = 'verify'))
        """

    /// An imported refresh token is the one that exists elsewhere, too: it is known as long as its connection
    /// (PROTOCOL.md §7).
    private static let versions = """
        DELETE FROM version WHERE connection > ? AND connection <= ?
        AND status IN ('superseded', 'dead') AND revocation_pending = 0 AND received_at < ?
        AND (attempt NOT LIKE 'import-%' OR fingerprint IS NULL)
        AND generation < (
          SELECT newest.generation FROM version newest
          WHERE newest.connection = version.connection AND newest.line = version.line
          AND newest.status IN ('current', 'superseded')
          ORDER BY newest.generation DESC LIMIT 1 OFFSET 9)
        AND NOT EXISTS (
          SELECT 1 FROM attempt WHERE attempt.connection = version.connection AND attempt.line = version.line
          AND attempt.state IN ('intent', 'sent', 'ambiguous') AND attempt.generation_in = version.generation)
        """

    private static let candidatesOfOtherGrants = """
        DELETE FROM version WHERE connection > ? AND connection <= ?
        AND status = 'candidate' AND revocation_pending = 0 AND received_at < ? AND EXISTS (
          SELECT 1 FROM line WHERE line.connection = version.connection AND line.name = version.line
          AND line.grant_id <> version.grant_id)
        """

    /// One that brought a version stays as long as that; the newest of a connection's line stays, to be shown.
    private static let closedAttempts = """
        DELETE FROM attempt WHERE connection > ? AND connection <= ?
        AND state IN ('not_sent', 'done', 'rejected') AND closed_at < ?
        AND NOT EXISTS (
          SELECT 1 FROM version WHERE version.connection = attempt.connection AND version.line = attempt.line
          AND version.attempt = attempt.id)
        AND number < (
          SELECT MAX(newer.number) FROM attempt newer
          WHERE newer.connection = attempt.connection AND newer.line = attempt.line)
        """
}
