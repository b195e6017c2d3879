import Foundation

/// The authorization server as a value: what it knows, and how each call changes it.
///
/// No I/O and no clock: the time comes with each call. `SimulatedProvider` guards it with one lock.
struct AuthorizationServer: Sendable {
    /// Seconds an authorization code lives (RFC 6749 §4.1.2 recommends at most ten minutes).
    static let codeLifetime: TimeInterval = 300

    var clients: [String: SimulatedClient]
    var codes: [String: IssuedCode] = [:]
    var families: [Int: TokenFamily] = [:]
    var refreshTokens: [String: RefreshTokenRecord] = [:]
    var accessTokens: [String: AccessTokenRecord] = [:]
    /// By what the person types.
    var devices: [String: DeviceRecord] = [:]
    var assertions = AssertionDesk()
    var log = PresentationLog()
    var tokens: TokenSource
    private var lastFamily = 0

    init(clients: [SimulatedClient] = SimulatedClient.wellKnown, tokens: TokenSource = TokenSource()) {
        self.clients = Dictionary(clients.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        self.tokens = tokens
    }

    /// Answers a call of the token endpoint (RFC 6749 §3.2). `sequence` is its line in the presentation log.
    mutating func token(
        _ parameters: Parameters, authorization: String?, sequence: Int?, now: Date
    ) throws(OAuthFailure) -> TokenAnswer {
        if let name = parameters.repeated { throw .invalidRequest("\(name) stands twice") }
        let client = try authenticate(parameters, authorization: authorization)
        switch parameters["grant_type"] {
        case "authorization_code": return try exchange(parameters, client, sequence: sequence, now: now)
        case "refresh_token": return try refresh(parameters, client, sequence: sequence, now: now)
        case "client_credentials": return try clientCredentials(parameters, client, now: now)
        case Self.deviceGrant: return try pollDevice(parameters, client, sequence: sequence, now: now)
        case nil: throw .invalidRequest("grant_type is missing")
        case let other?: throw .unsupportedGrantType("no grant type \(other)")
        }
    }

    /// Starts a family, without tokens yet.
    mutating func newFamily(clientID: String, subject: String, scope: String) -> Int {
        lastFamily += 1
        families[lastFamily] = TokenFamily(clientID: clientID, subject: subject, scope: scope)
        return lastFamily
    }

    /// Revokes a family: every token of it is dead from now on.
    mutating func revoke(family: Int?) {
        if let family { families[family]?.revoked = true }
    }

    /// Forgets every code and token. Family numbers go on.
    mutating func forgetGrants() {
        (codes, families, refreshTokens, accessTokens, devices) = ([:], [:], [:], [:], [:])
    }

    /// Redeems the client's own credentials (RFC 6749 §4.4).
    mutating func clientCredentials(
        _ parameters: Parameters, _ client: SimulatedClient, now: Date
    ) throws(OAuthFailure) -> TokenAnswer {
        guard client.secret != nil else { throw .invalidClient("client credentials need a secret") }
        return try ownToken(parameters, client, now: now)
    }

    /// An access token without user and without refresh token, for a client that has proven itself.
    mutating func ownToken(
        _ parameters: Parameters, _ client: SimulatedClient, now: Date
    ) throws(OAuthFailure) -> TokenAnswer {
        let scope = parameters["scope"] ?? client.scopes.joined(separator: " ")
        guard ScopeText.allows(client.scopes, scope) else { throw .invalidScope("scope is not the client's") }
        let text = tokens.accessToken()
        accessTokens[text] = AccessTokenRecord(
            family: nil, generation: 1, clientID: client.id, subject: client.id, scope: scope, issuedAt: now,
            expiresAt: now + TimeInterval(client.lifetime), parent: nil)
        return TokenAnswer(accessToken: text, lifetime: client.lifetime, refreshToken: nil, scope: scope)
    }
}

/// Scopes as space-separated text (RFC 6749 §3.3).
enum ScopeText {
    /// Whether every asked scope is among the allowed ones; an empty list allows all.
    static func allows(_ allowed: [String], _ asked: String) -> Bool {
        allowed.isEmpty || asked.split(separator: " ").allSatisfy { allowed.contains(String($0)) }
    }
}
