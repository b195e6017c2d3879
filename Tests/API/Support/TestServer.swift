import HTTPTypes
import Hummingbird
import Logging
import Model
import Pipeline
import Synchronization
import Telemetry

@testable import API

/// What was logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    func append(_ line: String) { lines.withLock { $0.append(line) } }

    func logger(_ level: Logger.Level = .trace) -> Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = level
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
            lines.append("\(event.level) \(event.message) " + all.map { "\($0)=\($1)" }.joined(separator: " "))
        }
    }
}

/// Keeps answers in memory, as the pipeline keeps them in the store.
final class AnswerMemory: Sendable {
    private let kept = Mutex<[String: (status: Int, body: [UInt8])]>([:])

    var store: AnswerStore {
        AnswerStore(
            find: { key, route, _, caller in self.kept.withLock { $0["\(caller.name) \(route) \(key)"] } },
            keep: { key, route, _, status, answer, caller in
                self.kept.withLock { $0["\(caller.name) \(route) \(key)"] = (status: status, body: answer) }
            })
    }
}

/// A server of some routes on a free port, with its log and its metrics.
struct TestServer: Sendable {
    let http: RawHTTP
    let log: LogLines
    let registry: MetricsRegistry
    let rules: RequestRules

    static func run(
        _ routes: [Route], configuration: APIConfiguration = Tokens.configuration,
        answers: AnswerStore = AnswerMemory().store, tls: ListenerTLS? = nil,
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        let (log, registry) = (LogLines(), MetricsRegistry())
        let rules = RequestRules(configuration, logger: log.logger(.info))
        let door = Door(
            authenticator: try Tokens.authenticator(configuration, tls: tls),
            rules: rules, streams: .streams(configuration.streamsPerCaller),
            bodies: .bodies(configuration.bodiesPerCaller), answers: answers,
            instruments: HTTPInstruments(in: registry), logger: log.logger())
        try await running({
            makeServer(routes, door: door, configuration: configuration, tls: tls, onListening: $0)
        }) { port in
            try await body(TestServer(http: RawHTTP(port: port), log: log, registry: registry, rules: rules))
        }
    }

    /// Runs a server until the body is done.
    static func running(
        _ make: (@escaping @Sendable (Int) async -> Void) -> some ApplicationProtocol,
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = make { listening.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // Ends by cancellation when the body is done.
                try? await server.run()
                listening.finish()
            }
            for await port in ports {
                try await body(port)
                break
            }
            group.cancelAll()
        }
    }
}
