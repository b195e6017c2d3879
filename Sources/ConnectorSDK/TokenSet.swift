/// What the provider answered: the tokens of one grant at one time. Usually one token named `default`.
public struct TokenSet: Sendable, Hashable {
    /// The tokens, the connection's first line first.
    public var tokens: [Token]
    /// Captured values, `response.capture`: metadata, never a token.
    public var captured: [String: String]
    public var idToken: Secret?

    public init(tokens: [Token], captured: [String: String] = [:], idToken: Secret? = nil) {
        self.tokens = tokens
        self.captured = captured
        self.idToken = idToken
    }
}

/// One access token, with the refresh token of its line if the answer held one.
public struct Token: Sendable, Hashable {
    /// `default` unless a provider's answer holds several.
    public var name: String
    public var accessToken: Secret
    /// Nil when the answer held none, or an empty one: the line keeps the one it has (RFC 6749 §6, mutation M44).
    public var refreshToken: Secret?
    /// As the provider wrote it, `Bearer` if it wrote nothing (RFC 6750).
    public var type: String
    public var expiry: Expiry
    /// When the refresh token itself ends, milliseconds since 1970, if the answer says so.
    public var refreshExpiresAt: Int64?
    /// The granted scopes; nil when the answer does not name them, which means those asked for (RFC 6749 §5.1).
    public var scopes: [String]?

    public init(
        name: String = "default", accessToken: Secret, refreshToken: Secret? = nil, type: String = "Bearer",
        expiry: Expiry, refreshExpiresAt: Int64? = nil, scopes: [String]? = nil
    ) {
        self.name = name
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.type = type
        self.expiry = expiry
        self.refreshExpiresAt = refreshExpiresAt
        self.scopes = scopes
    }
}

/// How long an access token lives.
public enum Expiry: Sendable, Hashable {
    /// Milliseconds since 1970.
    case at(Int64)
    /// The answer named none: `response.expiry` and what the line holds decide.
    case missing
    /// The definition says that the provider's tokens do not expire.
    case never
}
