package import ConnectorSDK
package import Model

/// What happens to a line, one store transaction each (PROTOCOL.md §4, §7, §9).
package enum LineEvent: Sendable, Hashable {
    /// T1: a refresh is wanted (rows 1–5, 21).
    case claim(Claim)
    /// T2: about to send (rows 6, 7). `elapsed` is the owner's time since T1 was issued.
    case send(AttemptID, elapsed: Duration)
    /// Certainly no byte left (row 9).
    case notSent(AttemptID, reason: String)
    /// The call ended without a complete answer (row 12).
    case ambiguous(AttemptID, reason: String)
    /// A complete answer was read and spooled (rows 13–25).
    case answer(Presented, Answer)
    /// A host's word about its attempts of earlier boots (row 26). `journaled`: those with a journal line.
    /// `exclusive`: a held lock proves that every earlier process is dead (§10).
    case statement(host: HostID, boot: BootID, journaled: Set<AttemptID>, exclusive: Bool)
    /// An exchange or reconnect brought a new grant (§7). Never compares generations: the code is spent.
    /// `by`: who presented it, for the timeline.
    case redeem(AttemptID, grant: GrantID, content: TokenVersion.Content, by: Redeemer? = nil)
    /// A grant that nobody attends is about to be presented beside the one that the line has; `token` is a refresh token
    /// obtained elsewhere, sealed and fingerprinted before it is presented (§7). What comes is `renewed`.
    case renew(Claim, grant: GrantID, rotation: RotationClass, token: TokenVersion.Content?)
    /// The answer to that brought tokens. `from`: the grant that the line had when it began; once another has taken its
    /// place this one comes too late.
    case renewed(AttemptID, grant: GrantID, from: GrantID, content: TokenVersion.Content)
    /// A step's answer replaces the token set that `version` brought; `id` names the new one. No presentation and no
    /// attempt: it was asked for with the access token, while the claims of row 1 were held back (`Permit.upgradeAt`).
    case upgraded(AttemptID, from: AttemptID, content: TokenVersion.Content)
    /// A step has learned how long the access token lives that this attempt brought.
    case learned(AttemptID, Lifetime)
    /// A refresh token obtained elsewhere: stored, and claimed for its verifying refresh, before any presentation (§7).
    case importGrant(Claim, grant: GrantID, content: TokenVersion.Content)
    /// The provider rejected this generation's access token, as `Claim.Need.report` says, where no claim could be made.
    case reported(Int64)
    /// Time has passed, and something may have to be told that no call brings about.
    case notice
    case revoke
    case setEnabled(Bool)
    /// The store went back: generations continue at epoch × 2^32, rotating lines wait for the operator (§9).
    /// `mayBeAtWork` is false where it is known that nothing which the lost rows have sent can be at work any more.
    case storeWentBack(epoch: Int64, mayBeAtWork: Bool = true)
    /// What the line presents is given to another authority, which may spend it from now on: the line waits in VERIFY as
    /// it does after a restore (§9, §12: a second authority outside this system).
    /// The attempt stands for what that one may do.
    case handOver(AttemptID, by: Redeemer)
    /// A hand-over that a store which went back no longer knows. A line of another grant presents something else.
    case recallHandOver(HandOver)
    /// What a host has presented, by its journal, since the state that a store went back to (§9): whichever host is asked
    /// knows then that what the line holds may be superseded.
    case recallPresentation(Presented)
    /// Way out of VERIFY: the newest version of this grant held anywhere. Where none is newer than the current one the
    /// line stays in VERIFY: only the operator can say that the current one was not superseded.
    case adoptNewest
    /// Way out of VERIFY: the operator says that the current one is right.
    case assumeCurrent
    /// Way out of VERIFY: the operator says that what is held is superseded; a person has to sign in again.
    case reauthorize
}

/// T1's request.
package struct Claim: Sendable, Hashable {
    /// Why a refresh is wanted, decided again inside the transaction (PROTOCOL.md §8).
    package enum Need: Sendable, Hashable {
        /// The scheduler: due by margin or keep-alive, or something to finish.
        case scheduled
        /// A read that wants the token of this generation to live until then.
        case validity(generation: Int64, until: Timestamp)
        /// A refresh bound to the generation at its arrival.
        case generation(Int64)
        /// `observed_generation`: the caller saw the provider reject this generation's access token.
        case report(generation: Int64)
        /// `force`, bound to the generation at its arrival.
        case force(generation: Int64)
    }

    /// Guards of row 1 that only the host can know.
    package struct Permit: Sendable, Hashable {
        /// The organization's data key is in memory.
        package var keysReady: Bool
        /// No unflushed spool entry of this line on this host.
        package var spoolFlushed: Bool
        /// The client's breaker: closed, this is its one probe, or open until then.
        package var breaker: BreakerVerdict
        /// Nil: a rate token was taken; else when the next one is there.
        package var rateLimitedUntil: Timestamp?
        /// Epoch and mark are right: the store has not gone back (§9).
        package var storeTrusted: Bool
        /// When the upgrade of the current token set is tried, if it is outstanding: a refresh beside it would spend what
        /// the upgrade is about to replace. Once the access token is past there is nothing left to upgrade.
        package var upgradeAt: Timestamp?
        /// Until then rotating lines wait after a new store session, so that every living host has looked (§9).
        package var pausedUntil: Timestamp?

        package init(
            keysReady: Bool = true, spoolFlushed: Bool = true, breaker: BreakerVerdict = .closed,
            rateLimitedUntil: Timestamp? = nil, storeTrusted: Bool = true, upgradeAt: Timestamp? = nil,
            pausedUntil: Timestamp? = nil
        ) {
            self.keysReady = keysReady
            self.spoolFlushed = spoolFlushed
            self.breaker = breaker
            self.rateLimitedUntil = rateLimitedUntil
            self.storeTrusted = storeTrusted
            self.upgradeAt = upgradeAt
            self.pausedUntil = pausedUntil
        }
    }

    package let attempt: AttemptID
    package let host: HostID
    package let boot: BootID
    package let need: Need
    package var permit: Permit
    /// Who asked, for the timeline.
    package let caller: String

    package init(
        attempt: AttemptID, host: HostID, boot: BootID, need: Need, permit: Permit = Permit(),
        caller: String = "host"
    ) {
        self.attempt = attempt
        self.host = host
        self.boot = boot
        self.need = need
        self.permit = permit
        self.caller = caller
    }
}

/// The presentation an answer belongs to, self-contained: usable when the store has forgotten the attempt (§2).
package struct Presented: Sendable, Hashable {
    package let attempt: AttemptID
    package let grant: GrantID
    package let generationIn: Int64
    package let fence: Int64
    package let host: HostID
    package let boot: BootID

    package init(
        attempt: AttemptID, grant: GrantID, generationIn: Int64, fence: Int64, host: HostID, boot: BootID
    ) {
        self.attempt = attempt
        self.grant = grant
        self.generationIn = generationIn
        self.fence = fence
        self.host = host
        self.boot = boot
    }
}

/// What an answer said.
package enum Answer: Sendable, Hashable {
    /// Tokens (rows 13–15).
    case tokens(TokenVersion.Content)
    /// A definite refusal of the refresh token (rows 16–20).
    case refused(code: String)
    /// The client's fault (row 22).
    case clientError(code: String)
    /// 429, Retry-After, `slow_down` (row 23).
    case retryLater(after: Duration?, code: String)
    /// "Already being processed" (row 24).
    case busy(code: String)
    /// 5xx, cut, unreadable, neither token nor error (row 25); with what its `Retry-After` asked for.
    case unclear(after: Duration? = nil, code: String)
}

/// What a step led to.
package struct LineStep: Sendable, Hashable {
    package var line: Line
    package var outcome: LineOutcome
    /// What the rest of the world is told, written in the same transaction (outbox).
    package var signals: [LineSignal]

    package init(line: Line, outcome: LineOutcome, signals: [LineSignal] = []) {
        self.line = line
        self.outcome = outcome
        self.signals = signals
    }
}

/// The result of a step, for whoever asked.
package enum LineOutcome: Sendable, Hashable {
    /// T1 holds (rows 1, 5, 21); the attempt is in the line.
    case claimed
    /// A candidate became the current version (row 2 and §5).
    case adopted
    /// No need: the generation moved on, or nothing is due.
    case current
    /// Another attempt holds the line until its lease ends.
    case inFlight(AttemptID, until: Timestamp)
    /// Not before that time.
    case notYet(until: Timestamp, Wait)
    /// The line's state forbids it.
    case refused(Refusal)
    /// T2 holds (row 6).
    case sent
    /// T2's guards failed; nothing was sent (row 7), or row 9 was recorded.
    case notSent(String)
    /// The attempt is not ours any more: stop.
    case notMine
    /// T3 moved the pointer (row 13).
    case advanced
    /// The answer was kept as a candidate (row 15).
    case candidate
    /// The answer had been stored before (row 14).
    case duplicate
    /// The answer was recorded (rows 16–25).
    case recorded
    /// A command was carried out (redeem, revoke, enable, ways out of VERIFY).
    case applied

    /// Why a presentation has to wait.
    package enum Wait: String, Sendable, Hashable {
        case backOff = "back_off"
        case silence
        case confirmDelay = "confirm_delay"
        case notBefore = "not_before"
        case forceInterval = "force_interval"
        case reportInterval = "report_interval"
        case breaker
        case rateLimit = "rate_limit"
        /// A family grant awaits its access token's end or its holder's word (PROTOCOL.md §6).
        case holder
        case takenOver = "taken_over"
        /// The upgrade of the current token set comes first.
        case upgrade
        /// The store has begun anew, and not every living host has looked yet whether it went back (PROTOCOL.md §9).
        case newSession = "new_session"
    }

    /// States and local guards in which nothing is presented.
    package enum Refusal: String, Sendable, Hashable {
        case pending
        case disabled
        /// The line holds no refresh token.
        case nothingToPresent = "nothing_to_present"
        case needsReauthorization = "needs_reauthorization"
        case revoked
        case verify
        case keysUnavailable = "keys_unavailable"
        case spoolUnflushed = "spool_unflushed"
        case storeWentBack = "store_went_back"
    }
}

/// What became of a line, for events, breaker and revoker.
package enum LineSignal: Sendable, Hashable {
    case created
    case refreshed
    case revoked
    case refreshFailed(code: String)
    case reauthorizationRequired(LineState.Reason)
    /// The grant ends then, and no refresh moves that: a person has to sign in again before.
    case reauthorizationDue(Timestamp)
    /// The access token is past or was rejected, and nothing can be presented for another.
    case expired
    /// Row 22: trip the client's breaker.
    case clientMisconfigured(code: String)
    /// Rows 16–20: counts against the client.
    case refusal
    /// A token version arrived that the provider must be told to revoke.
    case revocationWanted
}

/// How long an access token lives, and what follows from it for its line.
package struct Lifetime: Sendable, Hashable {
    package var expiresAt: Timestamp
    /// See `Line.dueAt`.
    package var dueAt: Timestamp?
    /// See `Line.notBefore`.
    package var notBefore: Timestamp?

    package init(expiresAt: Timestamp, dueAt: Timestamp?, notBefore: Timestamp?) {
        self.expiresAt = expiresAt
        self.dueAt = dueAt
        self.notBefore = notBefore
    }
}

/// Who presented a code or another grant of a person, and when: an attempt that no claim preceded, since a code is
/// presented once by whoever has it.
package struct Redeemer: Sendable, Hashable {
    package let host: HostID
    package let boot: BootID
    /// As `Attempt.caller`.
    package let caller: String
    package let sentAt: Timestamp

    package init(host: HostID, boot: BootID, caller: String, sentAt: Timestamp) {
        self.host = host
        self.boot = boot
        self.caller = caller
        self.sentAt = sentAt
    }
}
