import Model
import StoreContract
import StoreRows

extension PostgresSession {
    func eraseHistory(before time: Timestamp) throws {
        transaction.isPatient()
        try eraseAmbiguousAttempts(before: time)
        try eraseVersions(before: time)
        try eraseClosedAttempts(before: time)
        try run("DELETE FROM idempotent_answer WHERE at <= $1", [now - Self.answersAreKept])
    }

    /// Only those that no rule asks about any more: their host has spoken, their generation is over. A hand-over holds as
    /// long as its grant: a store that went back moves the generation, and the other authority still has what it was given.
    private func eraseAmbiguousAttempts(before time: Timestamp) throws {
        try run(
            """
            DELETE FROM attempt WHERE state = 'ambiguous' AND holder_clear = 1 AND closed_at < $1 AND NOT EXISTS (
              SELECT 1 FROM line WHERE line.connection = attempt.connection AND line.name = attempt.line
              AND line.grant_id = attempt.grant_id
              AND (line.generation = attempt.generation_in OR attempt.purpose = 'hand_over'))
            """, [time])
    }

    private func eraseVersions(before time: Timestamp) throws {
        try run(
            """
            DELETE FROM version WHERE status IN ('superseded', 'dead') AND revocation_pending = 0 AND received_at < $1
            AND generation < (
              SELECT newest.generation FROM version newest
              WHERE newest.connection = version.connection AND newest.line = version.line
              AND newest.status IN ('current', 'superseded')
              ORDER BY newest.generation DESC LIMIT 1 OFFSET 9)
            AND NOT EXISTS (
              SELECT 1 FROM attempt WHERE attempt.connection = version.connection AND attempt.line = version.line
              AND attempt.state IN ('intent', 'sent', 'ambiguous') AND attempt.generation_in = version.generation)
            """, [time])
        try run(
            """
            DELETE FROM version WHERE status = 'candidate' AND revocation_pending = 0 AND received_at < $1 AND EXISTS (
              SELECT 1 FROM line WHERE line.connection = version.connection AND line.name = version.line
              AND line.grant_id <> version.grant_id)
            """, [min(time, now - .seconds(30 * 24 * 60 * 60))])
    }

    /// One that brought a version stays as long as that; the newest of a connection's line stays, to be shown.
    private func eraseClosedAttempts(before time: Timestamp) throws {
        try run(
            """
            DELETE FROM attempt WHERE state IN ('not_sent', 'done', 'rejected') AND closed_at < $1
            AND NOT EXISTS (
              SELECT 1 FROM version WHERE version.connection = attempt.connection AND version.line = attempt.line
              AND version.attempt = attempt.id)
            AND number < (
              SELECT MAX(newer.number) FROM attempt newer
              WHERE newer.connection = attempt.connection AND newer.line = attempt.line)
            """, [time])
    }
}
