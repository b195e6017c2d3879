import Logging
import ServiceLifecycle
import UnixSignals

/// What the system tells this process. Made before anything else is done: a signal that comes while the host starts waits
/// here for whoever listens, where it would else end the process at once.
struct HostSignals: Sendable {
    /// SIGTERM and SIGINT: end, with all that is under way.
    let stop: UnixSignalsSequence
    /// SIGHUP: read definitions again.
    let definitions: UnixSignalsSequence
    /// SIGHUP: read the files of TLS again.
    let certificates: UnixSignalsSequence

    init() async {
        stop = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        definitions = await UnixSignalsSequence(trapping: .sighup)
        certificates = await UnixSignalsSequence(trapping: .sighup)
    }
}

/// Ends when the process is told to stop, and with it, gracefully, the group that it runs in.
struct StopService: Service {
    let signals: UnixSignalsSequence
    let logger: Logger

    func run() async throws {
        for await signal in signals.cancelOnGracefulShutdown() {
            logger.info("stopping", metadata: ["signal": "\(signal)"])
            return
        }
    }
}
