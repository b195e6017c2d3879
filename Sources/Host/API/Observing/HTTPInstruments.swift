import HTTPTypes
import NIOCore
import Telemetry

/// What the API measures (DESIGN.md §7). The route is its template: an id in a label would make a series of its own.
struct HTTPInstruments: Sendable {
    /// The route label of requests that no route matched.
    static let unrouted = "unmatched"

    private let requests: Counter
    private let durations: Histogram
    private let requestSizes: Histogram
    private let responseSizes: Histogram

    init(in registry: MetricsRegistry) {
        requests = registry.counter(
            "http_requests_total", "Requests answered.", labels: ["route", "method", "status"])
        durations = registry.histogram(
            "http_request_duration_seconds", "Time from a request's head to its answer.", labels: ["route", "method"])
        requestSizes = registry.histogram(
            "http_request_size_bytes", "Sizes of request bodies.", labels: ["route", "method"], buckets: Histogram.bytes
        )
        responseSizes = registry.histogram(
            "http_response_size_bytes", "Sizes of answers' bodies.", labels: ["route", "method"],
            buckets: Histogram.bytes)
    }

    /// The cells of one route, looked up once.
    func of(_ route: Route?) -> OfRoute {
        let template = route?.template ?? Self.unrouted
        // Methods that a route does not have are one label, else each of them would be series of its own.
        let method = route.map { $0.isRefusal ? "other" : Self.label($0.method) } ?? "any"
        return OfRoute(
            duration: durations.cell(template, method), requestSize: requestSizes.cell(template, method),
            responseSize: responseSizes.cell(template, method), ok: requests.cell(template, method, "200"),
            requests: requests, template: template, method: method)
    }

    /// A method as a label: those that exist, all others together.
    static func label(_ method: HTTPRequest.Method) -> String {
        knownMethods.contains(method) ? method.rawValue : "other"
    }

    private static let knownMethods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

    /// The cells of one route.
    struct OfRoute: Sendable {
        fileprivate let duration: Histogram.Cell
        fileprivate let requestSize: Histogram.Cell
        fileprivate let responseSize: Histogram.Cell
        fileprivate let ok: Counter.Cell
        fileprivate let requests: Counter
        fileprivate let template: String
        fileprivate let method: String

        /// - Parameter size: of a body that was streamed.
        func record(_ answer: Answer, size: Int? = nil, bodySize: Int, took: Duration) {
            let status = answer.status.code
            (status == 200 ? ok : requests.cell(template, method, String(status))).increment()
            duration.observe(took)
            requestSize.observe(Double(bodySize))
            responseSize.observe(Double(size ?? answer.body.readableBytes))
        }
    }
}
