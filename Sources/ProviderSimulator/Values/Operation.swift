/// What a caller asks of the simulated provider; faults, gates and counters are chosen by it.
public enum Operation: String, Sendable, Codable, CaseIterable {
    /// `POST /token` with `grant_type=authorization_code`.
    case exchange
    /// `POST /token` with `grant_type=refresh_token`.
    case refresh
    /// `POST /token` with `grant_type=client_credentials`.
    case clientCredentials = "client_credentials"
    /// `POST /token` with any other or no grant type.
    case otherGrant = "other_grant"
    /// `POST /revoke`.
    case revoke
    /// `POST /introspect`.
    case introspect
    /// `POST /device_authorization`; its polls are `other_grant`.
    case deviceAuthorization = "device_authorization"
    /// `GET /userinfo`.
    case userinfo
    /// `GET` or `POST /authorize`; counted, never faulted.
    case authorize

    /// Whether it is a call of the token endpoint.
    public var isTokenCall: Bool {
        switch self {
        case .exchange, .refresh, .clientCredentials, .otherGrant: true
        case .revoke, .introspect, .deviceAuthorization, .userinfo, .authorize: false
        }
    }

    /// The operation of a token call, by its grant type.
    init(grantType: String?) {
        switch grantType {
        case "authorization_code": self = .exchange
        case "refresh_token": self = .refresh
        case "client_credentials": self = .clientCredentials
        default: self = .otherGrant
        }
    }
}

/// How the provider judged a presented code or refresh token.
public enum Verdict: String, Sendable, Codable, CaseIterable {
    /// In force and not used before (for `static`: in force).
    case fresh
    /// Used before, presented again while its overlap window is open.
    case replayInWindow = "replay_in_window"
    /// Used before, and its class does not allow it a second time.
    case reuse
    /// Its family, or the token itself, was revoked before this presentation.
    case revoked
    /// Past its lifetime.
    case expired
    /// Never issued, or issued to another client.
    case unknown
    /// A fault struck first, or the client did not authenticate: nobody looked at the token.
    case unprocessed
}

/// What became of the answer to a presentation, as far as the provider can know.
public enum AnswerFate: String, Sendable, Codable {
    /// The call is still running or held at a gate.
    case pending
    /// Handed to the network in full.
    case sent
    /// Handed to the network in part only.
    case partly
    /// Never sent: the connection was dropped, reset or left hanging.
    case lost
}
