import Logging

/// What every route needs, whatever it does.
struct Door: Sendable {
    let authenticator: CallerAuthenticator
    /// Nil: no limit.
    let limiter: CallerLimiter?
    let streams: CallerQuota
    let bodies: CallerQuota
    let answers: AnswerStore
    let log: AccessLog
    let debug: DebugRequests
    let instruments: HTTPInstruments
    /// For what is our own fault.
    let logger: Logger
}
