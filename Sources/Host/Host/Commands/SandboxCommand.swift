import ArgumentParser
import Logging
import ProviderSimulator
import ServiceLifecycle
import Settings
import UnixSignals

/// `token-manager sandbox`: the simulated provider alone, on 127.0.0.1.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sandbox", abstract: "Runs a simulated provider.")

    @Option(help: "The port on 127.0.0.1; SANDBOX_PORT if left out, 0 for one that is free.")
    var port: Int?

    @OptionGroup var config: ConfigOption

    func validate() throws {
        if let port, !(0...65535).contains(port) { throw ValidationError("--port is a number from 0 to 65535") }
    }

    func run() async throws {
        let port = try port ?? HostSettings.sandboxPort(file: config.file)
        HostLogging.start(.init(subsystem: "sandbox", level: .notice, format: .text, logsHTTPRequests: false))
        let provider = SimulatedProvider(
            .init(port: port, clients: SimulatedClient.wellKnown, logger: Logger(label: "sandbox")))
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [provider, Announcement(provider: provider)], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "sandbox")))
        do {
            try await group.run()
        } catch {
            throw StartFailure("the sandbox cannot listen on 127.0.0.1:\(port): \(error)", code: .dependencyUnreachable)
        }
    }
}

/// Says where the provider listens, then waits for the end: a service that returned would end the whole group.
private struct Announcement: Service {
    let provider: SimulatedProvider

    func run() async throws {
        // If it does not listen, its own error says why.
        if let issuer = try? await provider.issuer { HostLogging.print("sandbox provider on \(issuer)") }
        try? await gracefulShutdown()
    }
}
