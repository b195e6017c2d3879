package import Model
package import StoreContract

/// When a delivery that failed is tried again, and when it is given up.
///
/// Waits grow from five seconds to an hour, each anywhere between none and the whole of it, so that what failed together is
/// not tried together. A delivery is given up at the first failure a day after it was taken, but not before its fifth try:
/// a host that was off for that day has not tried at all, and its receiver may be no readier than itself. What comes behind
/// a delivery that failed for a day is a day old by then, gets its tries within a minute or so, and does not hold up its
/// key for another day.
package struct RetrySchedule: Sendable {
    /// After the first failure; doubled after each.
    package var first = Duration.seconds(5)
    package var longest = Duration.seconds(3600)
    /// From when on a failure is the last.
    package var lifetime = Duration.seconds(86_400)

    /// How often it is tried at least.
    package var fewest = 5

    package init() {}

    /// - Parameters:
    ///   - failures: how often it failed, this time included.
    ///   - jitter: from 0 to 1.
    package func wait(after failures: Int, jitter: Double) -> Duration {
        let doublings = min(max(failures, 1) - 1, 30)
        return min(longest, first * (1 << doublings)) * jitter
    }

    /// Whether a failure now is the last.
    package func isOver(_ delivery: Delivery, at now: Timestamp) -> Bool {
        now - delivery.takenAt >= lifetime && delivery.tries + 1 >= fewest
    }
}
