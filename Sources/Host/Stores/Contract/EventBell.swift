import Locks
package import Model

/// Rings after a transaction of this process that appended an event was committed. Whoever reads the outbox waits for it
/// instead of asking over and over: a hint, since other processes write too and are not heard here.
///
/// It is heard by those whose organization has news, and by a few others: organizations share a fixed number of places, so
/// that nothing has to be kept of each of them.
package final class EventBell: Sendable {
    private struct Place {
        var rings = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private struct State {
        /// The first is for who wants to hear all.
        var places = [Place](repeating: Place(), count: 1 + EventBell.shared)
        var nextID = 0
    }

    /// How many places organizations share: a thousand streams of as many organizations then wake four at each event.
    private static let shared = 256

    private let state = Locked(State())

    package init() {}

    /// How often it rang, for whomever. To be taken before a read: what is committed after that rings again.
    package var rings: Int { rings(of: nil) }

    /// The same for one organization; nil: for whomever.
    package func rings(of organization: OrganizationID?) -> Int {
        let place = Self.place(organization)
        return state.withLock { $0.places[place].rings }
    }

    /// Wakes everyone who waits.
    package func ring() { ring(at: 0...Self.shared) }

    /// Wakes those who wait for one of these organizations, or for all.
    package func ring(for organizations: Set<OrganizationID>) {
        guard !organizations.isEmpty else { return }
        ring(at: Set([0] + organizations.map { Self.place($0) }))
    }

    private func ring(at places: some Sequence<Int>) {
        let woken = state.withLock { state in
            places.flatMap { place in
                defer { state.places[place].waiting = [:] }
                state.places[place].rings += 1
                return Array(state.places[place].waiting.values)
            }
        }
        for continuation in woken { continuation.resume() }
    }

    /// Returns once it has rung more often than that, the time is over or the task is cancelled.
    /// - Parameter organization: whose events count; nil: all.
    package func wait(
        beyond rings: Int, of organization: OrganizationID? = nil, for limit: Duration
    ) async {
        let place = Self.place(organization)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(beyond: rings, at: place) }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait(beyond rings: Int, at place: Int) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // A cancellation before this line found nobody to wake.
                    guard state.places[place].rings <= rings, !Task.isCancelled else { return true }
                    state.places[place].waiting[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.places[place].waiting.removeValue(forKey: id) }?.resume()
        }
    }

    private static func place(_ organization: OrganizationID?) -> Int {
        guard let organization else { return 0 }
        return 1 + Int(UInt(bitPattern: organization.hashValue) % UInt(shared))
    }
}
