/// A provider's answer that is no success, with its disposition: which rows of PROTOCOL.md §4 it leads to.
public struct ProviderFailure: Sendable, Hashable, Error {
    /// What a failure means for the line.
    public enum Disposition: Sendable, Hashable {
        /// A definite refusal of what was presented (rows 16–20).
        case refused
        /// The client's fault, not the connection's (row 22).
        case misconfigured
        /// Nothing was spent; later (row 23). Seconds of `Retry-After`, if the provider named them.
        case retryLater(after: Duration?)
        /// The same, and the provider named a rate limit (row 23).
        case rateLimited(after: Duration?)
        /// "Already being processed": another call is at work (row 24).
        case busy
        /// 5xx, cut, unreadable, neither token nor error (row 25).
        case unclear
    }

    public var disposition: Disposition
    /// The provider's error code (RFC 6749 §5.2 or its own), limited to 100 visible ASCII characters; never its description.
    public var code: String
    /// Seconds of `Retry-After` beside what is `unclear` (row 25); other dispositions hold their own.
    public var retryAfter: Duration?
    /// A token lies beside the error: whatever the code leads to, the raw answer is kept.
    public var holdsToken: Bool

    public init(_ disposition: Disposition, code: String, retryAfter: Duration? = nil, holdsToken: Bool = false) {
        self.disposition = disposition
        self.code = code
        self.retryAfter = retryAfter
        self.holdsToken = holdsToken
    }
}

/// A connector cannot describe the request it was asked for: our side's or the caller's mistake, nothing was sent.
public struct ConnectorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String
        private init(_ name: String) { description = name }

        /// A placeholder has no value.
        public static let unresolvedPlaceholder = Code("unresolved_placeholder")
        /// A value cannot stand in its place (host label, path segment, header).
        public static let invalidValue = Code("invalid_value")
        /// The expanded URL lies outside `hosts`.
        public static let hostNotAllowed = Code("host_not_allowed")
        /// The expanded text is no URL that may be called.
        public static let invalidURL = Code("invalid_url")
        /// The definition has no such operation.
        public static let unsupported = Code("unsupported")
        /// An option of the definition cannot be used.
        public static let invalidOptions = Code("invalid_options")
    }

    public let code: Code
    /// The key of the definition or the name of the value at fault, such as `token.endpoint`.
    public let place: String
    /// What to do about it; holds no secret.
    public let remedy: String
    /// The placeholder whose value is missing or wrong; nil: it is not the value of one.
    public let placeholder: String?

    public init(_ code: Code, at place: String, remedy: String, placeholder: String? = nil) {
        self.code = code
        self.place = place
        self.remedy = remedy
        self.placeholder = placeholder
    }

    /// Code, place and remedy in one line.
    public var description: String { "\(code) at \(place): \(remedy)" }
}
