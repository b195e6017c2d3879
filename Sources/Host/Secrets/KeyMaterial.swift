import ConnectorSDK
import Crypto
import CryptoExtras
import Foundation

/// The numbers of a public key, by its type and curve. What they can verify follows from that alone, whatever a token
/// says.
enum KeyMaterial: Sendable {
    case rsa(_RSA.Signing.PublicKey)
    case p256(P256.Signing.PublicKey)
    case p384(P384.Signing.PublicKey)
    case p521(P521.Signing.PublicKey)
    case ed25519(Curve25519.Signing.PublicKey)

    /// Of a JWK (RFC 7518 §6, RFC 8037 §2). Nil for another type or curve, and for an RSA key below 2048 bits (§3.3).
    init?(_ jwk: [String: JSONValue]) {
        guard let type = Self.text("kty", jwk) else { return nil }
        switch (type, Self.text("crv", jwk)) {
        case ("RSA", _):
            guard let n = Self.bytes("n", jwk), let e = Self.bytes("e", jwk),
                let key = try? _RSA.Signing.PublicKey(n: n, e: e), key.keySizeInBits >= 2048
            else { return nil }
            self = .rsa(key)
        case ("EC", "P-256"):
            guard let point = Self.point(jwk, 32), let key = try? P256.Signing.PublicKey(x963Representation: point)
            else { return nil }
            self = .p256(key)
        case ("EC", "P-384"):
            guard let point = Self.point(jwk, 48), let key = try? P384.Signing.PublicKey(x963Representation: point)
            else { return nil }
            self = .p384(key)
        case ("EC", "P-521"):
            guard let point = Self.point(jwk, 66), let key = try? P521.Signing.PublicKey(x963Representation: point)
            else { return nil }
            self = .p521(key)
        case ("OKP", "Ed25519"):
            guard let x = Self.bytes("x", jwk), let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x)
            else { return nil }
            self = .ed25519(key)
        default: return nil
        }
    }

    /// What a key of this type can verify.
    var algorithms: Set<VerificationAlgorithm> {
        switch self {
        case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
        case .p256: [.es256]
        case .p384: [.es384]
        case .p521: [.es512]
        case .ed25519: [.edDSA]
        }
    }

    /// - Parameter algorithm: one of `algorithms`.
    func isSignature(_ signature: Data, of input: Data, _ algorithm: VerificationAlgorithm) -> Bool {
        switch self {
        case .rsa(let key): Self.isSignature(signature, of: input, algorithm, by: key)
        case .p256(let key):
            (try? P256.Signing.ECDSASignature(rawRepresentation: signature)).map {
                key.isValidSignature($0, for: input)
            } ?? false
        case .p384(let key):
            (try? P384.Signing.ECDSASignature(rawRepresentation: signature)).map {
                key.isValidSignature($0, for: input)
            } ?? false
        case .p521(let key):
            (try? P521.Signing.ECDSASignature(rawRepresentation: signature)).map {
                key.isValidSignature($0, for: input)
            } ?? false
        case .ed25519(let key): key.isValidSignature(signature, for: input)
        }
    }

    private static func isSignature(
        _ bytes: Data, of input: Data, _ algorithm: VerificationAlgorithm, by key: _RSA.Signing.PublicKey
    ) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: bytes)
        return switch algorithm {
        case .rs256: key.isValidSignature(signature, for: SHA256.hash(data: input), padding: .insecurePKCS1v1_5)
        case .rs384: key.isValidSignature(signature, for: SHA384.hash(data: input), padding: .insecurePKCS1v1_5)
        case .rs512: key.isValidSignature(signature, for: SHA512.hash(data: input), padding: .insecurePKCS1v1_5)
        case .ps256: key.isValidSignature(signature, for: SHA256.hash(data: input), padding: .PSS)
        case .ps384: key.isValidSignature(signature, for: SHA384.hash(data: input), padding: .PSS)
        case .ps512: key.isValidSignature(signature, for: SHA512.hash(data: input), padding: .PSS)
        case .es256, .es384, .es512, .edDSA: false
        }
    }

    /// Uncompressed, each coordinate as long as the field (RFC 7518 §6.2.1.2).
    private static func point(_ jwk: [String: JSONValue], _ size: Int) -> Data? {
        guard let x = bytes("x", jwk), let y = bytes("y", jwk), x.count == size, y.count == size else { return nil }
        return [0x04] + x + y
    }

    private static func text(_ name: String, _ jwk: [String: JSONValue]) -> String? {
        if case .string(let text)? = jwk[name] { text } else { nil }
    }

    private static func bytes(_ name: String, _ jwk: [String: JSONValue]) -> Data? {
        text(name, jwk).flatMap { Data(base64URL: $0) }
    }
}
