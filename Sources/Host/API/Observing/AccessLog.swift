import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging

/// One line for each request (`LOG_HTTP_REQUESTS`). It names the route's template, never the path or the query, and no
/// header but the request's id (SECURITY 12).
struct AccessLog: Sendable {
    let logger: Logger
    let isOn: Bool

    func record(
        _ visit: Visit, route: Route?, method: HTTPRequest.Method, parameters: Parameters, answer: Answer,
        took: Duration
    ) {
        guard isOn, logger.logLevel <= .info else { return }
        var metadata = visit.metadata
        metadata["method"] = .string(HTTPInstruments.label(method))
        metadata["route"] = .string(route?.template ?? HTTPInstruments.unrouted)
        metadata["status"] = .stringConvertible(answer.status.code)
        metadata["duration_ms"] = .stringConvertible((took / .milliseconds(1) * 1000).rounded() / 1000)
        if visit.caller != nil {
            metadata["connector"] = parameters["connector"].flatMap {
                Shapes.isConnector($0) ? .string(String($0)) : nil
            }
            metadata["connection"] = parameters["id"].flatMap { Shapes.isName($0) ? .string(String($0)) : nil }
        }
        logger.info("request", metadata: metadata)
    }
}
