import Model
import StoreContract
import StoreRows

extension SQLiteSession {
    func sinkPosition(_ sink: String) throws -> Int64? {
        try value("SELECT position FROM sink WHERE name = ?", [sink], of: .sink)
    }

    func openSink(_ sink: String) throws {
        try run(
            "INSERT INTO sink (name, position) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
            [sink, try eventRange().newest])
    }

    func dueDeliveries(of sink: String, limit: Int) throws -> [Delivery] {
        try all(Delivery.self, where: "sink = ? AND due_at <= ? ORDER BY due_at, sequence LIMIT ?", [sink, now, limit])
    }

    func deadLetters(of sink: String, after sequence: Int64, limit: Int) throws -> [Delivery] {
        try all(
            Delivery.self, where: "sink = ? AND sequence > ? AND dead_at IS NOT NULL ORDER BY sequence LIMIT ?",
            [sink, sequence, limit])
    }

    func sinkState(_ sink: String) throws -> SinkState {
        let pending: Int? = try value(
            "SELECT COUNT(*) FROM delivery INDEXED BY delivery_of_key WHERE sink = ? AND dead_at IS NULL", [sink],
            of: Delivery.table)
        let dead: Int? = try value(
            "SELECT COUNT(*) FROM delivery INDEXED BY delivery_dead WHERE sink = ? AND dead_at IS NOT NULL", [sink],
            of: Delivery.table)
        let waiting = try first(Delivery.self, where: "sink = ? AND dead_at IS NULL ORDER BY sequence", [sink])
        let position = try sinkPosition(sink) ?? .max
        let untaken = try first(EventRow.self, where: "sequence > ? ORDER BY sequence", [position])
        return SinkState(pending: pending ?? 0, dead: dead ?? 0, oldest: (waiting?.event ?? untaken?.event)?.at)
    }

    func takeEvents(for sink: String, limit: Int) throws -> Int {
        guard let position = try sinkPosition(sink) else { throw missing("sink") }
        let rows = try all(EventRow.self, where: "sequence > ? ORDER BY sequence LIMIT ?", [position, limit])
        guard let last = rows.last else { return 0 }
        // One of nobody keeps the place of a deleted organization's.
        for row in rows where !row.event.organization.description.isEmpty {
            let isFirst = try firstPending(of: row.event.key, sink) == nil
            try add(
                Delivery(
                    sink: sink, sequence: row.sequence, event: row.event, takenAt: now, dueAt: isFirst ? now : nil))
        }
        try run("UPDATE sink SET position = ? WHERE name = ?", [last.sequence, sink])
        return rows.count
    }

    func finish(_ delivery: Delivery) throws {
        try run(
            "DELETE FROM delivery WHERE sink = ?1 AND sequence = ?2 AND \(Self.isMine("?3"))",
            [delivery.sink, delivery.sequence, delivery.claimedUntil])
        try release(delivery.event.key, of: delivery.sink)
    }

    func retry(_ delivery: Delivery, at time: Timestamp, after failure: String) throws {
        let isFirst = try firstPending(of: delivery.event.key, delivery.sink) == delivery.sequence
        try run(
            """
            UPDATE delivery SET tries = tries + 1, failure = ?1, due_at = ?2
            WHERE sink = ?3 AND sequence = ?4 AND dead_at IS NULL AND \(Self.isMine("?5"))
            """, [failure, isFirst ? time : nil, delivery.sink, delivery.sequence, delivery.claimedUntil])
    }

    func bury(_ delivery: Delivery, after failure: String) throws {
        try run(
            """
            UPDATE delivery SET tries = tries + 1, failure = ?1, due_at = NULL, dead_at = ?2
            WHERE sink = ?3 AND sequence = ?4 AND dead_at IS NULL AND \(Self.isMine("?5"))
            """, [failure, now, delivery.sink, delivery.sequence, delivery.claimedUntil])
        try release(delivery.event.key, of: delivery.sink)
    }

    func replay(_ events: Set<String>?, of sink: String) throws -> Set<String> {
        let letters = try deadLetters(of: sink, after: 0, limit: .max).filter { events?.contains($0.event.id) != false }
        for letter in letters {
            try put(Delivery(sink: sink, sequence: letter.sequence, event: letter.event, takenAt: now))
        }
        for key in Set(letters.map(\.event.key)) {
            try run(
                """
                UPDATE delivery SET due_at = NULL
                WHERE sink = ?1 AND key = ?2 AND dead_at IS NULL AND due_at IS NOT NULL AND sequence > ?3
                """, [sink, key, try firstPending(of: key, sink)])
            try release(key, of: sink)
        }
        return Set(letters.map(\.event.id))
    }

    func eraseDeliveries(takenBefore time: Timestamp) throws {
        guard try run("DELETE FROM delivery WHERE taken_at < ?", [time]) > 0 else { return }
        // Those behind an erased one would wait for ever.
        try run(
            """
            UPDATE delivery SET due_at = ? WHERE due_at IS NULL AND dead_at IS NULL AND NOT EXISTS (
              SELECT 1 FROM delivery earlier WHERE earlier.sink = delivery.sink AND earlier.key = delivery.key
              AND earlier.dead_at IS NULL AND earlier.sequence < delivery.sequence)
            """, [now])
    }

    /// The sequence number of the first delivery of a key that is not done.
    private func firstPending(of key: String, _ sink: String) throws -> Int64? {
        try value(
            """
            SELECT sequence FROM delivery INDEXED BY delivery_of_key
            WHERE sink = ? AND key = ? AND dead_at IS NULL ORDER BY sequence LIMIT 1
            """, [sink, key], of: Delivery.table)
    }

    /// The first of a key is due, if it is not already to be tried at some time.
    private func release(_ key: String, of sink: String) throws {
        try run(
            "UPDATE delivery SET due_at = ? WHERE sink = ? AND sequence = ? AND due_at IS NULL AND dead_at IS NULL",
            [now, sink, try firstPending(of: key, sink)])
    }
}
