import Locks
import Model
import StoreContract

/// A piece of work that is due: whose it is, and what tells it apart.
protocol DuePiece: Sendable, Identifiable where ID: Sendable {
    var organization: OrganizationID { get }
}

extension DueLine: DuePiece {}
extension ConnectionRecord: DuePiece {}
extension FlowRecord: DuePiece {}

/// Chooses what begins next of the work that is due: of each organization that has some, a piece in turn, and of none more
/// at once than its share. So neither a provider that hangs nor a mass of lines of one organization delays the others
/// (SECURITY.md line 38).
final class Rounds<Piece: DuePiece>: Sendable {
    /// Finds what is due, earliest first; of one organization, or of all.
    typealias Search = @Sendable (any StoreReader, OrganizationID?, Int) throws -> [Piece]
    /// Takes pieces out of the way of other hosts until then, and tells which it got.
    typealias Claim = @Sendable (any StoreTransaction, Set<Piece.ID>, Timestamp) throws -> Set<Piece.ID>

    private struct State {
        var share: FairShare<OrganizationID>
        var running: Set<Piece.ID> = []
        /// Until when those that run are this host's, where others share the store.
        var claims: [Piece.ID: Timestamp] = [:]
        /// Over since the look began that is under way: what it found of them may be old.
        var over: Set<Piece.ID> = []
        /// The organization that was looked at last, one by one.
        var last: OrganizationID?
    }

    private let work: DueWork
    private let (most, starts): (Int, Int)
    private let search: Search
    private let claim: Claim?
    private let state: Locked<State>

    /// How many organizations one look goes through: with a thousand of them each has had its turn after four looks.
    private static var visits: Int { 256 }

    /// Several hosts look so many times as far as they can begin, each in an order of its own, so that they seldom want
    /// the same.
    private static var spread: Int { 4 }

    /// How long a claim holds what its host has not begun: no longer than a host that died may delay it.
    private static var lease: Duration { .seconds(30) }

    /// - Parameters:
    ///   - most: pieces that run at once.
    ///   - starts: pieces that begin at one look; nil: as many as may run.
    ///   - claim: nil: what begins is claimed one by one as it begins.
    init(
        _ work: DueWork, atOnce most: Int, starts: Int? = nil, claim: Claim? = nil, search: @escaping Search
    ) {
        self.work = work
        self.most = most
        self.starts = starts ?? most
        self.claim = claim
        self.search = search
        state = Locked(State(share: FairShare(places: most)))
    }

    /// What begins now. Each piece counts as running until `end`.
    /// - Parameter isBusy: whether something else keeps it from beginning.
    func next(in store: any Store, unless isBusy: (Piece) -> Bool) async -> [Piece] {
        let (share, last) = state.withLock { state in
            state.over = []
            return (state.share, state.last)
        }
        let spread = store.isExclusive ? 1 : Self.spread
        guard share.taken < most,
            let found = try? await store.read({ try self.look($0, share, after: last, spread) })
        else { return [] }
        let free = found.pieces.filter { !isBusy($0) }
        let pieces = store.isExclusive ? free : free.shuffled()
        let chosen = state.withLock { state in
            state.last = found.last
            return choose(pieces, &state)
        }
        return store.isExclusive ? chosen : await claimed(chosen, in: store)
    }

    /// Those of them that no other host has taken meanwhile.
    private func claimed(_ chosen: [Piece], in store: any Store) async -> [Piece] {
        guard let claim, !chosen.isEmpty else { return chosen }
        let ids = Set(chosen.map(\.id))
        let got = try? await store.write { transaction in
            let until = transaction.now + Self.lease
            return (ids: try claim(transaction, ids, until), until: until)
        }
        let mine = chosen.filter { got?.ids.contains($0.id) == true }
        state.withLock { state in
            for piece in mine { state.claims[piece.id] = got?.until }
        }
        for piece in chosen where got?.ids.contains(piece.id) != true { end(piece) }
        return mine
    }

    /// Until when a piece that runs is this host's; nil: nobody claimed it.
    func claim(of piece: Piece) -> Timestamp? { state.withLock { $0.claims[piece.id] } }

    /// A piece is over.
    func end(_ piece: Piece) {
        state.withLock { state in
            guard state.running.remove(piece.id) != nil else { return }
            state.claims[piece.id] = nil
            state.share.giveBack(piece.organization)
            state.over.insert(piece.id)
        }
    }

    /// The earliest pieces of all. Where there are more than one look takes, they may all be one organization's: then the
    /// next organizations are looked at too, each by itself.
    private func look(
        _ reader: any StoreReader, _ share: FairShare<OrganizationID>, after last: OrganizationID?, _ spread: Int
    ) throws -> (pieces: [Piece], last: OrganizationID?) {
        let earliest = try search(reader, nil, most * spread)
        guard earliest.count == most * spread else { return (earliest, last) }
        let visited = try reader.organizations(withDue: work, after: last, visiting: Self.visits)
        let waiting = visited.due.filter { share.admits($0) }
        let turns = waiting.prefix(min(starts, most - share.taken))
        let each = max(1, most / max(1, waiting.count))
        // What runs already may still be due: look behind it.
        let pieces = try turns.flatMap { try search(reader, $0, share.count(of: $0) + each * spread) }
        // Those that cannot begin now are the first at the next look.
        return (pieces + earliest, turns.count < waiting.count ? turns.last : visited.last)
    }

    private func choose(_ pieces: [Piece], _ state: inout State) -> [Piece] {
        var order: [OrganizationID] = []
        var queues: [OrganizationID: ArraySlice<Piece>] = [:]
        var found = state.over.union(state.running)
        for piece in pieces where found.insert(piece.id).inserted {
            if queues[piece.organization] == nil { order.append(piece.organization) }
            queues[piece.organization, default: []].append(piece)
        }
        var chosen: [Piece] = []
        while !order.isEmpty {
            // Each round goes on with the organizations that have more, and may.
            order = order.filter { organization in
                guard chosen.count < starts, state.share.admits(organization),
                    let piece = queues[organization]?.popFirst()
                else { return false }
                state.running.insert(piece.id)
                state.share.take(organization)
                chosen.append(piece)
                return true
            }
        }
        return chosen
    }
}
