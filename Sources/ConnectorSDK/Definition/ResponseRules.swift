/// How answers are read (`response.*`).
public struct ResponseRules: Sendable, Hashable {
    /// The fields of a token set that can be mapped, by their names in a definition.
    public enum Field: String, Sendable, Hashable, CaseIterable {
        case accessToken = "access_token"
        case refreshToken = "refresh_token"
        case tokenType = "token_type"
        case expiresIn = "expires_in"
        case expiresAt = "expires_at"
        case refreshExpiresIn = "refresh_expires_in"
        case refreshExpiresAt = "refresh_expires_at"
        case scope
        case idToken = "id_token"
    }

    /// Pointers tried in order; a field without entry is the top-level member of its name.
    public var map: [Field: [JSONPointer]] = [:]
    public var expiry = ExpiryRules()
    public var success = SuccessRules()
    /// Captured name to pointer: metadata, served with the token.
    public var capture: [String: JSONPointer] = [:]
    /// First match wins, before the built-in classes.
    public var errors: [ErrorRule] = []

    /// Format 1's defaults.
    public init() {}
}

/// `response.expiry`.
public struct ExpiryRules: Sendable, Hashable {
    public enum Unit: String, Sendable, Hashable, CaseIterable {
        case seconds = "s"
        case milliseconds = "ms"
    }

    public var unit = Unit.seconds
    /// For an answer without a lifetime.
    public var fallback: Duration?
    /// The provider's tokens do not expire.
    public var never = false

    public init() {}
}

/// `response.success`: what a good answer looks like, besides holding an access token and no error.
public struct SuccessRules: Sendable, Hashable {
    /// Nil: 200–299.
    public var status: [Int]?
    /// Every pointer must hold its value.
    public var `where`: [JSONPointer: JSONValue] = [:]

    public init() {}
}

/// One entry of `response.errors`.
public struct ErrorRule: Sendable, Hashable {
    /// What the failure means, with its rows of PROTOCOL.md §4.
    public enum Meaning: String, Sendable, Hashable, CaseIterable {
        /// Rows 16–20, also for errors that want the user.
        case reauthorize
        /// Row 23.
        case retry
        /// Row 23.
        case rateLimited = "rate_limited"
        /// Row 22.
        case misconfigured
        /// Rows 24, 25.
        case ambiguous
    }

    /// How the text at `pointer` is compared.
    public enum Match: Sendable, Hashable {
        case equals(JSONValue)
        /// A regular expression without look-around and back reference.
        case matches(String)
    }

    public var status: Int?
    public var pointer: JSONPointer?
    public var match: Match?
    public var means: Meaning

    public init(status: Int?, pointer: JSONPointer?, match: Match?, means: Meaning) {
        self.status = status
        self.pointer = pointer
        self.match = match
        self.means = means
    }
}

/// `introspection` (RFC 7662).
public struct IntrospectionRules: Sendable, Hashable {
    public enum When: String, Sendable, Hashable, CaseIterable {
        case noExpiry = "no_expiry"
        case always
    }

    public var endpoint: [Template]
    public var when: When

    public init(endpoint: [Template], when: When) {
        self.endpoint = endpoint
        self.when = when
    }
}

/// `revocation` (RFC 7009).
public struct RevocationRules: Sendable, Hashable {
    public enum Token: String, Sendable, Hashable, CaseIterable {
        case refreshToken = "refresh_token"
        case accessToken = "access_token"
    }

    public enum Authorize: String, Sendable, Hashable, CaseIterable {
        case client
        case bearer
        case none
    }

    /// The request; `{token}` may stand in the endpoint's path or a parameter.
    public var request: RequestRules
    public var token = Token.refreshToken
    public var authorize = Authorize.client

    public init(request: RequestRules) { self.request = request }
}

/// One step of `after_connect`, run after the first exchange with the new token as bearer.
public enum AfterConnectStep: Sendable, Hashable {
    case request(AfterConnectRequest)
    /// Claims of an access token are hints, of an ID token are verified.
    case claims(of: ResponseRules.Field, capture: [String: JSONPointer])
}

/// A request of `after_connect`.
public struct AfterConnectRequest: Sendable, Hashable {
    public var method: RequestRules.Method
    public var endpoint: Template
    /// The JSON body; its strings may hold placeholders.
    public var json: JSONValue?
    public var headers: [String: Template] = [:]
    /// Points at an array to choose from.
    public var list: JSONPointer?
    /// Picks from the list.
    public var `where`: [JSONPointer: Template] = [:]
    public var capture: [String: JSONPointer] = [:]
    public var optional = false

    public init(method: RequestRules.Method, endpoint: Template) {
        self.method = method
        self.endpoint = endpoint
    }
}
