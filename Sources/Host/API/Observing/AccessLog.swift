import HTTPTypes
import Logging
import Model
import Pipeline

/// One line for each request (`LOG_HTTP_REQUESTS`).
struct AccessLog: Sendable {
    private let log: any RequestLog
    let isOn: Bool

    /// - Parameter log: nil: through the logger.
    init(logger: Logger, isOn: Bool, log: (any RequestLog)? = nil) {
        self.log = log ?? LoggedRequests(logger: logger)
        self.isOn = isOn && logger.logLevel <= .info
    }

    func record(_ line: RequestLine) {
        if isOn { log.write(line) }
    }
}

extension RequestLine {
    init(
        _ visit: Visit, route: Route?, method: HTTPRequest.Method, _ captures: Captures, answer: Answer, took: Duration
    ) {
        self.init(
            requestID: visit.marks.requestID, method: HTTPInstruments.label(method),
            route: route?.template ?? HTTPInstruments.unrouted, status: answer.status.code, took: took)
        traceID = visit.marks.traceID
        code = visit.code?.rawValue
        if let caller = visit.caller {
            organization = caller.organization.description
            self.caller = caller.name
            connector = captures["connector"].flatMap { Shapes.isConnector($0) ? String($0) : nil }
            if connector == nil { connector = answer.token?.connector }
            generation = answer.token?.generation
            connection = captures["id"].flatMap { Shapes.isName($0) ? String($0) : nil }
        }
    }
}
