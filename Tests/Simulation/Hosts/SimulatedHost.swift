import Model
import RefreshProtocol

/// One attempt while its owner lives.
struct Running {
    let attempt: AttemptID
    let line: Int
    let need: Claim.Need
    /// The refresh token to import with the claim.
    let importing: Int?
    /// The grant from elsewhere that it presents beside the line's own.
    var renewal: Renewal?
    var owner: Owner
    var doing: Owner.Action = .claim(merged: false)
    /// What it presents, known once T1 holds.
    var presented: Presented?
    var token: Int?
    var purpose = Attempt.Purpose.normal
    var call: Int?
    /// The answer between reading and spooling.
    var answer: SpoolEntry?
    var claimedAt: Int64 = 0
}

/// A spool entry, usable when the store has forgotten the attempt.
struct SpoolEntry {
    enum Content {
        case answer(Presented, Answer)
        case redeemed(GrantID, TokenVersion.Content, seen: Int64)
    }

    let attempt: AttemptID
    let line: Int
    let content: Content
    /// Of a renewal: the grant that the line had when it began.
    var replaces: GrantID?
    let call: Int?
    /// Survives a power cut.
    var isSynced: Bool
}

/// A host: what survives its process (id, journal, synced spool, marks), and what does not.
struct SimulatedHost {
    let index: Int
    var id: HostID
    var bootNumber = 0
    var isAlive = true
    var frozenUntil: Int64 = 0
    /// Store time of the last heartbeat before it fell silent.
    var lastBeat = Timestamp.distantPast
    /// After the store was away: until its next heartbeat.
    var unheardUntil: Int64 = -1_000_000
    var running: [Running] = []
    var spool: [SpoolEntry] = []
    var journal: Set<AttemptID> = []
    var highestMark: Int64 = 0
    /// Entries that an earlier boot has left, and until when they cannot be stored: their definition is held back.
    var earlier: Set<AttemptID> = []
    var withheldUntil: Int64 = -1_000_000
    /// What it has handed over, outside the store.
    var handOvers: [HandOver] = []
    var owesStatement = false
    /// After a lost disk there is nothing to speak of: no statement (row 26).
    var hasLostDisk = false
    var flushing: Set<AttemptID> = []
    var sessionSince: Int64 = -1_000_000
    var breakers = [Breaker(), Breaker()]
    /// The boot clock's reading at the beginning; it counts during suspend.
    let clock: Int64
    /// The only poll of each line that counts.
    var polls: [Int]

    func boot(_ number: Int) -> BootID { BootID("b\(index).\(number)") }

    /// As others hear of it: nil while an answer of an earlier one still waits.
    var bootHeard: BootID? { spool.contains { earlier.contains($0.attempt) } ? nil : boot(bootNumber) }

    /// A renewal goes on beside a refresh.
    func isRefreshing(_ line: Int) -> Bool { running.contains { $0.line == line && $0.renewal == nil } }

    func owner(of attempt: AttemptID) -> Int? { running.firstIndex { $0.attempt == attempt } }

    /// The spooled answer, or one that no spool would take.
    func entry(_ attempt: AttemptID) -> SpoolEntry? {
        spool.first { $0.attempt == attempt } ?? running.first { $0.attempt == attempt }?.answer
    }

    /// What an answer means to the client's breaker.
    mutating func hear(_ answer: Answer, client: Int, at now: Timestamp) {
        switch answer {
        case .tokens: breakers[client].succeeded()
        case .refused: breakers[client].refused(at: now)
        case .clientError(let code): breakers[client].misconfigured(at: now, code: code)
        default: break
        }
    }
}
