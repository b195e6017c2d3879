package import Model
import StoreContract

/// The event page: the outbox, as it was written.
extension TokenPipeline {
    /// Events of the caller's organization after a cursor, in order; without one from the oldest kept.
    /// - Throws: `cursor_gone` when events after the cursor were cleared away already.
    package func events(
        after cursor: String?, types: Set<EventRecord.Kind>?, limit: Int, by caller: Caller
    ) async throws -> EventPage {
        try caller.require(.readEvents)
        let organization = caller.organization
        let cursors = Cursors(.events, of: organization, parts.installation)
        let given = try cursor.map { try cursors.number($0) }
        let (events, last) = try await wrapping {
            try await self.parts.store.read { reader in
                let range = try reader.eventRange()
                let start = try Self.start(given, in: range)
                let rows = try reader.events(organization: organization, kinds: types, after: start, limit: limit)
                return (rows.map(\.event), rows.count == limit ? rows.last?.sequence ?? start : range.newest)
            }
        }
        let visible = events.filter { caller.reaches(connector: $0.connector) }
        return EventPage(events: visible, next: cursors.text(last))
    }

    /// The events of the caller's organization as they come, after a cursor; without one from the oldest kept.
    /// - Parameter parameter: where the cursor was given.
    /// - Throws: `cursor_gone`; `draining` when the host takes nothing new.
    package func feed(
        after cursor: String?, from parameter: String, types: Set<EventRecord.Kind>?, by caller: Caller
    ) async throws -> EventFeed {
        try caller.require(.readEvents)
        guard !isDraining else { throw Self.draining }
        let cursors = Cursors(.events, of: caller.organization, parts.installation)
        let given = try cursor.map { try cursors.number($0, from: parameter) }
        let start = try await wrapping {
            try await self.parts.store.read { try Self.start(given, in: $0.eventRange()) }
        }
        return EventFeed(self, caller: caller, types: types, after: start)
    }

    /// The sequence number after which reading begins.
    static func start(_ given: Int64?, in range: (oldest: Int64, newest: Int64)) throws(PipelineError) -> Int64 {
        // Where nothing is kept, all there was is gone.
        let first = range.oldest == 0 ? range.newest + 1 : range.oldest
        guard let given else { return first - 1 }
        guard given >= first - 1 else {
            throw PipelineError(
                .cursorGone, "Events after this cursor are older than what is kept; start without one.")
        }
        // From before a backup that was restored.
        guard given <= range.newest else { throw .invalid("after", "is not one of ours") }
        return given
    }
}
