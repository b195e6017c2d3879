/// The host whose conformance is tested, by whatever door: its HTTP API, or its pipeline in the same process. Every
/// function throws when the host answers anything but what is asked for.
public protocol HostUnderTest: Sendable {
    /// Sets up an organization's client of a connector.
    func configure(_ connector: String, client: ClientMaterial) async throws
    /// Starts an authorization.
    func authorize(_ connector: String, with own: ConnectionMaterial) async throws -> StartedConsent
    /// Comes back from the consent page to this address.
    func receive(callback: String, of consent: StartedConsent) async throws
    /// Brings a code whose consent began at the provider, with the callback's other parameters. Returns the connection's id.
    func exchange(
        _ connector: String, code: String, redirectURI: String, parameters: [String: String],
        with own: ConnectionMaterial
    ) async throws -> String
    /// Redeems a grant that needs no consent. Returns the connection's id.
    func redeem(_ connector: String, grant: String, with own: ConnectionMaterial) async throws -> String
    /// Reads the connection's token.
    func token(of connection: String) async throws -> ServedToken
    /// Refreshes whatever the token's age.
    func refresh(_ connection: String) async throws -> ServedToken
    /// Revokes the connection.
    func revoke(_ connection: String) async throws
}

/// What an organization sets up.
public struct ClientMaterial: Sendable {
    /// By the material's names: `client_id`, `client_secret`, `client_private_key`, `client_certificate`. Empty where each
    /// connection has its own.
    public var material: [String: String]
    /// Organization inputs.
    public var inputs: [String: String]
    /// Where codes come whose consent began at the provider; nil: none does.
    public var redirectURI: String?
}

/// What belongs to one connection.
public struct ConnectionMaterial: Sendable {
    /// Connection inputs.
    public var inputs: [String: String]
    /// The client's material where the connection has its own (`client.per_connection`), as in `ClientMaterial`.
    public var client: [String: String]?
}

/// An authorization that waits for consent.
public struct StartedConsent: Sendable {
    public var connection: String
    /// Where the browser goes.
    public var page: String
    /// What the browser has to show when it comes back.
    public var cookie: String

    /// An authorization with everything a browser needs.
    public init(connection: String, page: String, cookie: String) {
        self.connection = connection
        self.page = page
        self.cookie = cookie
    }
}

/// A token as the host serves it.
public struct ServedToken: Sendable {
    public var accessToken: String
    public var generation: Int
    /// What callback, answers and later steps brought.
    public var captured: [String: String]

    /// A token with the number of its generation and what is served beside it.
    public init(accessToken: String, generation: Int, captured: [String: String]) {
        self.accessToken = accessToken
        self.generation = generation
        self.captured = captured
    }
}

/// A step went another way than it must.
public struct Nonconformance: Error, CustomStringConvertible {
    public let description: String

    /// What was seen, without secrets.
    public init(_ description: String) { self.description = description }
}
