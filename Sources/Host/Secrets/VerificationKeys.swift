import ConnectorSDK
import Crypto
import CryptoExtras
package import Foundation

/// The public keys of a provider's JWK set (RFC 7517 §5), those that can verify a signature. Symmetric ones are none.
package struct VerificationKeys: Sendable {
    private let keys: [VerificationKey]

    /// More keys than any provider has.
    private static let most = 100

    /// Nil when this is no JWK set. A key that cannot be used is left out, as §5 wants it.
    package init?(_ document: Data) {
        guard case .object(let members)? = try? JSONReader.read(document), case .array(let all)? = members["keys"]
        else {
            return nil
        }
        keys = all.prefix(Self.most).compactMap(VerificationKey.init)
    }

    /// The key of that id; without an id the only one that fits, since guessing is not verifying.
    func key(_ id: String?, for algorithm: SigningAlgorithm) -> VerificationKey? {
        let fitting = keys.filter { $0.serves(algorithm) && (id == nil || $0.id == id) }
        return fitting.count == 1 ? fitting[0] : nil
    }
}

/// One public key.
struct VerificationKey: Sendable {
    private enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
    }

    let id: String?
    private let algorithm: SigningAlgorithm?
    private let material: Material

    /// Nil for a key of another type or use, or one that is too weak.
    init?(_ jwk: JSONValue) {
        guard case .object(let members) = jwk, Self.text("use", members).map({ $0 == "sig" }) ?? true else {
            return nil
        }
        if let named = Self.text("alg", members) {
            guard let known = SigningAlgorithm(rawValue: named) else { return nil }
            algorithm = known
        } else {
            algorithm = nil
        }
        id = Self.text("kid", members)
        switch Self.text("kty", members) {
        case "RSA":
            guard let n = Self.bytes("n", members), let e = Self.bytes("e", members),
                let key = try? _RSA.Signing.PublicKey(n: n, e: e), key.keySizeInBits >= 2048
            else { return nil }
            material = .rsa(key)
        case "EC" where Self.text("crv", members) == "P-256":
            guard let x = Self.bytes("x", members), let y = Self.bytes("y", members),
                let key = try? P256.Signing.PublicKey(x963Representation: [0x04] + x + y)
            else { return nil }
            material = .p256(key)
        default: return nil
        }
    }

    /// Whether it can verify that algorithm: by its type, and by its own word where it says one.
    func serves(_ asked: SigningAlgorithm) -> Bool {
        let isCurve = if case .p256 = material { true } else { false }
        return (asked == .es256) == isCurve && (algorithm ?? asked) == asked
    }

    /// RFC 7518 §3.3–3.5.
    func isSignature(_ signature: Data, of input: Data, _ algorithm: SigningAlgorithm) -> Bool {
        switch material {
        case .p256(let key):
            return (try? P256.Signing.ECDSASignature(rawRepresentation: signature))
                .map { key.isValidSignature($0, for: input) } ?? false
        case .rsa(let key):
            let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
            switch algorithm {
            case .rs256:
                return key.isValidSignature(signature, for: SHA256.hash(data: input), padding: .insecurePKCS1v1_5)
            case .rs384:
                return key.isValidSignature(signature, for: SHA384.hash(data: input), padding: .insecurePKCS1v1_5)
            case .rs512:
                return key.isValidSignature(signature, for: SHA512.hash(data: input), padding: .insecurePKCS1v1_5)
            case .ps256: return key.isValidSignature(signature, for: SHA256.hash(data: input), padding: .PSS)
            case .es256: return false
            }
        }
    }

    private static func text(_ name: String, _ members: [String: JSONValue]) -> String? {
        if case .string(let text)? = members[name] { text } else { nil }
    }

    private static func bytes(_ name: String, _ members: [String: JSONValue]) -> Data? {
        text(name, members).flatMap { Data(base64URL: $0) }
    }
}
