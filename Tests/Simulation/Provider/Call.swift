import Model
import RefreshProtocol

/// One presentation on the wire, as only the simulation can see it: from the first byte to the end of the provider's work.
struct Call {
    /// Where the answer is, once the provider has issued tokens: what invariant I1 is about.
    enum Fate: Hashable {
        case nothing
        case travelling
        case received
        case spooled
        case stored
        case lost
    }

    /// What the network and the provider will do to it.
    enum Plan: Hashable {
        case answer
        /// The work is done, the connection breaks before the answer.
        case lost
        case truncated
        case serverError(done: Bool)
        /// A proxy answers, the provider works on.
        case gatewayTimeout
        case tooMany
        /// A proxy sent the call twice: this answer says so, while the other copy is at work and its answer is lost.
        case busy
    }

    enum Reason: Hashable { case answered, broken, deadline, crash, caller, soft }

    let attempt: AttemptID
    let presented: Presented
    let purpose: Attempt.Purpose
    let line: Int
    let grant: Int
    let token: Int
    let host: Int
    let hostID: HostID
    let boot: Int
    let firstByte: Int64
    let plan: Plan
    /// When the provider's work ends.
    var workEnds: Int64
    var isDone = false
    var closed: Reason?
    /// The complete answer, once it lies in the host's socket buffer.
    var arrived: Answer?
    /// The refresh token it brought.
    var issued: Int?
    var fate = Fate.nothing
    /// A complete answer once was in a synced spool entry.
    var reachedSpool = false
}
