package import Logging

/// What is logged of one request (DESIGN.md §7). It names the route's template, never the path or the query, and no
/// header but the request's id (SECURITY 12).
package struct RequestLine: Sendable {
    package var requestID: String
    package var traceID: String?
    /// Nil while the caller is not known, as are the caller and what the path names.
    package var organization: String?
    package var connector: String?
    package var connection: String?
    /// Of the token that was given.
    package var generation: Int64?
    package var caller: String?
    /// Of the problem, if the answer is one.
    package var code: String?
    package var method: String
    package var route: String
    package var status: Int
    package var took: Duration

    package init(requestID: String, method: String, route: String, status: Int, took: Duration) {
        self.requestID = requestID
        self.method = method
        self.route = route
        self.status = status
        self.took = took
    }

    /// The same for a logger.
    package var metadata: Logger.Metadata {
        let texts = [
            "request_id": requestID, "trace_id": traceID, "org": organization, "connector": connector,
            "connection": connection, "caller": caller, "code": code, "method": method, "route": route,
        ]
        var metadata = texts.compactMapValues { $0.map { Logger.MetadataValue.string($0) } }
        if let generation { metadata["generation"] = .stringConvertible(generation) }
        metadata["status"] = .stringConvertible(status)
        metadata["duration_ms"] = .stringConvertible((took / .milliseconds(1) * 1000).rounded() / 1000)
        return metadata
    }
}

/// Takes a line for each request, in any order, from any thread.
package protocol RequestLog: Sendable {
    /// Writes the line before it returns.
    func write(_ line: RequestLine)
}

/// Writes through a logger, like every other line.
struct LoggedRequests: RequestLog {
    let logger: Logger

    func write(_ line: RequestLine) { logger.info("request", metadata: line.metadata) }
}
