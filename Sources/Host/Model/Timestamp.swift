/// Store time: milliseconds since 1970 UTC, as the store's clock says (PROTOCOL.md §2, §10).
package struct Timestamp: Sendable, Hashable, Comparable, Codable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Decodes from a bare integer of milliseconds.
    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Encodes as a bare integer of milliseconds.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    /// 1970: earlier than every time that is stored.
    package static let distantPast = Timestamp(milliseconds: 0)

    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// A time later by that much, rounded towards zero to a millisecond; saturates.
    package static func + (time: Self, duration: Duration) -> Self {
        let (sum, overflow) = time.milliseconds.addingReportingOverflow(duration.inMilliseconds)
        return Timestamp(milliseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    package static func - (time: Self, duration: Duration) -> Self { time + (.zero - duration) }

    /// How much later this time is.
    package static func - (left: Self, right: Self) -> Duration {
        .milliseconds(left.milliseconds.subtractingReportingOverflow(right.milliseconds).partialValue)
    }
}

/// A point on a host's own clock that counts during suspend (CLOCK_BOOTTIME), milliseconds since boot: budgets are
/// measured on it, never on the wall clock (mutation M13).
package struct MonotonicTime: Sendable, Hashable, Comparable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    package static func - (left: Self, right: Self) -> Duration {
        .milliseconds(left.milliseconds - right.milliseconds)
    }

    package static func + (time: Self, duration: Duration) -> Self {
        MonotonicTime(milliseconds: time.milliseconds + duration.inMilliseconds)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero, saturating.
    package var inMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        if overflow { return seconds < 0 ? .min : .max }
        return scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000).partialValue
    }

    /// Seconds as a floating point number, for `Retry-After` and metrics.
    package var inSeconds: Double { Double(inMilliseconds) / 1000 }
}
