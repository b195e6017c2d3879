import Logging

/// What every route needs, whatever it does.
struct Door: Sendable {
    let authenticator: CallerAuthenticator
    let rules: RequestRules
    let streams: CallerQuota
    let bodies: CallerQuota
    let answers: AnswerStore
    let instruments: HTTPInstruments
    /// For what is our own fault.
    let logger: Logger
}
