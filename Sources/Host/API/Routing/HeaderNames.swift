import HTTPTypes

/// Header names that the library does not know. All of them are valid, so the alternative is never taken; it is there
/// because a program may not end over a name.
extension HTTPField.Name {
    static let organization = HTTPField.Name("X-Organization") ?? .from
    static let debugRequest = HTTPField.Name("X-Debug-Request") ?? .from
    static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .from
    static let accelBuffering = HTTPField.Name("X-Accel-Buffering") ?? .from
    static let requestID = HTTPField.Name("X-Request-ID") ?? .from
    static let idempotencyKey = HTTPField.Name("Idempotency-Key") ?? .from
    static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed") ?? .from
    static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .from
    static let traceParent = HTTPField.Name("traceparent") ?? .from
}
