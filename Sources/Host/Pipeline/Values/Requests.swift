package import ConnectorSDK
package import Model

/// `POST …/authorize`.
package struct AuthorizeRequest: Sendable {
    package var connector: String
    package var name: String?
    /// An existing connection to renew: same id, next generation.
    package var connection: ConnectionID?
    package var client: String {
        get { givenClient ?? "default" }
        set { givenClient = newValue }
    }
    /// Nil: the call names none.
    package var givenClient: String?
    package var owner: String?
    package var scopes: [String]?
    /// Nil: the old ones when renewing.
    package var inputs: [String: String]?
    package var loginHint: String?
    /// The client of a new connection that has its own, as in `RedeemRequest`.
    package var clientMaterial: [String: Secret]?
    /// The caller's own JSON object, as text.
    package var metadata: String?
    package var returnTo: String?

    package init(connector: String) { self.connector = connector }
}

/// `POST …/exchange`.
package struct ExchangeRequest: Sendable {
    package var connector: String
    package var code: Secret
    package var state: String?
    /// The callback's other parameters.
    package var parameters: [String: String] = [:]
    /// Only where `settings.exchange_without_state` is true.
    package var redirectURI: String?
    package var codeVerifier: Secret?
    package var name: String?
    package var inputs: [String: String] = [:]
    package var client = "default"

    package init(connector: String, code: Secret, state: String?) {
        self.connector = connector
        self.code = code
        self.state = state
    }
}

/// `POST …/connections`: redeem without a browser.
package struct RedeemRequest: Sendable {
    package var connector: String
    /// `refresh_token`, `client_credentials`, `jwt_bearer`, `token_exchange`, `device_code`.
    package var grant: String
    package var name: String?
    /// An existing connection to renew: same id, next generation.
    package var connection: ConnectionID?
    package var client: String {
        get { givenClient ?? "default" }
        set { givenClient = newValue }
    }
    /// Nil: the call names none.
    package var givenClient: String?
    package var owner: String?
    /// Nil: none, or the old ones when renewing.
    package var inputs: [String: String]?
    package var refreshToken: Secret?
    /// Whom the assertion speaks for (RFC 7523).
    package var subject: String?
    /// What is exchanged, of which type, for whom and for what (RFC 8693 §2.1).
    package var subjectToken: Secret?
    package var subjectTokenType: String?
    package var audience: String?
    package var resource: String?
    /// The connection's own client: `client_id`, `client_secret`, `client_private_key`, `client_certificate`.
    package var clientMaterial: [String: Secret]?
    package var scopes: [String]?
    package var metadata: String?
    /// What another host has captured of the connection: an import's, never a call's.
    package var captured: [String: String] = [:]

    package init(connector: String, grant: String) {
        self.connector = connector
        self.grant = grant
    }
}

/// `POST …/refresh`.
package struct RefreshRequest: Sendable {
    package var name = "default"
    package var observedGeneration: Int64?
    package var force = false

    package init() {}
}

/// `GET …/token`.
package struct TokenRequest: Sendable {
    package var name = "default"
    package var minimumValidity = Duration.seconds(60)

    package init() {}
}

/// The filters of `GET /api/v1/connections`; nil: any.
package struct ConnectionFilters: Sendable {
    package var connector: String?
    package var status: ConnectionStatus?
    package var owner: String?
    package var name: String?

    package init() {}

    /// Those that are given, each as one text.
    var texts: [String] {
        [("connector", connector), ("status", status?.rawValue), ("owner", owner), ("name", name)]
            .compactMap { filter, value in value.map { "\(filter)=\($0)" } }
    }
}

/// A member of a PUT body: left out, null, or a value.
package enum Change<Value: Sendable>: Sendable {
    case unchanged
    case remove
    case set(Value)
}

/// `PUT …/config`.
package struct ConfigUpdate: Sendable {
    package var clientID = Change<String>.unchanged
    /// `client_secret`, `client_private_key`, `client_certificate`.
    package var secrets: [String: Change<Secret>] = [:]
    package var redirectURIs = Change<[String]>.unchanged
    package var scopes = Change<[String]>.unchanged
    /// Organization inputs, secret ones too; the definition says which are.
    package var inputs: [String: Change<String>] = [:]
    /// All of them, also those of which the definition knows nothing any more.
    package var removesInputs = false
    package var hosts = Change<[String]>.unchanged
    /// `static`, `overlap`, `single_use`, `single_use_family`.
    package var rotation = Change<String>.unchanged
    /// A duration or `until_used`.
    package var overlap = Change<String>.unchanged
    package var idleLifetime = Change<Duration>.unchanged
    package var absoluteLifetime = Change<Duration>.unchanged
    package var exchangeWithoutState = Change<Bool>.unchanged

    package init() {}
}

/// `PUT …/credentials`: members by name. The definition says which there are.
package struct CredentialsUpdate: Sendable {
    package var members: [String: Change<Secret>] = [:]
    /// Members that are no texts.
    package var others: Set<String> = []
    /// A provider's key file, of which only known members are taken.
    package let isFile: Bool

    package init(isFile: Bool) { self.isFile = isFile }
}
