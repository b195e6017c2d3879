import HTTPTypes
package import Hummingbird
import HummingbirdCore
package import Logging
import Model
import NIOCore
import Pipeline
package import Telemetry

/// The gauges of the moment of a scrape; `TokenPipeline.gauges` in the product.
package typealias GaugeSource = @Sendable () async -> [(name: String, labels: [(String, String)], value: Double)]

/// Scrapers are few, and the API must have what files there are.
private let mostScrapers = 64

/// `GET /metrics` on `METRICS_PORT`, in Prometheus text format 0.0.4. Without callers: it shows no secret, and it binds
/// `HOST`.
/// - Parameter tls: in `mtls`, where every listener wants a client certificate (SECURITY 32); nil: plain HTTP.
package func makeMetricsServer(
    gauges: @escaping GaugeSource, configuration: APIConfiguration, registry: MetricsRegistry, logger: Logger,
    tls: ListenerTLS? = nil, onListening: @escaping @Sendable (Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
    let router = Router(context: BasicRequestContext.self)
    router.get("/metrics") { request, _ in
        guard tls?.isLetIn(at: Double(Timestamp.wallClock.milliseconds) / 1000) != false else {
            var refusal = Problem(PipelineError(.unauthenticated, CallerRefusal.certificate.detail)).answer(
                instance: request.uri.path, requestID: RequestMarks.makeID())
            refusal.headers[.connection] = "close"
            return refusal.response
        }
        var answer = Answer(status: .ok, type: "text/plain; version=0.0.4; charset=utf-8")
        answer.body.writeString(registry.text(gauges: await gauges()))
        return answer.response
    }
    return Application(
        router: router, server: .http(tls, configuration: { connections(configuration) }),
        configuration: ApplicationConfiguration(
            address: .hostname(configuration.host, port: configuration.metricsPort),
            availableConnectionsDelegate: MaximumAvailableConnections(mostScrapers, logger: logger)),
        onServerRunning: { channel in await onListening(channel.localAddress?.port ?? configuration.metricsPort) },
        logger: logger)
}
