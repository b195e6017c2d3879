import CLinux
package import Model

/// Store time (PROTOCOL.md §10): the wall clock at start plus the time since, counted while the machine sleeps too, so
/// that a wall clock that is set moves nothing.
package struct StoreClock: Sendable {
    private let read: @Sendable () -> Timestamp

    /// A clock of the caller's, for tests.
    package init(_ read: @escaping @Sendable () -> Timestamp) { self.read = read }

    /// CLOCK_REALTIME as it is now plus CLOCK_BOOTTIME since.
    package static func system() -> StoreClock {
        let start = tm_realtime_nanoseconds() - tm_boottime_nanoseconds()
        return StoreClock { Timestamp(milliseconds: (start + tm_boottime_nanoseconds()) / 1_000_000) }
    }

    package var now: Timestamp { read() }
}
