/// One request on one connection of its own, sent at most once (PROTOCOL.md rows 8–12).
///
/// The closures run on the client's one thread: they must return at once and never block.
package struct Presentation: Sendable {
    package var request: WireRequest
    /// Time for name, connection and handshake, counted from the call of `perform`: what is left of B.
    package var connectTimeout: Duration
    /// H: from the first byte to the closed socket, on CLOCK_BOOTTIME.
    package var hardDeadline: Duration
    /// Largest body taken, in bytes (SECURITY 43).
    package var bodyLimit: Int
    /// Row 8, the last act before the first byte: `false` and nothing is sent. Asked once at most.
    package var mayWrite: @Sendable () -> Bool
    /// Called once, when the first line of the answer has been read.
    package var onFirstByte: (@Sendable () -> Void)?

    package init(
        _ request: WireRequest, connectTimeout: Duration, hardDeadline: Duration, bodyLimit: Int = 1 << 20,
        mayWrite: @escaping @Sendable () -> Bool, onFirstByte: (@Sendable () -> Void)? = nil
    ) {
        self.request = request
        self.connectTimeout = connectTimeout
        self.hardDeadline = hardDeadline
        self.bodyLimit = bodyLimit
        self.mayWrite = mayWrite
        self.onFirstByte = onFirstByte
    }
}

/// When things happened, in nanoseconds of CLOCK_BOOTTIME; `nil` for what did not happen.
package struct PresentationTimes: Sendable, Equatable {
    package var started: Int64
    /// Connected, and the request about to be written.
    package var written: Int64?
    package var firstByte: Int64?
    package var ended: Int64

    /// From the call to the closed socket.
    package var duration: Duration { .nanoseconds(ended - started) }
}
