import Model
import StoreContract
import StoreRows

extension PostgresSession {
    func eraseHistory(before time: Timestamp, after connection: ConnectionID?, limit: Int) throws -> ConnectionID? {
        let first = connection ?? ConnectionID("")
        let page: [(last: ConnectionID?, count: Int64)] = try rows(
            "SELECT max(id), count(*) FROM (SELECT id FROM connection WHERE id > $1 ORDER BY id LIMIT $2) AS page",
            [first, limit], of: ConnectionRecord.table
        ) { (try $0.next(), try $0.next()) }
        guard let found = page.first, let last = found.last else { return nil }
        transaction.enter(scope)
        for statement in Self.erasingHistory(before: time, after: first, upTo: last, now: now) {
            try transaction.later(statement)
        }
        return found.count < limit ? nil : last
    }

    func eraseAnswers() throws {
        try run("DELETE FROM idempotent_answer WHERE at <= $1", [now - Self.answersAreKept])
    }

    /// Of the connections behind one and up to another, all along indexes that begin with the connection.
    static func erasingHistory(
        before time: Timestamp, after first: ConnectionID, upTo last: ConnectionID, now: Timestamp
    ) -> [Statement] {
        let candidates = min(time, now - .seconds(30 * 24 * 60 * 60))
        return [
            (ambiguousAttempts, time), (versions, time), (candidatesOfOtherGrants, candidates), (closedAttempts, time),
        ].map { Statement($0, [$1, first, last]) }
    }

    /// Only those that no rule asks about any more: their host has spoken, their generation is over. A hand-over holds as
    /// long as its grant: a store that went back moves the generation, and the other authority still has what it was given.
    private static let ambiguousAttempts = """
        DELETE FROM attempt WHERE connection > $2 AND connection <= $3
        AND state = 'ambiguous' AND holder_clear = 1 AND closed_at < $1 AND NOT EXISTS (
          SELECT 1 FROM line WHERE line.connection = attempt.connection AND line.name = attempt.line
          AND line.grant_id = attempt.grant_id
          AND (line.generation = attempt.generation_in OR attempt.purpose = 'hand_over' OR line.state = 'verify'))
        """

    /// An imported refresh token is the one that exists elsewhere, too: it is known as long as its connection
    /// (PROTOCOL.md §7). Open and ambiguous attempts are asked for apart: each kind has an index of its own.
    private static let versions = """
        DELETE FROM version WHERE connection > $2 AND connection <= $3
        AND status IN ('superseded', 'dead') AND revocation_pending = 0 AND received_at < $1
        AND (attempt NOT LIKE 'import-%' OR fingerprint IS NULL)
        AND generation < (
          SELECT newest.generation FROM version newest
          WHERE newest.connection = version.connection AND newest.line = version.line
          AND newest.status IN ('current', 'superseded')
          ORDER BY newest.generation DESC LIMIT 1 OFFSET 9)
        AND NOT EXISTS (
          SELECT 1 FROM attempt WHERE attempt.connection = version.connection AND attempt.line = version.line
          AND attempt.state IN ('intent', 'sent') AND attempt.generation_in = version.generation)
        AND NOT EXISTS (
          SELECT 1 FROM attempt WHERE attempt.connection = version.connection AND attempt.line = version.line
          AND attempt.state = 'ambiguous' AND attempt.generation_in = version.generation)
        """

    private static let candidatesOfOtherGrants = """
        DELETE FROM version WHERE connection > $2 AND connection <= $3
        AND status = 'candidate' AND revocation_pending = 0 AND received_at < $1 AND EXISTS (
          SELECT 1 FROM line WHERE line.connection = version.connection AND line.name = version.line
          AND line.grant_id <> version.grant_id)
        """

    /// One that brought a version stays as long as that; the newest of a connection's line stays, to be shown.
    private static let closedAttempts = """
        DELETE FROM attempt WHERE connection > $2 AND connection <= $3
        AND state IN ('not_sent', 'done', 'rejected') AND closed_at < $1
        AND NOT EXISTS (
          SELECT 1 FROM version WHERE version.connection = attempt.connection AND version.line = attempt.line
          AND version.attempt = attempt.id)
        AND number < (
          SELECT MAX(newer.number) FROM attempt newer
          WHERE newer.connection = attempt.connection AND newer.line = attempt.line)
        """
}
