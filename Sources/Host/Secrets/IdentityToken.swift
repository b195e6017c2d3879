package import ConnectorSDK
package import Model

/// An ID token (OpenID Connect Core §2) that is judged as its §3.1.3.7 wants it: first who signed it, then what it says.
/// SECURITY.md line 7.
package struct IdentityToken: Sendable {
    /// What an ID token must say to be this client's.
    package struct Expectation: Sendable {
        package var issuer: String
        package var clientID: String
        /// Nil: the provider was not asked to repeat one.
        package var nonce: String?
        /// When the token came. It was good then or never, however late it is looked at.
        package var receivedAt: Timestamp

        package init(issuer: String, clientID: String, nonce: String?, receivedAt: Timestamp) {
            self.issuer = issuer
            self.clientID = clientID
            self.nonce = nonce
            self.receivedAt = receivedAt
        }
    }

    /// Why an ID token is refused; the raw value is what is shown.
    package enum Refusal: String, Error, Sendable, CaseIterable {
        case malformed = "id_token_malformed"
        /// `none`, a symmetric one, or one that is not on the list.
        case algorithm = "id_token_algorithm"
        /// It brings a key, names a place for one, or wants to be read in another way.
        case header = "id_token_header"
        case unknownKey = "id_token_unknown_key"
        case signature = "id_token_signature"
        case issuer = "id_token_issuer"
        case audience = "id_token_audience"
        case authorizedParty = "id_token_azp"
        case nonce = "id_token_nonce"
        case expired = "id_token_expired"
        case issuedAt = "id_token_issued_at"
        case subject = "id_token_subject"
    }

    /// How far the provider's clock may be off.
    private static let leeway = Duration.seconds(60)
    private static let longest = 64 * 1024

    private let token: SignedToken

    /// What it says; hints until `verify` has returned.
    package var claims: [String: JSONValue] { token.claims }

    /// Takes a JWT apart (RFC 7515 §7.1). An access token may be taken apart too: its claims are hints.
    package init(_ token: Secret) throws(Refusal) {
        guard let token = SignedToken(token.reveal(), longest: Self.longest) else { throw .malformed }
        self.token = token
    }

    /// - Parameter keys: the provider's JWK set (RFC 7517 §5). Nothing that the token itself brings is a key.
    /// - Throws: why it is refused.
    package func verify(with keys: VerificationKeys, as expected: Expectation) throws(Refusal) {
        do {
            try token.verify(with: keys)
        } catch {
            throw Refusal(error)
        }
        try judgeParties(expected)
        try judgeTimes(expected.receivedAt)
        guard let subject = text(claims["sub"]), (1...255).contains(subject.utf8.count) else { throw .subject }
    }

    private func judgeParties(_ expected: Expectation) throws(Refusal) {
        guard text(claims["iss"]) == expected.issuer else { throw .issuer }
        let audiences: [JSONValue] =
            switch claims["aud"] {
            case .array(let several)?: several
            case let one?: [one]
            case nil: []
            }
        guard audiences.contains(.string(expected.clientID)) else { throw .audience }
        if let party = claims["azp"] {
            guard party == .string(expected.clientID) else { throw .authorizedParty }
        } else if audiences.count > 1 {
            throw .authorizedParty
        }
        if let nonce = expected.nonce, claims["nonce"] != .string(nonce) { throw .nonce }
    }

    private func judgeTimes(_ receivedAt: Timestamp) throws(Refusal) {
        guard let end = time("exp"), end > receivedAt - Self.leeway else { throw .expired }
        guard let issued = time("iat"), issued <= receivedAt + Self.leeway else { throw .issuedAt }
        if claims["nbf"] != nil {
            guard let start = time("nbf"), start <= receivedAt + Self.leeway else { throw .issuedAt }
        }
    }

    /// Seconds since 1970 (RFC 7519 §2), of this era.
    private func time(_ claim: String) -> Timestamp? {
        guard case .number? = claims[claim], let seconds = claims[claim]?.decimal, (0...1e11).contains(seconds) else {
            return nil
        }
        return Timestamp(milliseconds: Int64(seconds * 1000))
    }

    private func text(_ value: JSONValue?) -> String? { if case .string(let text)? = value { text } else { nil } }
}

extension IdentityToken.Refusal {
    fileprivate init(_ refusal: SignedToken.Refusal) {
        self =
            switch refusal {
            case .header: .header
            case .algorithm: .algorithm
            case .unknownKey: .unknownKey
            case .signature: .signature
            }
    }
}
