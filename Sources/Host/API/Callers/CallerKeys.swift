import ConnectorSDK
import Secrets

/// The keys that callers' tokens are signed with. A shared secret decides what kind of caller it is, never a claim; the keys
/// of a JWK set sign both kinds, so there the claims must leave no doubt.
struct CallerKeys: Sendable {
    enum Kind: Sendable, Hashable {
        case user
        case service
    }

    /// HMAC with SHA-256 wants a key as long as its hash (RFC 7518 §3.2).
    static let shortest = 32

    private let user: SharedKey?
    private let service: SharedKey?
    /// Of asymmetric tokens; nil: none is taken.
    let set: CallerKeySet?

    /// - Throws: `APIConfigurationError` for secrets that are too short, or the same.
    init(user: Secret?, service: Secret?, set: CallerKeySet? = nil) throws {
        self.set = set
        if let user, user == service {
            throw APIConfigurationError(
                description:
                    "JWT_SECRET and SCOPED_JWT_SECRET are the same: the key could not tell users from services.")
        }
        self.user = try Self.key(user, setting: "JWT_SECRET")
        self.service = try Self.key(service, setting: "SCOPED_JWT_SECRET")
    }

    /// What a token says that one of the keys has signed: a symmetric one is judged by the secrets alone, an asymmetric one
    /// by the key set alone.
    func claims(of token: BearerToken) throws(CallerRefusal) -> CallerClaims {
        guard !token.isSymmetric else { return try CallerClaims(token.claims, kind: try kind(of: token.token)) }
        guard let (keys, version) = set?.current else { throw .unknownKey }
        do {
            try token.token.verify(with: keys)
        } catch {
            throw CallerRefusal(error)
        }
        var claims = try CallerClaims(token.claims, kind: try CallerClaims.kind(of: token.claims))
        claims.keySet = version
        return claims
    }

    /// Whether the keys that verified these claims are still those in force.
    func areCurrent(for claims: CallerClaims) -> Bool { claims.keySet == nil || claims.keySet == set?.version }

    private func kind(of token: SignedToken) throws(CallerRefusal) -> Kind {
        if let user, user.hasSigned(token) { return .user }
        if let service, service.hasSigned(token) { return .service }
        throw .untrusted
    }

    private static func key(_ secret: Secret?, setting: String) throws -> SharedKey? {
        guard let secret else { return nil }
        let length = secret.reveal().utf8.count
        guard length >= shortest else {
            throw APIConfigurationError(
                description:
                    "\(setting) has \(length) bytes, at least \(shortest) are needed: `openssl rand -base64 48` makes some."
            )
        }
        return SharedKey(secret)
    }
}

extension CallerRefusal {
    fileprivate init(_ refusal: SignedToken.Refusal) {
        self =
            switch refusal {
            case .header: .malformed
            case .algorithm: .algorithm
            case .unknownKey: .unknownKey
            // A key may be replaced under the id that it had.
            case .signature: .unknownKey
            }
    }
}
