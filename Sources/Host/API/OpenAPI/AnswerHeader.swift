/// A header of answers, under `components/headers`.
enum AnswerHeader: String, CaseIterable {
    case requestID = "X-Request-ID"
    case cacheControl = "Cache-Control"
    case retryAfter = "Retry-After"
    /// Retry-After where it is not always sent.
    case mayRetryAfter
    case location = "Location"
    /// Location where a repeated answer leaves it out.
    case mayLocation
    case replayed = "Idempotency-Replayed"
    case challenge = "WWW-Authenticate"
    case setCookie = "Set-Cookie"
    case disposition = "Content-Disposition"

    /// As it is sent.
    var name: String {
        switch self {
        case .mayRetryAfter: Self.retryAfter.rawValue
        case .mayLocation: Self.location.rawValue
        default: rawValue
        }
    }

    var json: OrderedJSON {
        ["description": .text(description), "required": .flag(isAlwaysSent), "schema": schema.json]
    }

    var reference: OrderedJSON { ["$ref": .text("#/components/headers/\(rawValue)")] }

    private var isAlwaysSent: Bool { ![.mayRetryAfter, .mayLocation, .replayed].contains(self) }

    private var schema: Schema {
        switch self {
        case .requestID: .text(pattern: Patterns.visible(128))
        case .cacheControl: .constant("no-store")
        case .retryAfter, .mayRetryAfter: .integer(from: 1)
        case .replayed: .constant("true")
        default: .text
        }
    }

    private var description: String {
        switch self {
        case .requestID: "The request's own X-Request-ID, or one made for it; log lines and audit records carry it."
        case .cacheControl: "Answers may hold secrets."
        case .retryAfter: "Seconds to wait before asking again."
        case .mayRetryAfter: "Seconds after which asking again may bring something new."
        case .location: "Where to go."
        case .mayLocation: "The path of the connection; a replayed answer leaves it out."
        case .replayed: "The answer is that of an earlier call with the same Idempotency-Key."
        case .challenge: "The Bearer challenge of RFC 6750."
        case .setCookie: "The cookie that ties the callback to this browser."
        case .disposition: "Names the file to save."
        }
    }
}
