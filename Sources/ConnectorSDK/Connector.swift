/// The code that speaks one provider's dialect. Pure: no I/O, clock, logger or `async`. A connector describes a request
/// and reads a response; the host does the I/O, keeps the secrets, and spools the raw answer before a connector sees it.
public protocol Connector: Sendable {
    /// The id that definitions name under `connector`, `[a-z0-9-]{1,64}`.
    static var id: String { get }

    /// Makes a connector for one definition. Called at load, once per definition and reload.
    /// - Throws: `ConnectorError` with code `.invalidOptions` naming the option that cannot be used.
    init(definition: Definition) throws(ConnectorError)

    /// The consent page's URL for a browser.
    /// - Throws: `ConnectorError` when a placeholder has no value or a value cannot stand in its place.
    func authorizationURL(_ consent: ConsentRequest, in context: ConnectorContext) throws(ConnectorError) -> ConsentPage

    /// The first request of an operation.
    func request(_ operation: Operation, in context: ConnectorContext) throws(ConnectorError) -> ProviderRequest

    /// Reads a complete answer. Never throws away what it cannot understand: that is a failure with a disposition.
    func read(_ response: ProviderResponse, to operation: Operation, in context: ConnectorContext) -> Reading
}

/// What a connector is asked to do.
public enum Operation: Sendable, Hashable {
    /// Redeem a grant: the exchange of a code, or a grant without a browser.
    case redeem(Redemption)
    /// Present what the line refreshes with.
    case refresh
    /// Tell the provider that a token is not needed any more (RFC 7009). Which token: the definition says.
    case revoke
    /// Ask for a token's state (RFC 7662).
    case introspect
    /// The one more request after a redemption that `Reading.further` asked for (`upgrade`).
    case upgrade
    /// The step of `after_connect` at that place, counted from 0. One that reads a token's claims has no request: the host
    /// takes the claims out of the token, verified where it is an ID token, and has them read as the answer's body.
    case afterConnect(Int)
    /// Ask for the codes of a device authorization (RFC 8628 §3.1); the device code is redeemed later.
    case authorizeDevice

    /// The name in metrics and timelines: `exchange`, `refresh`, `revoke`, `introspect`, `upgrade`, `after_connect`,
    /// `authorize_device`.
    public var name: String {
        switch self {
        case .redeem: "exchange"
        case .refresh: "refresh"
        case .revoke: "revoke"
        case .introspect: "introspect"
        case .upgrade: "upgrade"
        case .afterConnect: "after_connect"
        case .authorizeDevice: "authorize_device"
        }
    }
}

/// What is redeemed, with the values that are no secret. Codes, verifier, subject token and refresh token are
/// secrets: `ProviderRequest` names them, the host fills them in.
public enum Redemption: Sendable, Hashable {
    case authorizationCode(redirectURI: String, hasVerifier: Bool)
    /// RFC 8628 §3.4; the code itself is the secret `device_code`.
    case deviceCode
    case clientCredentials
    case jwtBearer(subject: String?)
    /// RFC 8693 §2.1; the token itself is the secret `subject_token`.
    case tokenExchange(subjectTokenType: String, audience: String?, resource: String?)
}

/// What the host knows when it asks, without any secret's value.
public struct ConnectorContext: Sendable {
    /// The OAuth client's id; empty where the provider needs none.
    public var clientID: String
    /// Inputs and captured values by name, secrets excluded, checked by the host.
    public var values: [String: String]
    /// Names of the secrets that have a value (`client_secret`, secret inputs, `refresh_token`, `access_token`, …).
    public var secrets: Set<String>
    /// The scopes to ask for, `scopes.always` not yet added.
    public var scopes: [String]
    /// The host of the redirect URI, for `{callback_host}`.
    public var callbackHost: String?
    /// Whether plain `http` to a literal loopback host is allowed (`EGRESS_ALLOW_PRIVATE`).
    public var allowsLoopback: Bool
    /// Hosts that the organization's config names, for a definition with `hosts: [organization]`.
    public var organizationHosts: [HostRule]
    /// A fresh UUID for `{random}`, given by the host so that the connector stays pure.
    public var random: String
    /// What this connection redeems again, because it was made by a grant without refresh token. Nil for all others:
    /// they refresh as `refresh.uses` says, and `regrant` there means the definition's first grant without a browser.
    public var regrant: Redemption?

    public init(
        clientID: String, values: [String: String] = [:], secrets: Set<String> = [], scopes: [String] = [],
        callbackHost: String? = nil, allowsLoopback: Bool = false, organizationHosts: [HostRule] = [], random: String,
        regrant: Redemption? = nil
    ) {
        self.clientID = clientID
        self.values = values
        self.secrets = secrets
        self.scopes = scopes
        self.callbackHost = callbackHost
        self.allowsLoopback = allowsLoopback
        self.organizationHosts = organizationHosts
        self.random = random
        self.regrant = regrant
    }
}

/// What goes into the consent page's URL. State and challenge are public values by design.
public struct ConsentRequest: Sendable {
    public var redirectURI: String
    public var state: String
    /// The S256 challenge; nil only where the definition says `pkce: off`.
    public var challenge: String?
    public var nonce: String?
    public var loginHint: String?

    public init(
        redirectURI: String, state: String, challenge: String?, nonce: String? = nil, loginHint: String? = nil
    ) {
        self.redirectURI = redirectURI
        self.state = state
        self.challenge = challenge
        self.nonce = nonce
        self.loginHint = loginHint
    }
}

/// Where the browser goes.
public struct ConsentPage: Sendable, Hashable {
    public var url: String
    /// The scopes that were asked for, `always` included.
    public var scopes: [String]

    public init(url: String, scopes: [String]) {
        self.url = url
        self.scopes = scopes
    }
}

/// What an answer turned out to be.
public enum Reading: Sendable {
    /// Tokens, to be stored at once.
    case tokens(TokenSet)
    /// One more request is needed before the operation is done (`upgrade`). The host stores `after`, then asks for the
    /// request of `.upgrade` with the access token stored, now and at every retry, and reads its answer as `.upgrade`.
    case further(after: TokenSet)
    /// A good answer that holds no tokens (revocation).
    case done
    /// Introspection: whether the token is active, and its remaining life.
    case state(active: Bool, expiry: Expiry?)
    /// A step of `after_connect`: the captured values of everything that is left to choose from. One: there is nothing to
    /// choose. The host compares the values with the tokens, which no connector knows (SECURITY.md line 61).
    case captured([[String: String]])
    /// The codes of a device authorization.
    case device(DeviceAuthorization)
    /// A failure, told apart by what must happen next.
    case failure(ProviderFailure)
}
