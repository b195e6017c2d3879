/// One request as a role expects it: nothing may be missing, nothing may be added.
public struct RequestScript: Sendable {
    /// What the request does when it is as it should be.
    public enum Act: Sendable, Equatable {
        /// Redeems a code.
        case exchange
        /// Refreshes with a refresh token, or with an access token where that is what is presented.
        case refresh
        /// Redeems a grant that needs no consent.
        case redeem
        /// Exchanges an access token for a better one.
        case upgrade
        case introspect
        case revoke
        /// Asks a resource, which answers with these members.
        case resource([AnswerScript.Member])

        /// An act without what it holds, to count by.
        public enum Name: String, Sendable, CaseIterable {
            case exchange, refresh, redeem, upgrade, introspect, revoke, resource
        }

        /// What it is counted as.
        public var name: Name {
            switch self {
            case .exchange: .exchange
            case .refresh: .refresh
            case .redeem: .redeem
            case .upgrade: .upgrade
            case .introspect: .introspect
            case .revoke: .revoke
            case .resource: .resource
            }
        }
    }

    /// What the body is written in.
    public enum Format: String, Sendable {
        /// No body, and no media type.
        case none
        case form
        case json
    }

    /// How a space is written in queries and forms.
    public enum Spaces: String, Sendable {
        case percent
        case plus
    }

    /// What must stand in the `Authorization` header.
    public enum Authorization: Sendable, Equatable {
        /// Nothing.
        case none
        case basic(username: String, password: String)
        /// A token of that kind (RFC 6750 §2.1).
        case bearer(ScriptedValue.Secret)
    }

    public var act: Act
    public var method: String
    /// The path, `/roles/<id>` in front.
    public var path: ScriptedValue
    public var query: [String: ScriptedValue] = [:]
    public var format = Format.none
    public var body: [String: ScriptedValue] = [:]
    /// Headers that must have this value; others may be there.
    public var headers: [String: String] = [:]
    public var authorization = Authorization.none
    public var spaces = Spaces.percent

    /// A request without parameters.
    public init(_ act: Act, method: String, path: ScriptedValue) {
        self.act = act
        self.method = method
        self.path = path
    }
}

/// What must stand in one place of a request.
public enum ScriptedValue: Sendable, Equatable {
    /// What was handed out, or what the caller chose, and is looked at by the act.
    public enum Secret: String, Sendable {
        case code
        /// The PKCE verifier of the code (RFC 7636).
        case verifier
        /// The PKCE challenge, S256.
        case challenge
        case state
        /// At the consent page any that the client may use; later that same one.
        case redirectURI = "redirect_uri"
        case accessToken = "access_token"
        case refreshToken = "refresh_token"
    }

    /// This text.
    case exactly(String)
    /// A JSON number worth this much.
    case number(Double)
    /// A JSON boolean.
    case flag(Bool)
    /// Any value but the empty text.
    case anything
    case secret(Secret)
    /// A secret between two texts.
    case enclosed(Secret, prefix: String, suffix: String)
    /// A JWT with these claims.
    case assertion(AssertionScript)
}

/// What a client's assertion must say (RFC 7523 §3). Its signature and its times are looked at too: by the client's key, not
/// over, at most five minutes, and its `jti` once.
public struct AssertionScript: Sendable, Equatable {
    public var audience: String
    public var issuer: String
    /// Nil: whatever it says.
    public var subject: String?
    /// The claim `scope`; nil: it must not be there.
    public var scope: String?

    /// An assertion for an audience.
    public init(audience: String, issuer: String, subject: String?, scope: String? = nil) {
        self.audience = audience
        self.issuer = issuer
        self.subject = subject
        self.scope = scope
    }
}
