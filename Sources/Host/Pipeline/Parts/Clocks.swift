import CLinux
import Foundation
package import Model

/// This host's monotonic clock (CLOCK_BOOTTIME): budgets are measured on it (PROTOCOL.md §2).
enum HostClock {
    /// Milliseconds since boot, suspend included.
    static var now: MonotonicTime { MonotonicTime(milliseconds: tm_boottime_nanoseconds() / 1_000_000) }
}

extension Timestamp {
    /// The system's time of day, for what others judge by theirs: tokens of callers, assertions to providers. Store time
    /// goes on from where the clock stood at start, so it must not be asked for those.
    package static var wallClock: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}
