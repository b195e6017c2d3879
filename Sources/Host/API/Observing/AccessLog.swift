import HTTPTypes
import Logging
import Model
import Pipeline

/// One line for each request (`LOG_HTTP_REQUESTS`).
struct AccessLog: Sendable {
    private let log: any RequestLog
    private let isOn: Bool

    /// - Parameter log: nil: through the logger.
    init(logger: Logger, isOn: Bool, log: (any RequestLog)? = nil) {
        self.log = log ?? LoggedRequests(logger: logger)
        self.isOn = isOn && logger.logLevel <= .info
    }

    func record(
        _ visit: Visit, route: Route?, method: HTTPRequest.Method, _ captures: Captures, answer: Answer, took: Duration
    ) {
        guard isOn else { return }
        var line = RequestLine(
            requestID: visit.marks.requestID, method: HTTPInstruments.label(method),
            route: route?.template ?? HTTPInstruments.unrouted, status: answer.status.code, took: took)
        line.traceID = visit.marks.traceID
        line.code = visit.code?.rawValue
        if let caller = visit.caller {
            line.organization = caller.organization.description
            line.caller = caller.name
            line.connector = captures["connector"].flatMap { Shapes.isConnector($0) ? String($0) : nil }
            line.connection = captures["id"].flatMap { Shapes.isName($0) ? String($0) : nil }
        }
        log.write(line)
    }
}
