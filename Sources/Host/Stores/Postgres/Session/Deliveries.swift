import Model
import StoreContract
import StoreRows

extension PostgresSession {
    func sinkPosition(_ sink: String) throws -> Int64? {
        try value("SELECT position FROM sink WHERE name = $1" + locking, [sink], of: .sink)
    }

    func openSink(_ sink: String) throws {
        try run(
            "INSERT INTO sink (name, position) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            [sink, try eventRange().newest])
    }

    func dueDeliveries(of sink: String, limit: Int) throws -> [Delivery] {
        try all(
            Delivery.self, where: "sink = $1 AND due_at <= $2 ORDER BY due_at, sequence LIMIT $3", [sink, now, limit])
    }

    func deadLetters(of sink: String, after sequence: Int64, limit: Int) throws -> [Delivery] {
        try all(
            Delivery.self, where: "sink = $1 AND sequence > $2 AND dead_at IS NOT NULL ORDER BY sequence LIMIT $3",
            [sink, sequence, limit])
    }

    func sinkState(_ sink: String) throws -> SinkState {
        let pending: Int? = try value(
            "SELECT COUNT(*) FROM delivery WHERE sink = $1 AND dead_at IS NULL", [sink],
            of: Delivery.table)
        let dead: Int? = try value(
            "SELECT COUNT(*) FROM delivery WHERE sink = $1 AND dead_at IS NOT NULL", [sink],
            of: Delivery.table)
        let waiting = try first(Delivery.self, where: "sink = $1 AND dead_at IS NULL ORDER BY sequence", [sink])
        let position = try sinkPosition(sink) ?? .max
        let untaken = try first(EventRow.self, where: "sequence > $1 ORDER BY sequence", [position])
        return SinkState(pending: pending ?? 0, dead: dead ?? 0, oldest: (waiting?.event ?? untaken?.event)?.at)
    }

    func takeEvents(for sink: String, limit: Int) throws -> Int {
        transaction.writeLast()
        guard let position = try sinkPosition(sink) else { throw missing("sink") }
        transaction.willWrite()
        let taken: Int? = try value(Self.take, [sink, position, limit, now], of: Delivery.table)
        return taken ?? 0
    }

    /// The key is `EventRecord.key`. An event of nobody keeps the place of a deleted organization's.
    private static let take = """
        WITH taken AS (
          SELECT event.*, COALESCE(connection, organization) AS key FROM event
          WHERE sequence > $2 ORDER BY sequence LIMIT $3),
        ranked AS (
          SELECT taken.*, row_number() OVER (PARTITION BY key ORDER BY sequence) = 1 AND NOT EXISTS (
            SELECT 1 FROM delivery earlier
            WHERE earlier.sink = $1 AND earlier.key = taken.key AND earlier.dead_at IS NULL) AS is_first FROM taken),
        added AS (
          INSERT INTO delivery (\(Delivery.table.list))
          SELECT $1, sequence, key, $4, 0, CASE WHEN is_first THEN $4::bigint END, NULL, NULL, id, kind, organization,
          connector, connection, owner, generation, epoch, reason, at FROM ranked
          WHERE organization <> '' RETURNING sequence),
        moved AS (
          UPDATE sink SET position = (SELECT MAX(sequence) FROM taken)
          WHERE name = $1 AND EXISTS (SELECT 1 FROM taken))
        SELECT COUNT(*) FROM taken
        """

    func finish(_ delivery: Delivery) throws {
        lock(sink: delivery.sink)
        try run(
            "DELETE FROM delivery WHERE sink = $1 AND sequence = $2 AND \(Self.isMine("$3"))",
            [delivery.sink, delivery.sequence, delivery.claimedUntil])
        try release(delivery.event.key, of: delivery.sink)
    }

    func retry(_ delivery: Delivery, at time: Timestamp, after failure: String) throws {
        lock(sink: delivery.sink)
        let isFirst = try firstPending(of: delivery.event.key, delivery.sink) == delivery.sequence
        try run(
            """
            UPDATE delivery SET tries = tries + 1, failure = $1, due_at = $2
            WHERE sink = $3 AND sequence = $4 AND dead_at IS NULL AND \(Self.isMine("$5"))
            """, [failure, isFirst ? time : nil, delivery.sink, delivery.sequence, delivery.claimedUntil])
    }

    func bury(_ delivery: Delivery, after failure: String) throws {
        lock(sink: delivery.sink)
        try run(
            """
            UPDATE delivery SET tries = tries + 1, failure = $1, due_at = NULL, dead_at = $2
            WHERE sink = $3 AND sequence = $4 AND dead_at IS NULL AND \(Self.isMine("$5"))
            """, [failure, now, delivery.sink, delivery.sequence, delivery.claimedUntil])
        try release(delivery.event.key, of: delivery.sink)
    }

    func replay(_ events: Set<String>?, of sink: String) throws -> Set<String> {
        lock(sink: sink)
        let letters = try deadLetters(of: sink, after: 0, limit: .max).filter { events?.contains($0.event.id) != false }
        for letter in letters {
            try put(Delivery(sink: sink, sequence: letter.sequence, event: letter.event, takenAt: now))
        }
        for key in Set(letters.map(\.event.key)) {
            try run(
                """
                UPDATE delivery SET due_at = NULL
                WHERE sink = $1 AND key = $2 AND dead_at IS NULL AND due_at IS NOT NULL AND sequence > $3
                """, [sink, key, try firstPending(of: key, sink)])
            try release(key, of: sink)
        }
        return Set(letters.map(\.event.id))
    }

    func eraseDeliveries(takenBefore time: Timestamp) throws {
        lock(sink: nil)
        try run("DELETE FROM delivery WHERE taken_at < $1", [time])
        // Those behind an erased one would wait for ever.
        try run(
            """
            UPDATE delivery SET due_at = $1 WHERE due_at IS NULL AND dead_at IS NULL AND NOT EXISTS (
              SELECT 1 FROM delivery earlier WHERE earlier.sink = delivery.sink AND earlier.key = delivery.key
              AND earlier.dead_at IS NULL AND earlier.sequence < delivery.sequence)
            """, [now])
    }

    /// The sequence number of the first delivery of a key that is not done.
    private func firstPending(of key: String, _ sink: String) throws -> Int64? {
        try value(
            """
            SELECT sequence FROM delivery
            WHERE sink = $1 AND key = $2 AND dead_at IS NULL ORDER BY sequence LIMIT 1
            """, [sink, key], of: Delivery.table)
    }

    /// The first of a key is due, if it is not already to be tried at some time.
    private func release(_ key: String, of sink: String) throws {
        try run(
            """
            UPDATE delivery SET due_at = $1 WHERE sink = $2 AND due_at IS NULL AND dead_at IS NULL AND sequence =
            (SELECT sequence FROM delivery WHERE sink = $2 AND key = $3 AND dead_at IS NULL ORDER BY sequence LIMIT 1)
            """, [now, sink, key])
    }

    /// Which delivery of a key is the first is decided by one transaction after the other. Nil: of all sinks.
    private func lock(sink: String?) {
        guard let sink else {
            transaction.quietly(Statement("SELECT 1 FROM sink ORDER BY name FOR UPDATE"))
            return
        }
        transaction.quietly(Statement("SELECT 1 FROM sink WHERE name = $1 FOR UPDATE", [sink]))
    }
}
