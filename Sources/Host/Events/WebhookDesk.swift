package import Model
package import StoreContract

/// What an operator does with webhooks: see what was given up, and send it again. Who uses it writes the audit record.
package struct WebhookDesk: Sendable {
    private let store: any Store

    package init(_ store: any Store) { self.store = store }

    /// A delivery that was given up.
    package struct Letter: Sendable, Hashable {
        /// The event's, which is the `webhook-id`.
        package var id: String
        package var type: EventRecord.Kind
        package var organization: OrganizationID
        package var connector: String
        package var connection: ConnectionID?
        /// When it happened.
        package var at: Timestamp
        package var givenUpAt: Timestamp
        package var tries: Int
        /// How the last try failed.
        package var failure: String
    }

    /// How the webhook stands.
    package struct Report: Sendable, Hashable {
        /// Deliveries that wait for their first or next try.
        package var waiting: Int
        /// All that were given up, listed or not.
        package var dead: Int
        /// When the oldest event happened that is neither delivered nor given up.
        package var oldest: Timestamp?
        /// A page of what was given up, oldest first.
        package var letters: [Letter]
        /// Where the next page begins; nil: this was the last.
        package var next: Int64?
    }

    /// - Parameter start: `next` of the page before.
    package func list(after start: Int64 = 0, limit: Int = 100) async throws -> Report {
        let (state, letters) = try await store.read {
            (
                try $0.sinkState(WebhookRelay.sink),
                try $0.deadLetters(of: WebhookRelay.sink, after: start, limit: limit)
            )
        }
        return Report(
            waiting: state.pending, dead: state.dead, oldest: state.oldest, letters: letters.map(Letter.init),
            next: letters.count == limit ? letters.last?.sequence : nil)
    }

    /// Sends these again, each for another day if it must be; gives back the ids that are no dead letters.
    package func replay(_ ids: [String]) async throws -> [String] {
        let found = try await store.write { try $0.replay(Set(ids), of: WebhookRelay.sink) }
        return ids.filter { !found.contains($0) }
    }

    /// Sends all again, and gives their number.
    package func replayAll() async throws -> Int {
        try await store.write { try $0.replay(nil, of: WebhookRelay.sink) }.count
    }
}

extension WebhookDesk.Letter {
    fileprivate init(_ delivery: Delivery) {
        let event = delivery.event
        self.init(
            id: event.id, type: event.kind, organization: event.organization, connector: event.connector,
            connection: event.connection, at: event.at, givenUpAt: delivery.deadAt ?? delivery.takenAt,
            tries: delivery.tries, failure: delivery.failure ?? "")
    }
}
