import HTTPTypes
package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import Telemetry

/// The gauges of the moment of a scrape; `TokenPipeline.gauges` in the product.
package typealias GaugeSource = @Sendable () async -> [(name: String, labels: [(String, String)], value: Double)]

/// `GET /metrics` on `METRICS_PORT`, in Prometheus text format 0.0.4. Without callers: it shows no secret, and it binds
/// `HOST`.
/// - Parameter tls: in `mtls`, where every listener wants a client certificate (SECURITY 32); nil: plain HTTP.
package func makeMetricsServer(
    gauges: @escaping GaugeSource, configuration: APIConfiguration, registry: MetricsRegistry, logger: Logger,
    tls: ListenerTLS? = nil, onListening: @escaping @Sendable (Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
    let router = Router(context: BasicRequestContext.self)
    router.get("/metrics") { _, _ in
        var answer = Answer(status: .ok, type: "text/plain; version=0.0.4; charset=utf-8")
        answer.body.writeString(registry.text(gauges: await gauges()))
        return answer.response
    }
    return Application(
        router: router, server: .http(tls, configuration: { connections(configuration) }),
        configuration: ApplicationConfiguration(
            address: .hostname(configuration.host, port: configuration.metricsPort)),
        onServerRunning: { channel in await onListening(channel.localAddress?.port ?? configuration.metricsPort) },
        logger: logger)
}
