package import Model

/// The one authority on state (DESIGN.md §9). Every change is one synchronous transaction: a closure that cannot await,
/// so that no provider call can ever happen inside it (STYLE.md, rule 2).
package protocol Store: Sendable {
    /// Whether T1 and T2 may be one transaction (PROTOCOL.md §10).
    var mergesClaimAndSend: Bool { get }

    /// Holding the store proves that every earlier process is dead (PROTOCOL.md §10), and that no other writes to it.
    var isExclusive: Bool { get }

    /// Store time now, without a transaction.
    var now: Timestamp { get }

    /// Rings after this process has committed an event.
    var eventBell: EventBell { get }

    /// Runs a transaction that may write; durable once this returns. The body may run again if the store asks for it.
    /// The caller's cancellation is not heard: a transaction runs to its end. An error that a transaction's method threw
    /// dooms it: the body has to let it out.
    /// - Throws: what the body throws, after a roll-back; `StoreError` otherwise.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> Result
    ) async throws -> Result

    /// Runs a transaction that only reads, on one consistent snapshot of the primary.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result

    /// A line with all that a call for it, or a reader of it, needs to know; nil: it is not there.
    /// - Parameter stamped: With its stamp, for who remembers it.
    func snapshot(of line: LineID, stamped: Bool) async throws -> StoredSnapshot?

    /// The states of lines on the primary, read after this was called; lines that are not there are left out. For readers
    /// that have a memory of them: cheap, and without patience with a store that hangs.
    func stamps(of lines: Set<LineID>) async throws -> [LineID: LineStamp]

    /// Returns when what was erased or replaced before can be read in none of the store's files any more, as far as it is
    /// the store that keeps them: not in free pages, not in a log of writes.
    func scrub() async throws

    /// Answers within a second whether a write would be possible.
    func check() async throws

    /// Finishes running transactions and lets go of everything; a second call does nothing. Everything later is refused
    /// with `StoreError.Code.unavailable`.
    func close() async throws
}

/// A store of one file that can be copied while it works.
package protocol CopyableStore: Store {
    /// Writes one consistent state into a new file, mode 0600. Writers go on meanwhile.
    /// - Parameter progress: Told what is done so far, from 0 to 1; an error that it throws ends the copy.
    func copy(to path: String, progress: @escaping @Sendable (Double) throws -> Void) async throws
}

/// What went wrong in a store, apart from what a transaction's body throws.
package struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        package let description: String
        private init(_ name: String) { description = name }

        /// Nothing was committed.
        package static let unavailable = Code("store_unavailable")
        /// It may or may not have been committed: read again (PROTOCOL.md §4, rows marked *).
        package static let acknowledgementLost = Code("acknowledgement_lost")
        /// Another process holds it.
        package static let locked = Code("store_locked")
        /// The schema is newer than this program, or damaged.
        package static let incompatible = Code("store_incompatible")
        /// A uniqueness rule was broken: `detail` is the `StoreRule`'s name.
        package static let conflict = Code("conflict")
        /// What a write changes or refers to is not there.
        package static let missing = Code("row_missing")
        /// The organization that it belongs to is being deleted, or was (`OrganizationEnd`).
        package static let ended = Code("organization_ended")
        /// Its epoch or session is another than the host knows (`StoreTransaction.require`).
        package static let moved = Code("store_moved")
        /// A stored row cannot be read.
        package static let corrupt = Code("store_corrupt")
    }

    package let code: Code
    /// Place and remedy; no secret.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code): \(detail)" }

    /// A broken uniqueness rule.
    package static func conflict(_ rule: StoreRule) -> StoreError { StoreError(.conflict, rule.rawValue) }

    /// The rule that was broken; nil for every other error.
    package var brokenRule: StoreRule? { code == .conflict ? StoreRule(rawValue: detail) : nil }
}

/// What a store keeps unique.
package enum StoreRule: String, Sendable, Hashable, CaseIterable {
    case connectionID = "connection_id"
    /// Per organization, connector and owner, deleted connections left out.
    case connectionName = "connection_name"
    case line
    case attemptID = "attempt_id"
    /// At most one attempt of a line is INTENT or SENT (PROTOCOL.md §2).
    case openAttempt = "open_attempt"
    /// A line has at most one version per attempt (PROTOCOL.md §2).
    case versionAttempt = "version_attempt"
    case currentVersion = "current_version"
    case flowID = "flow_id"
    case stateHash = "state_hash"
    case ticketHash = "ticket_hash"
    /// The next link of a host's chain follows its head (DESIGN.md §9).
    case auditSequence = "audit_sequence"
    case dataKeyID = "data_key_id"
    /// A client's breaker is as it was read: of several hosts one takes the probe.
    case clientBreaker = "client_breaker"
    /// What a changed setting replaces is what was read.
    case setting
}
