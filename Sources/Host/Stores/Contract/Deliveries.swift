package import Model

/// An event on its way to a sink, with a copy of the event: it may outlive the outbox.
package struct Delivery: Sendable, Hashable {
    package var sink: String
    /// Of the event in the outbox.
    package var sequence: Int64
    package var event: EventRecord
    /// Failed ones.
    package var tries: Int
    /// From the outbox, or back from the dead letters.
    package var takenAt: Timestamp
    /// When to try it; nil while an earlier one of its key is not done, and of a dead letter.
    package var dueAt: Timestamp?
    /// When it was given up; nil: it was not.
    package var deadAt: Timestamp?
    /// How the last try failed; no secret.
    package var failure: String?
    /// Until when it is the claimer's; nil: nobody claimed it. Not stored by itself: it is the `dueAt` of the claim.
    package var claimedUntil: Timestamp?

    package init(
        sink: String, sequence: Int64, event: EventRecord, tries: Int = 0, takenAt: Timestamp,
        dueAt: Timestamp? = nil, deadAt: Timestamp? = nil, failure: String? = nil
    ) {
        self.sink = sink
        self.sequence = sequence
        self.event = event
        self.tries = tries
        self.takenAt = takenAt
        self.dueAt = dueAt
        self.deadAt = deadAt
        self.failure = failure
    }
}

/// How far a sink is.
package struct SinkState: Sendable, Hashable {
    /// Taken from the outbox and not done.
    package var pending: Int
    /// Given up.
    package var dead: Int
    /// When the oldest event happened that is neither delivered nor given up; nil: all are.
    package var oldest: Timestamp?

    package init(pending: Int, dead: Int, oldest: Timestamp?) {
        self.pending = pending
        self.dead = dead
        self.oldest = oldest
    }
}

extension EventRecord {
    /// Within one key events are delivered in order (DESIGN.md §8): the connection, or the organization where there is none.
    package var key: String { connection?.description ?? organization.description }
}
