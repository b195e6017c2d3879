import Locks

/// Whose connection a request came on, in `TLS_MODE=mtls`. Set once for each connection, by its handshake, before its
/// first request; every request on it finds it as a task-local value, whichever way it takes to its route.
final class ConnectedPeer: Sendable {
    @TaskLocal static var current: ConnectedPeer?

    private let stored = Locked<PeerCertificate?>(nil)

    /// Nil until the handshake is done.
    var certificate: PeerCertificate? {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}
