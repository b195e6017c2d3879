import ConnectorSDK
import Model
import RefreshProtocol

/// So many calls in any time of that length, wherever it begins, as providers count them. A bucket that refills lets
/// nearly twice as many through: what it holds, and meanwhile what it gets.
struct CallWindow {
    /// More times than these are not remembered, however many calls may be made.
    private static let mostTimes = 1000
    /// A clock that is later found behind by more than that was set back.
    private static let jump = Duration.seconds(1)

    private var limit: RateLimit
    private var calls = CallTimes()
    /// Until when the last one that was refused has to wait.
    private var refusedUntil: Timestamp?

    init(_ limit: RateLimit) { self.limit = limit }

    /// Takes one call: by the limit as it is now, since a definition may have been changed.
    /// - Returns: the time under which it is remembered; or until when there is none.
    mutating func take(_ limit: RateLimit, at now: Timestamp) -> (stamp: Timestamp?, until: Timestamp?) {
        self.limit = limit
        forget(at: now)
        guard calls.count >= limit.count else { return (remember(at: now), nil) }
        refusedUntil = calls.time(leaving: limit.count).map { $0 + limit.per }
        return (nil, refusedUntil)
    }

    /// A call that was taken is not made.
    mutating func giveBack(_ stamp: Timestamp) { calls.remove(at: stamp) }

    /// A call that was taken is made now: the provider's time for it begins only now.
    mutating func move(_ stamp: Timestamp, to now: Timestamp) {
        giveBack(stamp)
        // The time is rounded down; what is remembered must not be earlier than the call.
        remember(at: now + .milliseconds(1))
    }

    /// Somebody was refused, and would be still.
    func isRefusing(at now: Timestamp) -> Bool {
        calls.count >= limit.count && refusedUntil.map { now < $0 } ?? false
    }

    /// A new one would be the same.
    func isOver(at now: Timestamp) -> Bool { calls.last.map { $0 + limit.per <= now } ?? true }

    /// How many times are remembered, for tests.
    var times: Int { calls.times }

    @discardableResult
    private mutating func remember(at now: Timestamp) -> Timestamp {
        let stamp = max(rounded(now), calls.last ?? .distantPast)
        calls.add(at: stamp)
        return stamp
    }

    private mutating func forget(at now: Timestamp) {
        calls.forget(through: now - limit.per)
        let latest = rounded(now)
        // After a clock was set back nobody has to wait until it has caught up.
        if let last = calls.last, last > latest + Self.jump { calls.bound(to: latest) }
    }

    private func rounded(_ time: Timestamp) -> Timestamp { limit.rounded(time, keeping: Self.mostTimes) }
}
