package import Model
import StoreContract

/// Events as they come, for one reader: every event once, in the order in which they were committed. The reader sets the
/// pace: nothing is read ahead of him and nothing is left out.
package struct EventFeed: Sendable {
    /// An event with the cursor behind it.
    package struct Item: Sendable {
        package let event: EventRecord
        package let cursor: String
    }

    private let pipeline: TokenPipeline
    private let caller: Caller
    private let types: Set<EventRecord.Kind>?
    private var position: Int64
    private var heard = 0
    private var isBehind = true

    init(_ pipeline: TokenPipeline, caller: Caller, types: Set<EventRecord.Kind>?, after position: Int64) {
        self.pipeline = pipeline
        self.caller = caller
        self.types = types
        self.position = position
    }

    /// Behind what was read so far.
    package var cursor: String { Cursors(.events, of: caller.organization, pipeline.parts.installation).text(position) }

    /// The host takes its leave; so should the reader.
    package var isEnding: Bool { pipeline.isDraining }

    /// What has come since the last time, perhaps nothing; at most a page.
    /// - Throws: `cursor_gone` when the reader is so slow that events were cleared away before him.
    package mutating func next() async throws -> [Item] {
        let (pipeline, organization, position) = (pipeline, caller.organization, position)
        let rings = pipeline.parts.store.eventBell.rings(of: organization)
        let page = try await pipeline.wrapping {
            try await pipeline.eventReads.page(of: organization, after: position, rings: rings)
        }
        self.position = page.last
        heard = rings
        isBehind = page.isFull
        return page.items.filter { item in
            caller.reaches(connector: item.event.connector) && types?.contains(item.event.kind) != false
        }
    }

    /// Waits until there may be more, or the host ends, or that much time is over.
    package func wait(for limit: Duration) async {
        guard !isBehind, !isEnding, limit > .zero else { return }
        await pipeline.parts.store.eventBell.wait(beyond: heard, of: caller.organization, for: limit)
    }
}
