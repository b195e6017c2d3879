import CLinux
import Model

/// This host's monotonic clock (CLOCK_BOOTTIME): budgets are measured on it (PROTOCOL.md §2).
enum HostClock {
    /// Milliseconds since boot, suspend included.
    static var now: MonotonicTime { MonotonicTime(milliseconds: tm_boottime_nanoseconds() / 1_000_000) }
}
