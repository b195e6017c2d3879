package import ConnectorSDK
package import Model

/// The calls of one client that its rate limit counts, as several hosts share it: so many in any time of the limit's length,
/// over all of them. A process takes places before it calls, and says afterwards when it called; until then each of its
/// places counts, whenever the call may be. Those of a process that died come back after the longest time it could have
/// used them, and the limit's.
package struct SharedWindow: Sendable, Hashable, Codable {
    /// Places that one process may still use.
    private struct Hold: Sendable, Hashable, Codable {
        var places: Int
        /// It uses none of them later.
        var until: Timestamp
    }

    /// What a process says of its places, and how many it wants.
    package struct Report: Sendable, Hashable {
        package var process: BootID
        /// When it has called since it spoke last, never too early.
        package var made: [Timestamp]
        /// Places that are with calls which may still be made. All others that it had are free.
        package var keeps: Int
        package var wants: Int
        /// How long it may use what it has.
        package var holding: Duration

        package init(process: BootID, made: [Timestamp], keeps: Int, wants: Int, holding: Duration) {
            self.process = process
            self.made = made
            self.keeps = keeps
            self.wants = wants
            self.holding = holding
        }
    }

    /// Within that a process says what became of its places, even if it wants no more.
    package static let telling = Duration.seconds(1)
    /// More times than these are not remembered: the value is written anew with each change.
    private static let mostTimes = 64

    private var calls = CallTimes()
    private var holds: [String: Hold] = [:]

    package init() {}

    /// Takes what a process reports, and gives it places: by the limit as it is now, since a definition may have been changed.
    /// - Parameter now: read after everything that is reported had happened.
    /// - Returns: how many it got; and, if those are too few, until when there are no more.
    package mutating func exchange(
        _ report: Report, limit: RateLimit, at now: Timestamp
    ) -> (got: Int, until: Timestamp?) {
        settle(at: now, limit, holding: report.holding)
        holds[report.process.description] = nil
        for time in report.made { calls.add(at: stamp(time, limit, now)) }
        calls.forget(through: now - limit.per)
        let free = limit.count - calls.count - held - report.keeps
        let got = min(report.wants, max(0, free))
        if report.keeps + got > 0 {
            holds[report.process.description] = Hold(places: report.keeps + got, until: now + report.holding)
        }
        return (got, got < report.wants ? next(limit, now) : nil)
    }

    /// When a new one would be the same.
    package func over(_ limit: RateLimit) -> Timestamp {
        max(calls.last ?? .distantPast, holds.values.map(\.until).max() ?? .distantPast) + limit.per
    }

    private var held: Int { holds.values.reduce(0) { $0 + $1.places } }

    /// Nothing was later than now, or can be later than a hold from now on: else the clock was set back. Of a process that
    /// let its time pass nobody knows when it called; it was no later than that.
    private mutating func settle(at now: Timestamp, _ limit: RateLimit, holding: Duration) {
        calls.bound(to: stamp(.init(milliseconds: .max), limit, now))
        for (process, hold) in holds {
            let until = min(hold.until, now + holding)
            holds[process]?.until = until
            guard until <= now else { continue }
            holds[process] = nil
            calls.add(hold.places, at: stamp(until, limit, now))
        }
    }

    /// A call's time as it is remembered. The clock's is rounded down: the call may have been a millisecond later than it.
    private func stamp(_ time: Timestamp, _ limit: RateLimit, _ now: Timestamp) -> Timestamp {
        limit.rounded(min(time, now + .milliseconds(1)), keeping: Self.mostTimes)
    }

    private func next(_ limit: RateLimit, _ now: Timestamp) -> Timestamp {
        let byCalls = calls.time(leaving: limit.count - held).map { $0 + limit.per }
        guard !holds.isEmpty else { return byCalls ?? now + limit.per }
        // Sooner, if who holds places has not used them.
        return min(byCalls ?? now + Self.telling, now + Self.telling)
    }
}
