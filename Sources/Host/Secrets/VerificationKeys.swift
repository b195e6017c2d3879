import ConnectorSDK
import Crypto
import CryptoExtras
package import Foundation

/// The signature algorithms of tokens that others make (RFC 7518 §3.1, RFC 8037 §3.1). No symmetric one is among them: a
/// public key can then never pass for a shared secret.
package enum VerificationAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"
}

/// The public keys of a JWK set (RFC 7517 §5), those that can verify a signature. Symmetric ones are none.
package struct VerificationKeys: Sendable {
    private let keys: [VerificationKey]

    /// More keys than anybody has.
    private static let most = 100

    /// Nil when this is no JWK set. A key that cannot be used is left out, as §5 wants it.
    package init?(_ document: Data) {
        guard case .object(let members)? = try? JSONReader.read(document), case .array(let all)? = members["keys"]
        else {
            return nil
        }
        keys = all.prefix(Self.most).compactMap(VerificationKey.init)
    }

    /// How many can be used.
    package var count: Int { keys.count }

    /// The key of that id; without an id the only one that fits, since guessing is not verifying.
    func key(_ id: String?, for algorithm: VerificationAlgorithm) -> VerificationKey? {
        let fitting = keys.filter { $0.serves(algorithm) && (id == nil || $0.id == id) }
        return fitting.count == 1 ? fitting[0] : nil
    }
}

/// One public key.
struct VerificationKey: Sendable {
    let id: String?
    private let algorithm: VerificationAlgorithm?
    private let material: KeyMaterial

    /// Nil for a key of another type or use, or one that is too weak.
    init?(_ jwk: JSONValue) {
        guard case .object(let members) = jwk, Self.verifies(members) else { return nil }
        if let named = members["alg"] {
            guard case .string(let name) = named, let known = VerificationAlgorithm(rawValue: name) else { return nil }
            algorithm = known
        } else {
            algorithm = nil
        }
        guard let material = KeyMaterial(members) else { return nil }
        self.material = material
        id = if case .string(let text)? = members["kid"] { text } else { nil }
    }

    /// Whether it can verify that algorithm: by its type, and by its own word where it says one.
    func serves(_ asked: VerificationAlgorithm) -> Bool {
        material.algorithms.contains(asked) && (algorithm ?? asked) == asked
    }

    /// RFC 7518 §3.3–3.5, RFC 8037 §3.1.
    func isSignature(_ signature: Data, of input: Data, _ algorithm: VerificationAlgorithm) -> Bool {
        serves(algorithm) && material.isSignature(signature, of: input, algorithm)
    }

    /// `use` and `key_ops` (RFC 7517 §4.2, §4.3): a key for encryption verifies nothing.
    private static func verifies(_ members: [String: JSONValue]) -> Bool {
        if let use = members["use"], use != .string("sig") { return false }
        guard let operations = members["key_ops"] else { return true }
        guard case .array(let named) = operations else { return false }
        return named.contains(.string("verify"))
    }
}
