import Locks
import Model

/// The calls to providers that are under way, of which nobody may have them all (SECURITY.md line 38): a call lasts as long
/// as its provider lets it, up to H, whether or not anybody still waits for it. Each call takes a place for its client, its
/// organization and its connector.
///
/// Callers wait for a place, those of the organization with the fewest calls first. What nobody asked for does not wait, and
/// has places of its own: neither side keeps the other from calling.
final class CallPlaces: Sendable {
    /// Who wants to call.
    enum Urgency: Sendable {
        /// Waits that long at most.
        case caller(patience: Duration)
        /// The host of itself; it comes again.
        case host
    }

    private enum Holder: Hashable, Sendable {
        case client(ClientKey)
        case organization(OrganizationID)
        case connector(String)

        /// How many times what is free it may hold. A client that hangs leaves its organization's others some, an
        /// organization its provider's other organizations.
        var weight: Int {
            switch self {
            case .client: 1
            case .organization: 2
            case .connector: 4
            }
        }

        static func of(_ client: ClientKey) -> [Holder] {
            [.client(client), .organization(client.organization), .connector(client.connector)]
        }
    }

    private struct State {
        var calls: FairShare<Holder>
        /// The host's own calls.
        var own: FairShare<Holder>
        var waiting: [(client: ClientKey, turn: Pending<Void>)] = []
        /// Places to wait in, shared alike.
        var queue: FairShare<OrganizationID>

        func fits(_ client: ClientKey, among calls: FairShare<Holder>) -> Bool {
            Holder.of(client).allSatisfy { calls.admits($0, weight: $0.weight) }
        }

        /// Gives what is free to those who wait, the organization with the fewest calls first, else in the order in which
        /// they came.
        mutating func admit() -> [Pending<Void>] {
            var admitted: [Pending<Void>] = []
            while let next = waiting.indices.filter({ fits(waiting[$0].client, among: calls) }).min(by: {
                held($0) < held($1)
            }) {
                let (client, turn) = leave(next)
                calls.take(Holder.of(client))
                admitted.append(turn)
            }
            return admitted
        }

        private func held(_ index: Int) -> Int { calls.count(of: .organization(waiting[index].client.organization)) }

        @discardableResult
        mutating func leave(_ index: Int) -> (client: ClientKey, turn: Pending<Void>) {
            queue.giveBack(waiting[index].client.organization)
            return waiting.remove(at: index)
        }
    }

    /// What became of asking for a place at once.
    private enum Asked {
        case taken
        case refused
        case waits(Pending<Void>)
    }

    private let state: Locked<State>
    private let alarms = Alarms()

    /// - Parameter count: how many calls of callers may be under way, and as many may wait; the host's own are a quarter of it.
    init(_ count: Int) {
        state = Locked(
            State(
                calls: FairShare(places: count), own: FairShare(places: max(1, count / 4)),
                queue: FairShare(places: count)))
    }

    /// Takes a place for one call.
    /// - Throws: `provider_unavailable` when there is none in time.
    func enter(_ client: ClientKey, _ urgency: Urgency) async throws(PipelineError) -> CallPlace {
        guard case .caller(let patience) = urgency else { return try enterUnasked(client) }
        switch ask(client) {
        case .taken: return place(client)
        case .refused: throw Self.busy
        case .waits(let turn):
            // One whose turn came as his patience ended has it all the same.
            if await turn.value(within: patience) != nil || !isStillWaiting(turn) { return place(client) }
            throw Self.busy
        }
    }

    private func enterUnasked(_ client: ClientKey) throws(PipelineError) -> CallPlace {
        let isFree = state.withLock { state in
            guard state.fits(client, among: state.own) else { return false }
            state.own.take(Holder.of(client))
            return true
        }
        guard isFree else { throw Self.busy }
        return CallPlace { self.state.withLock { $0.own.giveBack(Holder.of(client)) } }
    }

    /// How many calls are under way, and how many wait for a place.
    var counts: (calls: Int, waiting: Int) {
        state.withLock { ($0.calls.taken + $0.own.taken, $0.waiting.count) }
    }

    /// Whether nothing was asked of a provider since there was no place.
    static func isBusy(_ problem: PipelineError) -> Bool { problem.detail == busy.detail }

    private static let busy = PipelineError(
        .providerUnavailable,
        "Too many calls of this organization or to this provider are under way; nothing was sent.",
        retryAfter: .seconds(2))

    private func ask(_ client: ClientKey) -> Asked {
        state.withLock { state in
            if state.fits(client, among: state.calls) {
                state.calls.take(Holder.of(client))
                return .taken
            }
            guard state.queue.admits(client.organization) else { return .refused }
            let turn = Pending<Void>(alarms: alarms)
            state.queue.take(client.organization)
            state.waiting.append((client, turn))
            return .waits(turn)
        }
    }

    private func place(_ client: ClientKey) -> CallPlace { CallPlace { self.leave(client) } }

    /// Takes one who waits out of the queue; false: he had his turn.
    private func isStillWaiting(_ turn: Pending<Void>) -> Bool {
        state.withLock { state in
            guard let index = state.waiting.firstIndex(where: { $0.turn === turn }) else { return false }
            state.leave(index)
            return true
        }
    }

    private func leave(_ client: ClientKey) {
        let admitted = state.withLock { state in
            state.calls.giveBack(Holder.of(client))
            return state.admit()
        }
        for turn in admitted { turn.settle(()) }
    }
}
