package import ConnectorSDK

/// One refresh token and its descendants, with what the protocol needs to decide about it (PROTOCOL.md §2, "connection").
/// A store loads it whole, a pure step changes it, the store writes the difference.
package struct Line: Sendable, Hashable {
    package let id: LineID
    package let organization: OrganizationID
    package var grant: GrantID
    package var rotation: RotationClass
    package var state: LineState
    package var enabled: Bool
    /// Number of the current token set; 0 while there is none.
    package var generation: Int64
    /// Order of claims; grows with every one, and with revoke, reconnect and adoption.
    package var fence: Int64
    package var leaseUntil: Timestamp?
    package var openAttempt: AttemptID?
    /// After this no earlier presentation can still be at work at the provider.
    package var quietAt: Timestamp
    /// When the first unresolved presentation of this generation was sent: overlap windows count from here.
    package var firstSentAt: Timestamp?
    /// No presentation before this (back-off, `Retry-After`, confirm delay).
    package var nextTryAt: Timestamp
    /// Failures since the last success, for the back-off.
    package var failures: Int
    /// Nil: unknown, or never.
    package var expiresAt: Timestamp?
    /// When it should be refreshed unasked (margin or keep-alive, whichever is first); nil: never unasked.
    package var dueAt: Timestamp?
    /// The provider refuses a refresh before this (`refresh.not_before`).
    package var notBefore: Timestamp?
    /// The generation that a caller reported as rejected by the provider.
    package var reportedDead: Int64?
    /// When the last forced refresh was claimed (PROTOCOL.md §8).
    package var forcedAt: Timestamp?
    /// Reports of a rejected token since `reportsSince` (PROTOCOL.md §8).
    package var reports: Int
    package var reportsSince: Timestamp?
    /// Whether there is something to present: a refresh token, or what else the definition refreshes with.
    package var canPresent: Bool
    /// When the grant was first redeemed here: what a definition says of its whole life counts from then.
    package var grantedAt: Timestamp?
    /// When its owner is to be told that the grant ends soon; nil: it does not, as far as is known, or it was said.
    package var warnAt: Timestamp?
    /// The generation whose end was told (TOKEN_EXPIRED).
    package var toldExpired: Int64?
    /// Attempts that are open, ambiguous, or named by the event at hand; closed ones may be missing.
    package var attempts: [Attempt]
    /// The current version and all candidates; superseded ones may be missing.
    package var versions: [TokenVersion]

    /// A line of which nothing is known yet: generation 0, pending, silent.
    package init(id: LineID, organization: OrganizationID, grant: GrantID, rotation: RotationClass) {
        self.id = id
        self.organization = organization
        self.grant = grant
        self.rotation = rotation
        state = .pending
        enabled = true
        generation = 0
        fence = 0
        quietAt = .distantPast
        nextTryAt = .distantPast
        failures = 0
        reports = 0
        canPresent = true
        attempts = []
        versions = []
    }
}

/// The stored states of a line. "Refreshing" is not stored: it means that `openAttempt` is set.
package enum LineState: Sendable, Hashable {
    case pending
    case active
    /// A transient failure; the token may still be valid.
    case degraded
    /// An unresolved presentation exists.
    case recovering
    /// The refresh token was refused, not yet confirmed.
    case suspect
    case needsReauthorization(Reason)
    case revoked
    /// After a restore; waits for the operator (PROTOCOL.md §9).
    case verify

    /// Why the user must sign in again.
    package enum Reason: String, Sendable, Hashable, Codable {
        case refused
        case lostInRotation = "lost_in_rotation"
        /// The store went back, and the operator said that what it holds is superseded (PROTOCOL.md §9).
        case restored
    }
}

/// One presentation: one refresh token sent once to the provider, replays and confirmations included.
package struct Attempt: Sendable, Hashable {
    /// Why the refresh token is presented.
    package enum Purpose: String, Sendable, Hashable, Codable {
        case normal
        case replay
        case confirm
        /// A code or another grant of a person; what it brought is a new grant.
        case exchange
        /// No presentation of ours: what the line presents was given to another authority, which may present it.
        case handOver = "hand_over"
    }

    /// `intent` and `sent` are open, the others closed.
    package enum State: String, Sendable, Hashable, Codable {
        case intent
        case sent
        /// Certainly no byte left.
        case notSent = "not_sent"
        case done
        /// A definite answer without a token.
        case rejected
        /// May have spent the refresh token.
        case ambiguous
    }

    package let id: AttemptID
    package let grant: GrantID
    /// The generation whose refresh token it presents.
    package let generationIn: Int64
    package let fence: Int64
    package let purpose: Purpose
    /// The class it was claimed under; the stricter of this and the line's governs its recovery (PROTOCOL.md §7).
    package let rotation: RotationClass
    package let host: HostID
    package let boot: BootID
    /// Who asked for it, for the timeline: `user:…`, `service:…`, or `host` for what nobody asked for.
    package let caller: String
    package var state: State
    package let claimedAt: Timestamp
    package var sentAt: Timestamp?
    /// Its host has said that it holds no answer to it and will receive none.
    package var holderClear: Bool
    package var closedAt: Timestamp?
    /// The provider's code or our reason, for the timeline; no secret.
    package var outcome: String?

    package init(
        id: AttemptID, grant: GrantID, generationIn: Int64, fence: Int64, purpose: Purpose, rotation: RotationClass,
        host: HostID, boot: BootID, caller: String = "host", state: State, claimedAt: Timestamp,
        sentAt: Timestamp? = nil,
        holderClear: Bool = false, closedAt: Timestamp? = nil, outcome: String? = nil
    ) {
        self.id = id
        self.grant = grant
        self.generationIn = generationIn
        self.fence = fence
        self.purpose = purpose
        self.rotation = rotation
        self.host = host
        self.boot = boot
        self.caller = caller
        self.state = state
        self.claimedAt = claimedAt
        self.sentAt = sentAt
        self.holderClear = holderClear
        self.closedAt = closedAt
        self.outcome = outcome
    }

    /// Whether it still holds the line.
    package var isOpen: Bool { state == .intent || state == .sent }
}
