package import Model

/// A client's breaker as several hosts share it (PROTOCOL.md §3): the rule of `Breaker`, in a value that is small enough
/// for a row. There is one only while a client has trouble; none is a breaker that is closed and has seen no refusal.
package struct SharedBreaker: Sendable, Hashable, Codable {
    private var openUntil: Timestamp?
    /// The provider's code that opened it.
    package private(set) var code: String?
    /// Refusals since the last success, by tens of seconds: thousands of them in ten minutes stay sixty numbers.
    private var refusals: [Int64: Int] = [:]
    /// Presentations in the last ten minutes, of each host as it counted them at its own last refusal. Of a host that has
    /// none no presentation is known: a success of it would have ended all this.
    private var presentations: [String: Int] = [:]

    private static let grain: Int64 = 10_000

    package init() {}

    package var isClosed: Bool { openUntil == nil }

    /// The end of the time in which nothing is presented, past or not; nil: it is closed.
    package var end: Timestamp? { openUntil }

    /// Asks for one presentation.
    /// - Parameter longest: How long an attempt can take: a probe whose host died with it is free again after that.
    package mutating func admit(at now: Timestamp, longest: Duration) -> BreakerVerdict {
        guard let until = openUntil else { return .closed }
        guard now >= until else { return .open(until: until) }
        openUntil = now + max(Breaker.pause, longest)
        return .probe
    }

    /// The probe that was to be over by then told nothing: the next presentation may be it.
    package mutating func returnProbe(heldUntil end: Timestamp, at now: Timestamp) {
        if openUntil == end { openUntil = now }
    }

    /// A definite refusal (rows 16–20).
    /// - Parameter made: How many presentations this host made in the last ten minutes, that one included.
    package mutating func refused(at now: Timestamp, by host: HostID, of made: Int) {
        let first = (now - Breaker.window).milliseconds
        refusals = refusals.filter { ($0.key + 1) * Self.grain > first }
        refusals[now.milliseconds / Self.grain, default: 0] += 1
        presentations[host.description] = made
        let (refused, all) = (refusals.values.reduce(0, +), presentations.values.reduce(0, +))
        if Breaker.opens(refusals: refused, presentations: all) { open(at: now, code: "refusals") }
    }

    /// A client error (row 22).
    package mutating func misconfigured(at now: Timestamp, code: String) { open(at: now, code: code) }

    private mutating func open(at now: Timestamp, code: String) {
        openUntil = now + Breaker.pause
        self.code = code
    }
}
