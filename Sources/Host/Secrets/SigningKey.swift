import ConnectorSDK
import Crypto
import CryptoExtras
import Foundation

/// The signature algorithms of assertions (RFC 7518 §3.1).
enum SigningAlgorithm: String {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case es256 = "ES256"
}

/// A private key for assertions, read from PEM (PKCS#8, PKCS#1, SEC 1) or a JWK (RFC 7517).
struct SigningKey {
    private enum Material {
        case rsa(_RSA.Signing.PrivateKey)
        case p256(P256.Signing.PrivateKey)
    }

    private let name: String
    private let material: Material
    private let ownAlgorithm: String?
    /// The JWK's `kid`.
    let id: String?

    /// - Throws: `SecretsError` with `.unusableSigningKey` that names the secret and what is wrong.
    init(_ secret: Secret, named name: String) throws {
        self.name = name
        let text = secret.reveal().trimmingCharacters(in: .whitespacesAndNewlines)
        if text.hasPrefix("{") {
            let jwk = try JSONWebKey(text, named: name)
            material = try jwk.members["kty"] == "EC" ? .p256(jwk.p256()) : .rsa(jwk.rsa())
            id = jwk.members["kid"]
            ownAlgorithm = jwk.members["alg"]
        } else {
            material = try Self.read(pem: text, named: name)
            id = nil
            ownAlgorithm = nil
        }
    }

    /// The algorithm to use: the one asked for, else the JWK's own, else what the key's type suggests.
    func algorithm(asked: String?) throws -> SigningAlgorithm {
        let standard = if case .p256 = material { SigningAlgorithm.es256 } else { SigningAlgorithm.rs256 }
        guard let text = asked ?? ownAlgorithm else { return standard }
        guard let algorithm = SigningAlgorithm(rawValue: text) else {
            throw Self.unusable(name, "is asked for \(text); known are RS256, RS384, RS512, PS256, ES256.")
        }
        guard (algorithm == .es256) == (standard == .es256) else {
            throw Self.unusable(name, "cannot sign \(text): it is of another type.")
        }
        return algorithm
    }

    /// The signature as JWS writes it (RFC 7518 §3.3-3.5).
    func sign(_ input: Data, _ algorithm: SigningAlgorithm) throws -> Data {
        switch material {
        case .p256(let key): try key.signature(for: input).rawRepresentation
        case .rsa(let key):
            switch algorithm {
            case .rs384: try key.signature(for: SHA384.hash(data: input), padding: .insecurePKCS1v1_5).rawRepresentation
            case .rs512: try key.signature(for: SHA512.hash(data: input), padding: .insecurePKCS1v1_5).rawRepresentation
            case .ps256: try key.signature(for: SHA256.hash(data: input), padding: .PSS).rawRepresentation
            default: try key.signature(for: SHA256.hash(data: input), padding: .insecurePKCS1v1_5).rawRepresentation
            }
        }
    }

    private static func read(pem text: String, named name: String) throws -> Material {
        // Keys copied out of a JSON file come with `\n` written out.
        var pem = text.replacing("\\n", with: "\n")
        guard !pem.contains("ENCRYPTED") else { throw unusable(name, "is encrypted; store it without a passphrase.") }
        if let parameters = pem.range(of: "-----END EC PARAMETERS-----") {
            pem = pem[parameters.upperBound...].trimmingCharacters(in: .whitespacesAndNewlines)
        }
        guard pem.contains("PRIVATE KEY-----") else { throw unusable(name, "is neither a PEM private key nor a JWK.") }
        if let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) { return .p256(key) }
        if let key = try? _RSA.Signing.PrivateKey(pemRepresentation: pem) { return .rsa(key) }
        throw unusable(name, "cannot be read: RSA of 2048 bits or more and EC P-256 are known.")
    }

    static func unusable(_ name: String, _ what: String) -> SecretsError {
        SecretsError(.unusableSigningKey, "The signing key `\(name)` \(what)")
    }
}

/// The members of a JWK that are texts (RFC 7518 §6).
struct JSONWebKey {
    let members: [String: String]
    private let name: String

    init(_ text: String, named name: String) throws {
        self.name = name
        guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            throw SigningKey.unusable(name, "begins like a JWK but is not a JSON object.")
        }
        members = object.compactMapValues { $0 as? String }
        guard let type = members["kty"], ["RSA", "EC"].contains(type) else {
            throw SigningKey.unusable(name, "is a JWK whose `kty` is neither RSA nor EC.")
        }
    }

    func p256() throws -> P256.Signing.PrivateKey {
        guard members["crv"] == "P-256" else { throw SigningKey.unusable(name, "is a JWK whose `crv` is not P-256.") }
        guard let key = try? P256.Signing.PrivateKey(rawRepresentation: number("d")) else {
            throw SigningKey.unusable(name, "is a JWK whose `d` is no P-256 key.")
        }
        return key
    }

    func rsa() throws -> _RSA.Signing.PrivateKey {
        let (n, e, d, p, q) = try (number("n"), number("e"), number("d"), number("p"), number("q"))
        guard let key = try? _RSA.Signing.PrivateKey(n: n, e: e, d: d, p: p, q: q), key.keySizeInBits >= 2048 else {
            throw SigningKey.unusable(name, "is a JWK that holds no RSA key of 2048 bits or more.")
        }
        return key
    }

    private func number(_ member: String) throws -> Data {
        if let number = members[member].flatMap({ Data(base64URL: $0) }), !number.isEmpty { return number }
        throw SigningKey.unusable(name, "is a JWK without a usable `\(member)`.")
    }
}
