import HTTPTypes
import Logging
import NIOCore
import Pipeline

/// `DEBUG_REQUESTS_ALLOWED` and `DEBUG_REQUESTS_REQUIRED`: a line that tells more of one request than the access log, for
/// whoever asks for it with `X-Debug-Request: true`, whatever `LOG_LEVEL` is.
struct DebugRequests: Sendable {
    private let isAllowed: Bool
    private let isRequired: Bool
    private let logger: Logger

    /// To require it is to allow it.
    init(_ configuration: APIConfiguration, logger: Logger) {
        isAllowed = configuration.allowsDebugRequests || configuration.requiresDebugRequests
        isRequired = configuration.requiresDebugRequests
        self.logger = logger
    }

    /// The times of a request that asks for its line; nil for all others.
    func trace(_ headers: HTTPFields) -> Trace? {
        guard isAllowed, headers[values: .debugRequest].map({ $0.lowercased() }) == ["true"] else { return nil }
        return Trace()
    }

    /// Whether a request wants no line, and may.
    func isForgone(by headers: HTTPFields) -> Bool { !isRequired && trace(headers) == nil }

    /// - Throws: `forbidden` where only requests with a line are taken.
    func check(_ trace: Trace?) throws(PipelineError) {
        guard isRequired, trace == nil else { return }
        throw PipelineError(
            .forbidden, "Only requests with `X-Debug-Request: true` are taken here (DEBUG_REQUESTS_REQUIRED).")
    }

    /// Writes the line. It names header fields and holds no value of one, nor path, query or body (SECURITY 12, 56).
    func record(_ trace: Trace, _ visit: Visit, _ line: RequestLine, headers: HTTPFields, answer: Answer) {
        var metadata = line.metadata
        metadata["request_bytes"] = .stringConvertible(visit.bodySize ?? 0)
        metadata["response_bytes"] = .stringConvertible(answer.body.readableBytes)
        metadata["request_headers"] = .string(Self.names(headers))
        metadata["response_headers"] = .string(Self.names(answer.headers))
        for (name, duration) in trace.parts(of: line.took) {
            metadata[name] = .stringConvertible((duration / .milliseconds(1) * 1000).rounded() / 1000)
        }
        var logger = logger
        logger.logLevel = .debug
        logger.debug("debug request", metadata: metadata)
    }

    private static func names(_ headers: HTTPFields) -> String {
        Set(headers.map(\.name.canonicalName)).sorted().joined(separator: " ")
    }

    /// When its steps were done.
    struct Trace: Sendable {
        private let started = ContinuousClock.now
        private var known: ContinuousClock.Instant?
        private var read: ContinuousClock.Instant?

        mutating func callerIsKnown() { known = .now }
        mutating func bodyIsRead() { read = .now }

        /// How long it took to know the caller, to read the body, and to do what was asked.
        fileprivate func parts(of whole: Duration) -> [(String, Duration)] {
            guard let known else { return [] }
            let caller = started.duration(to: known)
            guard let read else { return [("caller_ms", caller)] }
            let body = known.duration(to: read)
            return [("caller_ms", caller), ("body_ms", body), ("handler_ms", max(.zero, whole - caller - body))]
        }
    }
}
