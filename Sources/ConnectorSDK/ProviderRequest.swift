/// A request as a connector describes it. It names secrets and asks for derived values; the host fills them in after the
/// connector has spoken, so no connector ever holds one.
public struct ProviderRequest: Sendable, Hashable {
    /// The media a body is written in.
    public enum Body: Sendable, Hashable {
        case none
        /// `application/x-www-form-urlencoded`, in order.
        case form([Field])
        /// `application/json`.
        case json(JSONTree)
    }

    /// What stands in the `Authorization` header.
    public enum Authorization: Sendable, Hashable {
        case none
        /// RFC 6749 §2.3.1: both halves are form-encoded by the host before Base64.
        case basic(username: Value, password: Value)
        /// RFC 6750 §2.1.
        case bearer(Value)
    }

    /// One named value of a form or query.
    public struct Field: Sendable, Hashable {
        public var name: String
        public var value: Value

        public init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// A JSON body whose leaves may be secrets.
    public indirect enum JSONTree: Sendable, Hashable {
        case value(Value)
        case literal(JSONValue)
        case array([JSONTree])
        /// Members in order.
        case object([Member])

        /// A named member.
        public struct Member: Sendable, Hashable {
            public var name: String
            public var tree: JSONTree

            public init(_ name: String, _ tree: JSONTree) {
                self.name = name
                self.tree = tree
            }
        }
    }

    public var method: RequestRules.Method
    /// Absolute, placeholders expanded, checked against `hosts`; may have a query. Holds no secret's value, but where
    /// a definition wants the token in the path of a revocation, its name in braces: see `url(filling:)`.
    public var url: String
    /// Appended to the URL's own query, form-encoded.
    public var query: [Field]
    /// Without the engine's own (`Authorization`, `Content-Type`, `Accept`, …).
    public var headers: [Field]
    public var authorization: Authorization
    public var body: Body
    /// Present `client_certificate` in the TLS handshake.
    public var presentsCertificate: Bool
    /// How the host writes a space in query and form (`scopes.encoding`).
    public var spaces: ScopeRules.Encoding

    public init(
        method: RequestRules.Method, url: String, query: [Field] = [], headers: [Field] = [],
        authorization: Authorization = .none, body: Body = .none, presentsCertificate: Bool = false,
        spaces: ScopeRules.Encoding = .percent
    ) {
        self.method = method
        self.url = url
        self.query = query
        self.headers = headers
        self.authorization = authorization
        self.body = body
        self.presentsCertificate = presentsCertificate
        self.spaces = spaces
    }
}

/// A value in a request: text, the name of a secret, or something the host derives; several parts are joined.
public struct Value: Sendable, Hashable, ExpressibleByStringLiteral {
    /// A piece of a value.
    public enum Part: Sendable, Hashable {
        case text(String)
        /// The secret of that name: `client_id`-side material, a secret input, `code`, `code_verifier`, `refresh_token`,
        /// `access_token`, `subject_token`.
        case secret(String)
        /// A signed JWT (RFC 7523).
        case assertion(Assertion)
        /// HMAC-SHA-256 over parts with the secret `key`.
        case hmac(key: String, over: [Part], encoding: DigestEncoding)
        /// SHA-256 over parts.
        case sha256([Part], encoding: DigestEncoding)
        /// 256 random bits, base64url.
        case random
        /// The time the request is made.
        case now(TimeFormat)
        /// The S256 challenge of the verifier in `code_verifier` (RFC 7636 §4.2).
        case proofKeyChallenge
    }

    /// How a digest is written.
    public enum DigestEncoding: String, Sendable, Hashable {
        case hex
        case base64
    }

    /// How a time is written.
    public enum TimeFormat: String, Sendable, Hashable {
        case epochSeconds
        case epochMilliseconds
        case iso8601
    }

    public var parts: [Part]

    public init(parts: [Part]) { self.parts = parts }
    public init(_ text: String) { parts = [.text(text)] }
    public init(stringLiteral text: String) { parts = [.text(text)] }

    /// The secret of that name and nothing else.
    public static func secret(_ name: String) -> Value { Value(parts: [.secret(name)]) }
}

/// A JWT for the host to sign: claims without `iat`, `exp`, `jti`, which the host sets. What it says may be a secret, such
/// as the account that a key file names.
public struct Assertion: Sendable, Hashable {
    public var audience: String
    public var issuer: Value
    public var subject: Value?
    public var lifetime: Duration
    /// Nil: RS256, or what the JWK names.
    public var algorithm: String?
    public var header: [String: Value]
    /// JSON values, by name.
    public var claims: [String: ProviderRequest.JSONTree]
    /// The name of the secret that holds the key, PEM or JWK.
    public var key: String

    public init(
        audience: String, issuer: Value, subject: Value?, lifetime: Duration, algorithm: String? = nil,
        header: [String: Value] = [:], claims: [String: ProviderRequest.JSONTree] = [:], key: String
    ) {
        self.audience = audience
        self.issuer = issuer
        self.subject = subject
        self.lifetime = lifetime
        self.algorithm = algorithm
        self.header = header
        self.claims = claims
        self.key = key
    }
}
