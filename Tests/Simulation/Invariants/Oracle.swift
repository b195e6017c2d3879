import Model

/// What can be violated: the invariants of PROTOCOL.md §11, and promises of its tables that have no number there.
enum Oracle: String, CaseIterable {
    case i1 = "I1"
    case i2 = "I2"
    case i3 = "I3"
    case i4 = "I4"
    case i5 = "I5"
    case i6 = "I6"
    case i7 = "I7"
    case i8 = "I8"
    case i10 = "I10"
    /// A family was revoked by our own presentation while somebody held, or could still receive, its child.
    case familyRevoked = "family revoked"
    /// An answer was lost by our own doing, without a fault of wire, host or time.
    case selfMadeLoss = "loss without a fault"
    /// The pointer rests on a dead refresh token although a living one could have been had.
    case deadPointer = "dead pointer"
    /// A byte left after the claim's lease.
    case lateSend = "late send"
    /// A revoked line came back by itself.
    case revoked = "revoked is ACTIVE"
    /// Two lines present the same refresh token.
    case authorities = "two authorities"
    /// What another authority was given is presented here, and nobody has taken it back.
    case handedOver = "handed over is presented"
    /// RECOVERING although the owner said that nothing was written.
    case needlessRecovery = "needless RECOVERING"
}

/// The first thing that went wrong in an episode.
struct Violation {
    let oracle: Oracle
    let text: String
}

/// What the checks remember besides the world itself.
struct Witness {
    struct Refusal {
        /// The attempt that brought what was refused.
        let version: AttemptID?
        let at: Timestamp
    }

    /// Definite refusals recorded, per line.
    var refusals: [[Refusal]] = []
    /// Every generation that was ever current, with the attempt that brought it, per line.
    var generations: [[Int64: AttemptID]] = []
    /// The highest of them, per line.
    var highest: [Int64] = []
    /// Exchanges whose answer a spool holds.
    var redeemed: [(line: Int, attempt: AttemptID)] = []
    /// Attempts whose owner said, and heard acknowledged, that no byte left.
    var unsent: Set<AttemptID> = []
    var endedAt: Int64 = 0

    mutating func open(line: Int) {
        refusals.append([])
        generations.append([:])
        highest.append(0)
    }

    /// After a roll-back what was said to the old store binds nobody, but a number is never given twice (M40).
    mutating func rollBack() {
        unsent = []
        redeemed = []
    }
}
