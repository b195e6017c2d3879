import Crypto
import CryptoExtras
import Foundation

/// A JWT taken apart and not yet believed (RFC 7515 §3.1, compact serialization).
struct SignedAssertion {
    /// What is asked of it (RFC 7523 §3).
    struct Claims: Decodable {
        var iss: String
        var sub: String?
        var aud: String
        var iat: Int
        var exp: Int
        var jti: String
        var scope: String?
    }

    /// Seconds that the two clocks may differ.
    private static let clockSkew: TimeInterval = 5

    /// Whether it was made before now, ends after now, and lives at most so many seconds.
    func isTimely(at now: Date, longest: Int) -> Bool {
        let time = now.timeIntervalSince1970
        return TimeInterval(claims.exp) > time && TimeInterval(claims.iat) <= time + Self.clockSkew
            && (1...longest).contains(claims.exp - claims.iat)
    }

    private struct Header: Decodable {
        var alg: String
        var typ: String?
    }

    let claims: Claims
    private let signed: Data
    private let signature: Data

    init(_ text: String) throws(OAuthFailure) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let header: Header = Self.decoded(parts[0]),
            let claims: Claims = Self.decoded(parts[1]),
            let signature = Self.bytes(parts[2])
        else { throw .invalidGrant("Invalid JWT: three parts with iss, aud, iat, exp and jti are needed") }
        guard header.alg == "RS256", header.typ ?? "JWT" == "JWT" else {
            throw .invalidGrant("Invalid JWT: alg must be RS256 and typ JWT")
        }
        self.claims = claims
        self.signature = signature
        signed = Data("\(parts[0]).\(parts[1])".utf8)
    }

    /// RFC 7518 §3.3.
    func isSigned(by publicKey: String) -> Bool {
        guard let key = try? _RSA.Signing.PublicKey(pemRepresentation: publicKey) else { return false }
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: signed),
            padding: .insecurePKCS1v1_5)
    }

    private static func decoded<Value: Decodable>(_ part: String) -> Value? {
        bytes(part).flatMap { try? JSONDecoder().decode(Value.self, from: $0) }
    }

    /// base64url without padding (RFC 7515 §2).
    private static func bytes(_ part: String) -> Data? {
        guard !part.contains(where: { "+/=".contains($0) }) else { return nil }
        let text = part.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4))
    }
}
