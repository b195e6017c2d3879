import Locks
import Model
import Secrets
import StoreContract

/// Reads the outbox for all streams: those of one organization that stand at one place share one read. A hundred readers
/// that are up to date cost one read for each commit, not a hundred.
final class EventReads: Sendable {
    /// What a read brought.
    struct Page: Sendable {
        let items: [EventFeed.Item]
        /// After which the next one goes on.
        let last: Int64
        let isFull: Bool
    }

    /// Rings are part of it: a read that began before a commit must not answer who was woken by that commit.
    private struct Place: Hashable {
        let organization: OrganizationID
        let after: Int64
        let rings: Int
    }

    private let store: any Store
    private let installation: InstallationSecret
    private let running = Locked<[Place: Task<Page, any Error>]>([:])

    init(_ store: any Store, _ installation: InstallationSecret) {
        self.store = store
        self.installation = installation
    }

    /// The events of an organization after a place, of every kind.
    /// - Parameter rings: of the store's bell for that organization, before this call.
    func page(of organization: OrganizationID, after: Int64, rings: Int) async throws -> Page {
        let place = Place(organization: organization, after: after, rings: rings)
        let task = running.withLock { running in
            if let task = running[place] { return task }
            // Of its own: whoever joins must not lose it when the first reader goes away.
            let task = Task {
                defer { self.running.withLock { $0[place] = nil } }
                return try await self.read(organization, after)
            }
            running[place] = task
            return task
        }
        return try await task.value
    }

    private func read(_ organization: OrganizationID, _ after: Int64) async throws -> Page {
        let limit = Self.limit
        let (rows, newest) = try await store.read { reader in
            let range = try reader.eventRange()
            let start = try TokenPipeline.start(after, in: range)
            return (
                try reader.events(organization: organization, kinds: nil, after: start, limit: limit), range.newest
            )
        }
        let cursors = Cursors(.events, of: organization, installation)
        let isFull = rows.count == limit
        return Page(
            items: rows.map { EventFeed.Item(event: $0.event, cursor: cursors.text($0.sequence)) },
            last: isFull ? rows.last?.sequence ?? newest : newest, isFull: isFull)
    }

    private static let limit = 100
}
