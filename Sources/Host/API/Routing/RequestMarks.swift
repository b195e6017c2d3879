import HTTPTypes
import Model

/// What ties one request's log lines, audit records and answer together.
struct RequestMarks: Sendable {
    /// The caller's `X-Request-ID` if it is visible ASCII of at most 128 characters, else a random one.
    let requestID: String
    /// The trace of a `traceparent` header: https://www.w3.org/TR/trace-context/#traceparent-header
    let traceID: String?

    init(_ headers: HTTPFields) {
        let given = headers[values: .requestID]
        requestID = given.count == 1 && Shapes.isVisible(given[0]) ? given[0] : Self.makeID()
        traceID = headers[.traceParent].flatMap(Self.traceID)
    }

    /// 128 random bits.
    static func makeID() -> String { Identifier<RequestMarks>.random(prefix: "req_").description }

    private static func traceID(_ parent: String) -> String? {
        let parts = parent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[1].utf8.count == 32 else { return nil }
        let isHexadecimal = parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        return isHexadecimal && parts[1].contains { $0 != "0" } ? String(parts[1]) : nil
    }
}
