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
        let (rows, range) = try await wrapping {
            try await self.parts.store.read { reader in
                let range = try reader.eventRange()
                let start = try cursor.map(Self.eventCursor) ?? max(0, range.oldest - 1)
                guard start >= range.oldest - 1 else {
                    throw PipelineError(
                        .cursorGone, "Events after this cursor are older than what is kept; start without one.")
                }
                guard start <= range.newest else { throw PipelineError.invalid("after", "is not one of ours") }
                return (
                    try reader.events(organization: organization, kinds: types, after: start, limit: limit), range
                )
            }
        }
        let last = rows.count == limit ? rows.last?.sequence ?? range.newest : range.newest
        let visible = rows.map(\.event).filter { caller.reaches(connector: $0.connector) }
        return EventPage(events: visible, next: "e\(last)")
    }

    private static func eventCursor(_ text: String) throws -> Int64 {
        guard text.hasPrefix("e"), let number = Int64(text.dropFirst()), number >= 0 else {
            throw PipelineError.invalid("after", "is not one of ours")
        }
        return number
    }
}
