/// A connector definition, format 1: everything one file of `connectors.d` says, after `extends` was applied and
/// defaults were filled in (DESIGN.md §3). It is data: what is not in here is behaviour and belongs into a connector.
public struct Definition: Sendable, Hashable {
    public var id: String
    public var title: String
    /// The provider's pages.
    public var documentation: [String] = []
    public var categories: [String] = []
    /// The compiled connector that speaks for this provider.
    public var connector = "oauth2"
    /// Checked by the connector; refused by `oauth2`.
    public var options: [String: JSONValue] = [:]
    public var grants: [GrantType] = [.authorizationCode]
    /// May hold one claim placeholder, such as a tenant id.
    public var issuer: Template?
    public var jwks: String?
    public var inputs: [Input] = []
    public var client = ClientRules()
    /// For the `jwt_bearer` grant.
    public var assertion: AssertionRules?
    public var scopes = ScopeRules()
    /// Nil: consent starts at the provider and codes come through `exchange`.
    public var authorization: AuthorizationRules?
    public var deviceAuthorization: [Template] = []
    /// The token request, as written.
    public var token: RequestRules
    public var upgrade: RequestRules?
    /// The refresh request with everything it inherits from `token` filled in.
    public var refresh: RefreshRules
    public var response = ResponseRules()
    public var introspection: IntrospectionRules?
    public var revocation: RevocationRules?
    public var afterConnect: [AfterConnectStep] = []
    /// Where requests of this definition may go, as written or derived.
    public var hosts: [HostRule] = []
    public var examples: [Example] = []

    /// A definition with its required parts; everything else has format 1's defaults.
    public init(id: String, title: String, token: RequestRules, refresh: RefreshRules) {
        self.id = id
        self.title = title
        self.token = token
        self.refresh = refresh
    }

    /// The input of that name.
    public func input(_ name: String) -> Input? { inputs.first { $0.name == name } }
}

/// What may be redeemed for tokens, by its registered or usual name.
public enum GrantType: String, Sendable, Hashable, CaseIterable {
    /// RFC 6749 §4.1.
    case authorizationCode = "authorization_code"
    /// RFC 6749 §4.4.
    case clientCredentials = "client_credentials"
    /// RFC 7523 §2.1.
    case jwtBearer = "jwt_bearer"
    /// RFC 8628.
    case deviceCode = "device_code"
    /// RFC 8693.
    case tokenExchange = "token_exchange"

    /// Whether a connection made by it holds no refresh token and redeems the grant itself again (`regrant`).
    public var isRedeemedAgain: Bool {
        switch self {
        case .clientCredentials, .jwtBearer, .tokenExchange: true
        case .authorizationCode, .deviceCode: false
        }
    }
}

/// A value the connection's or the organization's owner supplies (`inputs.<name>`).
public struct Input: Sendable, Hashable {
    /// The shape a value must have.
    public enum Format: String, Sendable, Hashable, CaseIterable {
        case text
        /// One DNS label.
        case dnsLabel = "dns_label"
        case hostname
        /// `https://host[:port][/path]`; the scheme is added if left out.
        case baseURL = "base_url"
        case uuid
        case email
    }

    /// Whose value it is.
    public enum Owner: String, Sendable, Hashable, CaseIterable {
        case connection
        case organization
    }

    public var name: String
    public var title: String?
    public var explanation: String?
    public var example: String?
    public var format = Format.text
    /// Matches the whole value, in linear time.
    public var pattern: String?
    public var allowedValues: [String] = []
    public var defaultValue: String?
    public var required = true
    /// Write-only, sealed, never metadata; headers and bodies only.
    public var secret = false
    public var per = Owner.connection

    /// An optional-free input of format `text`.
    public init(name: String) { self.name = name }
}

/// Where a request may go (`hosts`).
public enum HostRule: Sendable, Hashable {
    /// One host, lower case, and its port (nil: the scheme's own).
    case host(String, port: Int?)
    /// `.suffix`: every host with at least one more label in front.
    case suffix(String)
    /// `localhost`, `127.0.0.1` or `[::1]` at any port: development only (docs/decisions/0004-port-placeholders.md).
    case loopback(String)
    /// Only what the organization's config names.
    case organization
    /// Everything; only with `client.per_connection`.
    case any
}

/// A documented answer (`examples`), run by the conformance suite.
public struct Example: Sendable, Hashable {
    /// What was asked.
    public enum Operation: String, Sendable, Hashable, CaseIterable {
        case exchange
        case refresh
        case revoke
    }

    public var name: String
    public var source: String
    public var operation: Operation
    public var status: Int
    public var headers: [String: String]
    public var body: String
    /// What reading it must give, such as `access_token: …` or `means: reauthorize`.
    public var expect: [String: JSONValue]

    /// A documented answer with all its parts.
    public init(
        name: String, source: String, operation: Operation, status: Int = 200, headers: [String: String] = [:],
        body: String, expect: [String: JSONValue]
    ) {
        self.name = name
        self.source = source
        self.operation = operation
        self.status = status
        self.headers = headers
        self.body = body
        self.expect = expect
    }
}
