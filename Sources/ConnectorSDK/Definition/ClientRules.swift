/// How the client shows who it is (`client.*`).
public struct ClientRules: Sendable, Hashable {
    /// The registered methods (RFC 7591 §2, RFC 8705), never probed.
    public enum Authentication: String, Sendable, Hashable, CaseIterable {
        case clientSecretPost = "client_secret_post"
        case clientSecretBasic = "client_secret_basic"
        case privateKeyJWT = "private_key_jwt"
        case tlsClientAuth = "tls_client_auth"
        case none
    }

    /// What stands as the user name of Basic authentication.
    public enum BasicUsername: String, Sendable, Hashable, CaseIterable {
        case clientID = "client_id"
        /// The secret is the user name, the password is empty.
        case clientSecret = "client_secret"
    }

    public var authentication = Authentication.clientSecretPost
    /// Present `client_certificate` in the TLS handshake as well.
    public var certificate = false
    public var basicUsername = BasicUsername.clientID
    /// Beside Basic, where a provider insists; never a secret.
    public var repeatInBody = ["client_id"]
    /// Calls to the provider per client.
    public var rateLimit: RateLimit?
    /// The client's material belongs to the connection.
    public var perConnection = false
    /// For `private_key_jwt`.
    public var assertion: AssertionRules?

    /// Format 1's defaults.
    public init() {}
}

/// So many calls in a time, written `10/10m`.
public struct RateLimit: Sendable, Hashable {
    public var count: Int
    public var per: Duration

    public init(count: Int, per: Duration) {
        self.count = count
        self.per = per
    }
}

/// How an assertion is made (RFC 7523): for `private_key_jwt` and for the `jwt_bearer` grant.
public struct AssertionRules: Sendable, Hashable {
    /// Nil: the issuer, else the token endpoint.
    public var audience: Template?
    /// Nil: `{client_id}`.
    public var issuer: Template?
    /// Nil: `{client_id}` for `private_key_jwt`, the call's subject for `jwt_bearer`.
    public var subject: Template?
    public var lifetime = Duration.seconds(300)
    /// Nil: RS256, or what the JWK names.
    public var algorithm: String?
    public var header: [String: Template] = [:]
    /// JSON values; their texts are templates.
    public var claims: [String: JSONValue] = [:]
    /// The name of the secret input that holds the key.
    public var key = "client_private_key"

    /// Format 1's defaults.
    public init() {}
}

/// Which scopes are asked for, and how they are written (`scopes.*`).
public struct ScopeRules: Sendable, Hashable {
    /// The requests that may carry scopes.
    public enum Place: String, Sendable, Hashable, CaseIterable {
        case authorization
        case token
        case refresh
        /// As the assertion's `scope` claim.
        case assertion
    }

    /// How a space is written.
    public enum Encoding: String, Sendable, Hashable, CaseIterable {
        case percent
        case plus
    }

    /// Sent when neither call nor config names scopes.
    public var defaults: [String] = []
    /// Added to every request.
    public var always: [String] = []
    public var separator = " "
    public var encoding = Encoding.percent
    public var parameter = "scope"
    public var send: Set<Place> = [.authorization]
    /// Scope to a line of explanation.
    public var available: [String: String] = [:]

    /// Format 1's defaults.
    public init() {}
}
