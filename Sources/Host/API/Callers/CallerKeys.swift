import ConnectorSDK
import JWTKit

/// The keys that callers' tokens are signed with. The key that fits decides what kind of caller it is, never a claim.
struct CallerKeys: Sendable {
    enum Kind: Sendable, Hashable {
        case user
        case service
    }

    /// HMAC with SHA-256 wants a key as long as its hash (RFC 7518 §3.2).
    static let shortest = 32

    private let user: (any JWTAlgorithm)?
    private let service: (any JWTAlgorithm)?

    /// - Throws: `APIConfigurationError` for secrets that are too short, or the same.
    init(user: Secret?, service: Secret?) async throws {
        if let user, user == service {
            throw APIConfigurationError(
                description:
                    "JWT_SECRET and SCOPED_JWT_SECRET are the same: the key could not tell users from services.")
        }
        self.user = try await Self.key(user, setting: "JWT_SECRET")
        self.service = try await Self.key(service, setting: "SCOPED_JWT_SECRET")
    }

    /// Whose key made this signature; nil when none did.
    func kind(of signature: [UInt8], signing bytes: [UInt8]) -> Kind? {
        if let user, (try? user.verify(signature, signs: bytes)) == true { return .user }
        if let service, (try? service.verify(signature, signs: bytes)) == true { return .service }
        return nil
    }

    private static func key(_ secret: Secret?, setting: String) async throws -> (any JWTAlgorithm)? {
        guard let secret else { return nil }
        let text = secret.reveal()
        guard text.utf8.count >= shortest else {
            throw APIConfigurationError(
                description:
                    "\(setting) has \(text.utf8.count) bytes, at least \(shortest) are needed: `openssl rand -base64 48` makes some."
            )
        }
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: text), digestAlgorithm: .sha256)
        return try await keys.getKey()
    }
}
