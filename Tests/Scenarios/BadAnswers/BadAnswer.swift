import ProviderSimulator

/// One misbehaviour of a provider, and what must come of it.
struct BadAnswer: Sendable {
    /// How the connection gets out of it.
    enum Healing: Sendable {
        /// It is no failure: a new generation, and the next refresh brings another.
        case none
        /// The scheduler asks again.
        case byItself
        /// A family is asked again once its access token is reported dead; its refresh token was not used up.
        case afterReport
        /// The provider rotated and the answer cannot be had: noticed and said.
        case lost
        /// The operator changes the config.
        case afterConfig
    }

    /// What the caller, the connection and its reader see.
    struct Effect: Sendable {
        var row: String
        var status: Int
        /// `code` of the problem, or `outcome`.
        var word: String
        var state: String
        var healing: Healing
    }

    let name: String
    let fault: Fault
    /// For a refresh token that can be presented for ever.
    let `static`: Effect
    /// For one that is used up, its reuse taking the family down.
    let family: Effect
    /// Seconds that the token is said to live, where the misbehaviour is about that.
    var lifetime = 3600
    /// Whether the answer says when that is over, in milliseconds, and not how long it is.
    var saysEnd = false

    static let all = unanswered + unreadable + refusals + lifetimes

    // MARK: Effects

    private static func good(_ row: String = "row 13") -> Effect {
        Effect(row: row, status: 200, word: "refreshed", state: "active", healing: .none)
    }

    private static func retried(_ row: String, _ word: String = "provider_unavailable") -> Effect {
        Effect(row: row, status: 424, word: word, state: "degraded", healing: .byItself)
    }

    private static func open(_ row: String, _ healing: Healing) -> Effect {
        Effect(row: row, status: 200, word: "pending", state: "recovering", healing: healing)
    }

    private static let suspected = Effect(
        row: "rows 18, 21", status: 200, word: "pending", state: "suspect", healing: .byItself)
    private static let misconfigured = Effect(
        row: "row 22", status: 424, word: "client_misconfigured", state: "active", healing: .afterConfig)

    // MARK: Rows

    private static let unanswered = [
        BadAnswer(
            name: "500", fault: Fault(.status, status: 500), static: retried("row 25"),
            family: open("row 25", .afterReport)),
        BadAnswer(
            name: "503", fault: Fault(.status, status: 503), static: retried("row 25"),
            family: open("row 25", .afterReport)),
        BadAnswer(
            name: "503 with Retry-After", fault: Fault(.status, status: 503, retryAfter: "2"),
            static: retried("row 25"), family: open("row 25", .afterReport)),
        BadAnswer(
            name: "429 with Retry-After", fault: Fault(.status, status: 429, retryAfter: "2"),
            static: retried("row 23", "provider_rate_limited"), family: retried("row 23", "provider_rate_limited")),
        BadAnswer(
            name: "hang", fault: Fault(.hang), static: open("row 12", .byItself), family: open("row 12", .afterReport)),
        BadAnswer(
            name: "reset", fault: Fault(.reset), static: open("row 12", .byItself), family: open("row 12", .afterReport)
        ),
        BadAnswer(
            name: "cut body", fault: Fault(.cut), static: open("row 12", .byItself), family: open("row 12", .lost)),
        BadAnswer(
            name: "5 MiB", fault: Fault(.oversize), static: open("row 12", .byItself), family: open("row 12", .lost)),
    ]

    private static let unreadable = [
        BadAnswer(
            name: "truncated JSON", fault: Fault(.truncate), static: retried("row 25"), family: open("row 25", .lost)),
        BadAnswer(
            name: "HTML with 200", fault: Fault(.html), static: retried("row 25"), family: open("row 25", .afterReport)),
        BadAnswer(name: "form-encoded", fault: Fault(.formEncoded), static: good(), family: good()),
    ]

    private static let refusals = [
        BadAnswer(name: "ok:false", fault: Fault(.okFalse), static: suspected, family: suspected),
        BadAnswer(name: "invalid_grant", fault: Fault(.invalidGrant), static: suspected, family: suspected),
        BadAnswer(name: "invalid_client", fault: Fault(.invalidClient), static: misconfigured, family: misconfigured),
        BadAnswer(
            name: "invalid_request",
            fault: Fault(
                .respond, phase: .before, status: 400, headers: ["Content-Type": "application/json"],
                body: #"{"error":"invalid_request"}"#),
            static: retried("row 23", "client_misconfigured"), family: retried("row 23", "client_misconfigured")),
        BadAnswer(
            name: "already being processed", fault: Fault(.alreadyProcessing), static: open("row 24", .byItself),
            family: open("row 24", .afterReport)),
    ]

    private static let lifetimes = [
        expiresIn("missing", "missing", 3600), expiresIn("float", "1800.5", 1800), expiresIn("negative", "-1", 3600),
        expiresIn("string", "\"1800\"", 1800), expiresIn("milliseconds", "3600000", 3_600_000),
        expiresIn("a time in milliseconds", nil, 7200),
    ]

    /// - Parameter value: nil: the lifetime's end, counted from when the answer is asked for.
    private static func expiresIn(_ name: String, _ value: String?, _ lifetime: Int) -> BadAnswer {
        BadAnswer(
            name: "expires_in: \(name)", fault: Fault(.expiresIn, value: value), static: good(), family: good(),
            lifetime: lifetime, saysEnd: value == nil)
    }
}
