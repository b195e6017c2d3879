/// One parameter of a request body or query: text with placeholders, or in a JSON body a number or boolean.
public enum ParameterValue: Sendable, Hashable {
    case text(Template)
    /// The digits as written.
    case number(String)
    case bool(Bool)
}

/// A request to a token endpoint (`token.*`, `upgrade.*`, and under `refresh` what `refresh.*` inherits).
public struct RequestRules: Sendable, Hashable {
    public enum Method: String, Sendable, Hashable, CaseIterable {
        case post = "POST"
        case get = "GET"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// How parameters travel.
    public enum Body: String, Sendable, Hashable, CaseIterable {
        case form
        case json
        /// In the query, without a body.
        case query
    }

    /// The first whose placeholders are all set.
    public var endpoint: [Template]
    public var method = Method.post
    public var body = Body.form
    public var headers: [String: Template] = [:]
    public var parameters: [String: ParameterValue] = [:]
    /// Nil: the grant's own name.
    public var grantType: String?
    /// Engine parameter to the name this provider gives it.
    public var rename: [String: String] = [:]
    /// Engine parameters that are not sent.
    public var omit: [String] = []

    /// A POST with a form body to these endpoints.
    public init(endpoint: [Template]) { self.endpoint = endpoint }
}

/// `authorization.*`: the consent page.
public struct AuthorizationRules: Sendable, Hashable {
    public var endpoint: [Template]
    /// False only by explicit definition flag: `pkce: off`.
    public var pkce = true
    public var parameters: [String: Template] = [:]
    public var rename: [String: String] = [:]
    public var omit: [String] = []
    /// Put the query behind `#`.
    public var fragment = false
    public var callback = CallbackRules()

    public init(endpoint: [Template]) { self.endpoint = endpoint }
}

/// `authorization.callback`: what the browser brings back, untrusted.
public struct CallbackRules: Sendable, Hashable {
    /// The parameter that holds the code.
    public var code = "code"
    /// Captured name to callback parameter; one value of at most 512 bytes each.
    public var capture: [String: String] = [:]

    public init() {}

    /// Whether the provider names its issuer in every callback (RFC 9207): a definition says so by capturing `iss`.
    public var alwaysNamesIssuer: Bool { capture.values.contains("iss") }
}

/// `refresh.*`.
public struct RefreshRules: Sendable, Hashable {
    /// What a refresh presents.
    public enum Uses: String, Sendable, Hashable, CaseIterable {
        case refreshToken = "refresh_token"
        case accessToken = "access_token"
        /// The grant again; always class `static`.
        case regrant
    }

    /// The request, with what it inherits from `token` filled in.
    public var request: RequestRules
    public var uses = Uses.refreshToken
    public var rotation = RotationClass.singleUseFamily
    /// Nil: the smaller of 5 minutes and half the lifetime.
    public var margin: Duration?
    /// The provider refuses earlier than this before expiry; caps `margin`.
    public var notBefore: Duration?
    /// Per connection.
    public var rateLimit: RateLimit?
    /// A shorter H for short windows (PROTOCOL.md E6).
    public var hardDeadline: Duration?
    public var idleLifetime: Duration?
    public var absoluteLifetime: Duration?

    public init(request: RequestRules) { self.request = request }
}
