package import Model

/// What a client's breaker says to one claim.
package enum BreakerVerdict: Sendable, Hashable {
    case closed
    /// This claim is the one probe.
    case probe
    case open(until: Timestamp)
}

/// Breaker per client (PROTOCOL.md §3): opens on one row-22 answer, or on at least 10 refusals that are more than 20 % of
/// its presentations in 10 minutes; after 60 s one probe; closed by one success.
package struct Breaker: Sendable, Hashable {
    private var openUntil: Timestamp?
    private var presentations: [Timestamp] = []
    private var refusals: [Timestamp] = []
    /// The provider's code that opened it, for `client_misconfigured`.
    package private(set) var code: String?

    static let window = Duration.seconds(600)
    static let pause = Duration.seconds(60)

    package init() {}

    /// Asks for one presentation. A probe holds the others off for another pause.
    package mutating func admit(at now: Timestamp) -> BreakerVerdict {
        guard let until = openUntil else { return .closed }
        guard now >= until else { return .open(until: until) }
        openUntil = now + Self.pause
        return .probe
    }

    /// The claim that took the probe made no presentation: the next one may.
    package mutating func returnProbe(at now: Timestamp) {
        if openUntil != nil { openUntil = now }
    }

    /// Nothing is held off, and no probe is awaited.
    package var isClosed: Bool { openUntil == nil }

    /// Whether it is open, and until when, without taking the probe.
    package func isOpen(at now: Timestamp) -> Timestamp? { openUntil.flatMap { now < $0 ? $0 : nil } }

    /// A presentation was made.
    package mutating func presented(at now: Timestamp) {
        forget(before: now - Self.window)
        presentations.append(now)
    }

    /// A definite refusal (rows 16–20).
    package mutating func refused(at now: Timestamp) {
        forget(before: now - Self.window)
        refusals.append(now)
        if Self.opens(refusals: refusals.count, presentations: presentations.count) { open(at: now, code: "refusals") }
    }

    /// Whether so many refusals among so many presentations open it: one host's or all hosts'.
    static func opens(refusals: Int, presentations: Int) -> Bool { refusals >= 10 && refusals * 5 > presentations }

    /// Presentations in the last ten minutes.
    package func presentations(at now: Timestamp) -> Int { presentations.count { $0 >= now - Self.window } }

    /// Takes over what another host has found: open until then, or closed again.
    package mutating func follow(openUntil end: Timestamp?, code: String?) {
        guard let end else { return succeeded() }
        (openUntil, self.code) = (end, code)
    }

    /// A client error (row 22).
    package mutating func misconfigured(at now: Timestamp, code: String) { open(at: now, code: code) }

    /// A success closes it.
    package mutating func succeeded() {
        openUntil = nil
        code = nil
        refusals.removeAll()
    }

    private mutating func open(at now: Timestamp, code: String) {
        openUntil = now + Self.pause
        self.code = code
    }

    private mutating func forget(before limit: Timestamp) {
        if let first = presentations.first, first < limit { presentations.removeAll { $0 < limit } }
        if let first = refusals.first, first < limit { refusals.removeAll { $0 < limit } }
    }
}
