package import ConnectorSDK
package import Model

/// Calls as a rate limit counts them: how many, and when each was.
package struct CallTimes: Sendable, Hashable {
    /// Calls that are remembered by one time.
    private struct Group: Sendable, Hashable {
        var time: Timestamp
        var calls: Int
    }

    /// Earliest first.
    private var groups: [Group] = []
    /// How many calls are remembered.
    package private(set) var count = 0

    package init() {}

    /// How many times are remembered.
    package var times: Int { groups.count }

    package var last: Timestamp? { groups.last?.time }

    package mutating func add(_ calls: Int = 1, at time: Timestamp) {
        guard calls > 0 else { return }
        count += calls
        let place = groups.lastIndex { $0.time <= time }
        if let place, groups[place].time == time {
            groups[place].calls += calls
        } else {
            groups.insert(Group(time: time, calls: calls), at: place.map { $0 + 1 } ?? 0)
        }
    }

    /// Takes back one that was added at that time.
    package mutating func remove(at time: Timestamp) {
        guard let place = groups.lastIndex(where: { $0.time == time }) else { return }
        count -= 1
        groups[place].calls -= 1
        if groups[place].calls == 0 { groups.remove(at: place) }
    }

    /// Forgets those of that time and of earlier ones.
    package mutating func forget(through time: Timestamp) {
        let over = groups.prefix { $0.time <= time }
        count -= over.reduce(0) { $0 + $1.calls }
        groups.removeFirst(over.count)
    }

    /// None was later than that: the clock was set back.
    package mutating func bound(to latest: Timestamp) {
        let later = groups.reversed().prefix { $0.time > latest }
        groups.removeLast(later.count)
        let calls = later.reduce(0) { $0 + $1.calls }
        count -= calls
        add(calls, at: latest)
    }

    /// The time up to which calls have to be forgotten before fewer than that are left; nil: no time leaves so few.
    package func time(leaving fewer: Int) -> Timestamp? {
        var left = count
        for group in groups {
            left -= group.calls
            if left < fewer { return group.time }
        }
        return nil
    }
}

extension CallTimes: Codable {
    /// Decodes from one list: time, calls, time, calls.
    package init(from decoder: any Decoder) throws {
        let numbers = try decoder.singleValueContainer().decode([Int64].self)
        for place in stride(from: 0, to: numbers.count - 1, by: 2) {
            add(Int(clamping: numbers[place + 1]), at: Timestamp(milliseconds: numbers[place]))
        }
    }

    /// Encodes as one list: there may be a thousand of them.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(groups.flatMap { [$0.time.milliseconds, Int64($0.calls)] })
    }
}

extension RateLimit {
    /// A time as it is remembered: to the millisecond where no more calls may be made than times are kept; else to such a
    /// part of the limit's time, later.
    package func rounded(_ time: Timestamp, keeping times: Int) -> Timestamp {
        guard count > times else { return time }
        let grain = max(1, per.inMilliseconds / Int64(times))
        return Timestamp(milliseconds: (time.milliseconds + grain - 1) / grain * grain)
    }
}
