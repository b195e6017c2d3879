import HTTPTypes
package import Hummingbird
import HummingbirdCore
package import Logging
package import Model
import NIOCore
package import Pipeline
package import Telemetry

/// The API as a service: ends gracefully with the `ServiceGroup` it runs in, after the requests it has begun.
/// - Parameter now: the wall clock that callers' tokens are judged by.
/// - Parameter tls: nil: plain HTTP. Somebody else calls its `reload`.
/// - Parameter keySet: the keys of asymmetric callers' tokens; nil: none is taken. Somebody else calls its `refresh`.
/// - Parameter rules: what requests are judged by; somebody else changes them.
/// - Parameter onListening: called with the port once requests are taken.
/// - Throws: `APIConfigurationError`, before anything listens.
package func makeAPI(
    pipeline: TokenPipeline, configuration: APIConfiguration, registry: MetricsRegistry, logger: Logger,
    tls: ListenerTLS? = nil, keySet: CallerKeySet? = nil, rules: RequestRules,
    now: @escaping @Sendable () -> Timestamp,
    onListening: @escaping @Sendable (Int) async -> Void = { _ in }
) throws -> some ApplicationProtocol {
    let keys = try CallerKeys(
        user: configuration.userSecret, service: configuration.serviceSecret, set: keySet)
    let door = Door(
        authenticator: CallerAuthenticator(keys: keys, configuration: configuration, tls: tls, now: now),
        rules: rules, streams: .streams(configuration.streamsPerCaller), bodies: .bodies(configuration.bodiesPerCaller),
        answers: AnswerStore(pipeline), instruments: HTTPInstruments(in: registry), logger: logger)
    let routes = Routes(pipeline: pipeline, configuration: configuration, tls: tls).all
    try OpenAPIDocument.check(against: routes)
    return makeServer(routes, door: door, configuration: configuration, tls: tls, onListening: onListening)
}

/// A server of some routes.
func makeServer(
    _ routes: [Route], door: Door, configuration: APIConfiguration, tls: ListenerTLS? = nil,
    onListening: @escaping @Sendable (Int) async -> Void
) -> Application<RouterResponder<BasicRequestContext>> {
    let router = Router(context: BasicRequestContext.self)
    let endpoints = (routes + Route.refusals(beside: routes)).map { (route: $0, endpoint: Endpoint($0, door: door)) }
    for (route, endpoint) in endpoints {
        router.on(RouterPath(route.template), method: route.method, responder: endpoint)
    }
    let hotPath = HotPath(endpoints)
    // Middleware applies to what is added after it, so this one sees only what no route matched.
    router.add(middleware: Unrouted(endpoint: Endpoint(nil, door: door)))
    return Application(
        router: router,
        server: .http(tls, configuration: { connections(configuration, hotPath) }) { framework in
            let answer = PlainPath.before(framework)
            return hotPath?.or(answer) ?? answer
        },
        configuration: ApplicationConfiguration(
            // The framework's default of 256 makes storms of callers wait for their SYN to be sent again.
            address: .hostname(configuration.host, port: configuration.port), backlog: 4096,
            availableConnectionsDelegate: configuration.mostConnections.map {
                MaximumAvailableConnections($0, logger: door.logger)
            }),
        onServerRunning: { channel in await onListening(channel.localAddress?.port ?? configuration.port) },
        logger: door.logger)
}

/// Limits of every connection, whatever is served on it.
func connections(_ configuration: APIConfiguration, _ hotPath: HotPath? = nil) -> HTTP1Channel.Configuration {
    let (read, write) = (configuration.readBufferSize, configuration.writeBufferSize)
    let timeout = TimeAmount.milliseconds(configuration.requestTimeout.inMilliseconds)
    return HTTP1Channel.Configuration(
        additionalChannelHandlers: [
            ConnectionGuard(readBuffer: read, writeBuffer: write, requestTimeout: timeout, hotPath: hotPath)
        ],
        idleTimeout: .milliseconds(configuration.idleTimeout.inMilliseconds),
        httpDecoderConfiguration: .init(maxHeaderFieldSize: read, maxHeaderListSize: read, maxHeaderFieldCount: 100))
}

/// Answers what no route matched.
private struct Unrouted: RouterMiddleware {
    let endpoint: Endpoint

    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        try await endpoint.respond(to: request, context: context)
    }
}
