import ProviderSimulator

/// One cell of the matrix: where the process dies, under which rotation class, and what becomes of the answer.
struct KillCell: Sendable, Hashable {
    /// The named points of a refresh, in order.
    enum Point: String, CaseIterable, Sendable {
        case claimed, sent
        case firstByte = "first_byte"
        case answerReceived = "answer_received"
        case spooled, committed, acknowledged
        case spoolEntryDeleted = "spool_entry_deleted"

        /// The provider has answered, and the answer is in no spool yet.
        var isUnspooled: Bool { self == .firstByte || self == .answerReceived }
        /// The answer is durable on this host.
        var isSafe: Bool { [.spooled, .committed, .acknowledged, .spoolEntryDeleted].contains(self) }
    }

    /// What became of the answer to the first presentation of the refresh token.
    enum Fate: String, CaseIterable, Sendable {
        /// The process dies in that very attempt.
        case delivered
        /// It was lost on the wire; the process dies in the attempt that follows.
        case lost
    }

    let point: Point
    let rotation: KillRotation
    let fate: Fate
    let round: Int

    /// PROTOCOL.md §12: lost only where no complete answer reached a spool, and only in the classes that use up a token.
    var survives: Bool { !rotation.usesUp || (fate == .delivered && !point.isUnspooled) }

    var name: String { "\(point.rawValue) \(rotation.rawValue) \(fate.rawValue) #\(round)" }
}

/// The four rotation classes, with the provider's client and the host's setting that fit.
enum KillRotation: String, CaseIterable, Sendable {
    case `static`, overlap
    case singleUse = "single_use"
    case family = "single_use_family"

    /// Whether a used refresh token is dead.
    var usesUp: Bool { self == .singleUse || self == .family }

    /// Seconds that an access token of the family lives: just long enough that a replay has to wait for its end.
    static let familyLifetime = 7

    /// The provider's client; a window of 60 s and one until the first use take turns.
    func client(round: Int) -> SimulatedClient {
        switch self {
        case .static: SimulatedClient(id: "sandbox-static", rotation: .static)
        case .overlap where round.isMultiple(of: 2):
            SimulatedClient(id: "sandbox-until-used", rotation: .overlap, window: .untilUsed)
        case .overlap: SimulatedClient(id: "sandbox-overlap", rotation: .overlap, window: .seconds(60))
        case .singleUse: SimulatedClient(id: "sandbox-single-use", rotation: .singleUse)
        case .family:
            SimulatedClient(id: "sandbox-family", rotation: .singleUseFamily, lifetime: Self.familyLifetime)
        }
    }

    /// The settings of the organization's config.
    func settings(round: Int) -> [String: any Sendable] {
        guard self == .overlap else { return ["rotation": rawValue] }
        return ["rotation": rawValue, "overlap": round.isMultiple(of: 2) ? "until_used" : "60s"]
    }
}
