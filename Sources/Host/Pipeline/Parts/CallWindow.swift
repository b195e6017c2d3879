import ConnectorSDK
import Model

/// So many calls in any time of that length, wherever it begins, as providers count them. A bucket that refills lets
/// nearly twice as many through: what it holds, and meanwhile what it gets.
struct CallWindow {
    /// Calls that are remembered by one time.
    private struct Group {
        var time: Timestamp
        var calls: Int
    }

    /// More times than these are not remembered, however many calls may be made.
    private static let mostTimes = 1000
    /// A clock that is later found behind by more than that was set back.
    private static let jump = Duration.seconds(1)

    private var limit: RateLimit
    /// Earliest first.
    private var groups: [Group] = []
    private var used = 0
    /// Until when the last one that was refused has to wait.
    private var refusedUntil: Timestamp?

    init(_ limit: RateLimit) { self.limit = limit }

    /// Takes one call: by the limit as it is now, since a definition may have been changed.
    /// - Returns: the time under which it is remembered; or until when there is none.
    mutating func take(_ limit: RateLimit, at now: Timestamp) -> (stamp: Timestamp?, until: Timestamp?) {
        self.limit = limit
        forget(at: now)
        guard used >= limit.count else { return (remember(at: now), nil) }
        refusedUntil = next
        return (nil, refusedUntil)
    }

    /// A call that was taken is not made.
    mutating func giveBack(_ stamp: Timestamp) {
        guard let place = groups.lastIndex(where: { $0.time == stamp }) else { return }
        used -= 1
        groups[place].calls -= 1
        if groups[place].calls == 0 { groups.remove(at: place) }
    }

    /// A call that was taken is made now: the provider's time for it begins only now.
    mutating func move(_ stamp: Timestamp, to now: Timestamp) {
        giveBack(stamp)
        // The time is rounded down; what is remembered must not be earlier than the call.
        remember(at: now + .milliseconds(1))
    }

    /// Somebody was refused, and would be still.
    func isRefusing(at now: Timestamp) -> Bool { used >= limit.count && refusedUntil.map { now < $0 } ?? false }

    /// A new one would be the same.
    func isOver(at now: Timestamp) -> Bool { groups.last.map { $0.time + limit.per <= now } ?? true }

    /// How many times are remembered, for tests.
    var times: Int { groups.count }

    /// When enough calls are over for another.
    private var next: Timestamp? {
        var left = used
        for group in groups {
            left -= group.calls
            if left < limit.count { return group.time + limit.per }
        }
        return nil
    }

    @discardableResult
    private mutating func remember(at now: Timestamp) -> Timestamp {
        let stamp = max(rounded(now), groups.last?.time ?? .distantPast)
        used += 1
        if groups.last?.time == stamp {
            groups[groups.count - 1].calls += 1
        } else {
            groups.append(Group(time: stamp, calls: 1))
        }
        return stamp
    }

    private mutating func forget(at now: Timestamp) {
        let over = groups.prefix { $0.time + limit.per <= now }
        used -= over.reduce(0) { $0 + $1.calls }
        groups.removeFirst(over.count)
        let latest = rounded(now)
        // After a clock was set back nobody has to wait until it has caught up.
        guard let last = groups.last, last.time > latest + Self.jump else { return }
        for place in groups.indices { groups[place].time = min(groups[place].time, latest) }
    }

    /// To the millisecond where few calls may be made; else to a thousandth of the time, later.
    private func rounded(_ time: Timestamp) -> Timestamp {
        guard limit.count > Self.mostTimes else { return time }
        let grain = max(1, limit.per.inMilliseconds / Int64(Self.mostTimes))
        return Timestamp(milliseconds: (time.milliseconds + grain - 1) / grain * grain)
    }
}
