import CLinux
import Foundation
import Logging
import Pipeline
import ServiceLifecycle
import Settings
import StoreContract

/// Runs the host until it is told to stop, and drains it: no call in flight is abandoned. One that is told so while it
/// starts ends its start first.
/// - Throws: `StartFailure` when it cannot start; nothing was served then.
func runHost(
    _ settings: HostSettings, from source: SettingsSource, strict: Bool, acceptChanges: Bool, signals: HostSignals,
    logger: Logger
) async throws {
    // Listened to until all is closed: nobody who is in a hurry ends it half way.
    defer { withExtendedLifetime(signals) {} }
    if tm_forbid_dumps() != 0 { logger.warning("core dumps could not be switched off") }
    // A file-size limit is then an error of the write (SECURITY.md line 53), not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    // Nor is a reader of the log that leaves, from the first line on.
    signal(SIGPIPE, SIG_IGN)
    for warning in settings.warnings { logger.warning("\(warning)") }
    let assembly = HostAssembly(
        settings: settings, source: source, logger: logger, strict: strict, acceptsChanges: acceptChanges)
    let running: HostAssembly.Running
    do {
        running = try await assembly.assemble(signals)
    } catch let failure as StartFailure {
        throw failure
    } catch {
        throw StartFailure("The host cannot start: \(error)", code: .dependencyUnreachable)
    }
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: (running.services + [StopService(signals: signals.stop, logger: logger)]).map { service in
                // Also when one fails, such as a listener whose port is taken: a call in flight is never abandoned.
                .init(
                    service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            }, logger: logger))
    do {
        try await group.run()
    } catch {
        await running.pipeline.drain()
        try? await running.store.close()
        if let failure = error as? StartFailure { throw failure }
        throw StartFailure("The host stopped: \(error)", code: .dependencyUnreachable)
    }
    try await running.store.close()
    logger.info("stopped")
}
