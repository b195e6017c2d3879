public import Foundation
import Hummingbird
import Locks
public import Logging
public import ServiceLifecycle

/// A simulated OAuth 2.0 provider on 127.0.0.1: for people without a provider account, and for tests.
///
/// Run it as a service. Everything the control plane (`/_sandbox/…`) can do is also a method here.
public final class SimulatedProvider: Service {
    /// How to start a provider.
    public struct Configuration: Sendable {
        /// The TCP port on 127.0.0.1; 0: one that is free.
        public var port: Int
        /// The clients that are known from the start and after a reset.
        public var clients: [SimulatedClient]
        /// Where the server logs; tokens are never logged.
        public var logger: Logger
        /// The time; `advanceClock(by:)` is added to it.
        public var clock: @Sendable () -> Date

        /// A configuration; what is not named has the sandbox's defaults.
        public init(
            port: Int = 0, clients: [SimulatedClient] = SimulatedClient.wellKnown,
            logger: Logger = Logger(label: "sandbox"), clock: @escaping @Sendable () -> Date = { Date() }
        ) {
            self.port = port
            self.clients = clients
            self.logger = logger
            self.clock = clock
        }
    }

    let configuration: Configuration
    let gates = Gates()
    private let bound = BoundPort()
    private let state: Locked<ProviderState>

    /// A provider that is not listening yet.
    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        state = Locked(ProviderState(clients: configuration.clients))
    }

    /// Listens until graceful shutdown or cancellation. Calls held at gates are let go then.
    public func run() async throws {
        let application = Application(
            router: Routes(provider: self).router(),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: configuration.port),
                // The default of 256 makes a storm of connections wait for SYN retries.
                backlog: 4096),
            onServerRunning: { [bound] channel in bound.set(channel.localAddress?.port) },
            logger: configuration.logger)
        defer {
            gates.shut()
            bound.set(nil)
        }
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await application.run()
        } onCancelOrGracefulShutdown: { [gates] in
            gates.shut()
        }
    }

    /// The port it listens on, as soon as it does. Throws `NotListening` if it stopped before that.
    public var port: Int {
        get async throws { try await bound.value() }
    }

    /// The address of the provider and its issuer identifier (RFC 8414 §2), as soon as it listens.
    public var issuer: String {
        get async throws { Self.issuer(port: try await port) }
    }

    /// The issuer, for code that runs because the server listens.
    var currentIssuer: String { Self.issuer(port: bound.current ?? configuration.port) }

    /// Starts a provider, hands it to `body` once it listens, and stops it again.
    public static func running<Value: Sendable>(
        _ configuration: Configuration = Configuration(),
        _ body: @Sendable (SimulatedProvider) async throws -> Value
    ) async throws -> Value {
        let provider = SimulatedProvider(configuration)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [provider], logger: configuration.logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                _ = try await provider.port
                let value = try await body(provider)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return value
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
        }
    }

    private static func issuer(port: Int) -> String { "http://127.0.0.1:\(port)" }

    /// Runs a closure on the state, with the provider's time.
    func withState<Value>(_ body: (inout sending ProviderState, Date) -> sending Value) -> sending Value {
        let now = configuration.clock()
        return state.withLock { body(&$0, now + $0.clockOffset) }
    }
}

/// The provider stopped before it listened: the port was taken, or it was shut down.
public struct NotListening: Error, Sendable {}

/// All that changes while the provider runs, behind one lock.
struct ProviderState: Sendable {
    var server: AuthorizationServer
    var faults = FaultPlan()
    var statistics = Statistics()
    /// Those that are played, by id.
    var roles: [String: RoleState] = [:]
    var clockOffset: TimeInterval = 0

    init(clients: [SimulatedClient]) { server = AuthorizationServer(clients: clients) }
}
