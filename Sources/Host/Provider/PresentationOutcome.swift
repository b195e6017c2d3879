/// How a presentation ended; the socket is closed in every case.
package enum PresentationOutcome: Sendable, Equatable {
    /// A complete answer of any status (row 11).
    case answer(WireResponse)
    /// Certainly no byte of the request left this host (row 9).
    case notSent(NotSentReason)
    /// The request may have been received and no complete answer came (row 12). `partial` is what was read of one.
    case broken(BrokenReason, partial: WireResponse?)
}

/// Why nothing was sent. The text is safe to log and show.
package enum NotSentReason: String, Sendable, CaseIterable, CustomStringConvertible {
    case malformedRequest = "the request has a method, URL or header that may not be sent"
    case nameNotResolved = "the host name could not be resolved"
    case addressRefused = "the host's address is private or reserved"
    case connectFailed = "no connection to the host"
    case connectTimedOut = "no connection to the host in time"
    case proxyFailed = "the egress proxy refused or failed"
    case tlsFailed = "no TLS 1.2 or newer with the host"
    case certificateRefused = "the host's certificate is not valid for it"
    case clientCertificateUnusable = "the client certificate or its key cannot be used"
    case budgetExhausted = "the time to send was over"
    case clientFailed = "the HTTP client could not be set up"
    case shutDown = "the service is shutting down"

    package var description: String { rawValue }

    /// The same as a stable code, for `last_error`, events and metrics.
    package var code: String {
        switch self {
        case .malformedRequest: "request_malformed"
        case .nameNotResolved: "name_not_resolved"
        case .addressRefused: "address_refused"
        case .connectFailed: "connect_failed"
        case .connectTimedOut: "connect_timed_out"
        case .proxyFailed: "proxy_failed"
        case .tlsFailed: "tls_failed"
        case .certificateRefused: "certificate_refused"
        case .clientCertificateUnusable: "client_certificate_unusable"
        case .budgetExhausted: "budget_exhausted"
        case .clientFailed: "http_client_failed"
        case .shutDown: "shut_down"
        }
    }
}

/// Why no complete answer came. The text is safe to log and show.
package enum BrokenReason: String, Sendable, CaseIterable, CustomStringConvertible {
    case connectionLost = "the connection broke"
    case incomplete = "the answer ended early"
    case deadlinePassed = "no complete answer in time"
    case answerTooLarge = "the answer is too large"
    case headersTooLarge = "the answer's headers are too large"
    case unreadable = "the answer is not HTTP"
    case secondSendRefused = "the connection broke, and sending again was refused"

    package var description: String { rawValue }

    /// The same as a stable code, for `last_error`, events and metrics.
    package var code: String {
        switch self {
        case .connectionLost: "connection_lost"
        case .incomplete: "answer_incomplete"
        case .deadlinePassed: "deadline_passed"
        case .answerTooLarge: "answer_too_large"
        case .headersTooLarge: "headers_too_large"
        case .unreadable: "answer_unreadable"
        case .secondSendRefused: "second_send_refused"
        }
    }
}
