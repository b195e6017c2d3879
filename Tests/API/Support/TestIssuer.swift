import Crypto
import CryptoExtras
import Foundation
import Logging
import Model
import Synchronization

@testable import API

/// Signs callers' tokens with keys of every kind, and publishes them.
final class TestIssuer: Sendable {
    static let shared = Result { try TestIssuer() }

    let rsa: _RSA.Signing.PrivateKey
    /// Of another issuer; never published.
    let stranger: _RSA.Signing.PrivateKey
    /// 1024 bits.
    let weak: _RSA.Signing.PrivateKey
    let p256 = P256.Signing.PrivateKey()
    let p384 = P384.Signing.PrivateKey()
    let p521 = P521.Signing.PrivateKey()
    let ed25519 = Curve25519.Signing.PrivateKey()

    init() throws {
        rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        stranger = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        weak = try _RSA.Signing.PrivateKey(unsafeKeySize: _RSA.Signing.KeySize(bitCount: 1024))
    }

    /// The JWKs by their `kid`.
    func keys() throws -> [String: [String: String]] {
        let ec = [
            ("p256", "P-256", p256.publicKey.x963Representation), ("p384", "P-384", p384.publicKey.x963Representation),
            ("p521", "P-521", p521.publicKey.x963Representation),
        ]
        var keys = Dictionary(uniqueKeysWithValues: ec.map { ($0.0, Self.ec($0.0, curve: $0.1, $0.2)) })
        keys["ed25519"] = [
            "kty": "OKP", "crv": "Ed25519", "kid": "ed25519",
            "x": Tokens.base64URL(ed25519.publicKey.rawRepresentation),
        ]
        keys["rsa"] = try Self.rsa("rsa", rsa)
        keys["encryption"] = try Self.rsa("encryption", rsa).merging(["use": "enc"]) { $1 }
        keys["only-rs256"] = try Self.rsa("only-rs256", rsa).merging(["alg": "RS256"]) { $1 }
        keys["weak"] = try Self.rsa("weak", weak)
        keys["shared"] = ["kty": "oct", "kid": "shared", "k": Tokens.base64URL(Data(Tokens.userSecret.utf8))]
        return keys
    }

    /// The same bytes for the same keys.
    func keySet(_ ids: [String]? = nil) throws -> Data {
        let keys = try self.keys().filter { ids?.contains($0.key) ?? true }.sorted { $0.key < $1.key }
        return try JSONSerialization.data(withJSONObject: ["keys": keys.map(\.value)], options: .sortedKeys)
    }

    /// A token signed as its header says, with the key of that id.
    func token(
        _ claims: [String: Any] = Tokens.user, _ algorithm: String = "RS256", _ id: String? = "rsa",
        header: [String: Any] = [:], by key: _RSA.Signing.PrivateKey? = nil
    ) throws -> String {
        var full: [String: Any] = ["alg": algorithm, "typ": "JWT"]
        full["kid"] = id
        full.merge(header) { $1 }
        let parts = try [full, claims].map { Tokens.base64URL(try JSONSerialization.data(withJSONObject: $0)) }
        let signed = parts.joined(separator: ".")
        return signed + "." + Tokens.base64URL(try sign(Data(signed.utf8), algorithm, by: key ?? rsa))
    }

    private func sign(_ input: Data, _ algorithm: String, by key: _RSA.Signing.PrivateKey) throws -> Data {
        switch algorithm {
        case "RS384": try key.signature(for: SHA384.hash(data: input), padding: .insecurePKCS1v1_5).rawRepresentation
        case "RS512": try key.signature(for: SHA512.hash(data: input), padding: .insecurePKCS1v1_5).rawRepresentation
        case "PS256": try key.signature(for: SHA256.hash(data: input), padding: .PSS).rawRepresentation
        case "PS384": try key.signature(for: SHA384.hash(data: input), padding: .PSS).rawRepresentation
        case "PS512": try key.signature(for: SHA512.hash(data: input), padding: .PSS).rawRepresentation
        case "ES256": try p256.signature(for: input).rawRepresentation
        case "ES384": try p384.signature(for: input).rawRepresentation
        case "ES512": try p521.signature(for: input).rawRepresentation
        case "EdDSA": try ed25519.signature(for: input)
        default: try key.signature(for: SHA256.hash(data: input), padding: .insecurePKCS1v1_5).rawRepresentation
        }
    }

    private static func rsa(_ id: String, _ key: _RSA.Signing.PrivateKey) throws -> [String: String] {
        let numbers = try key.publicKey.getKeyPrimitives()
        return [
            "kty": "RSA", "kid": id, "n": Tokens.base64URL(numbers.modulus),
            "e": Tokens.base64URL(numbers.publicExponent),
        ]
    }

    private static func ec(_ id: String, curve: String, _ point: Data) -> [String: String] {
        let half = (point.count - 1) / 2
        return [
            "kty": "EC", "crv": curve, "kid": id, "use": "sig",
            "x": Tokens.base64URL(Data(point.dropFirst().prefix(half))),
            "y": Tokens.base64URL(Data(point.suffix(half))),
        ]
    }
}

/// Where a key set is published: what is answered, how often somebody asked, and the clock of who asks.
final class TestKeySet: Sendable {
    struct Away: Error {}

    private let state: Mutex<(document: Data?, fetches: Int, time: ContinuousClock.Instant)>

    /// - Parameter document: nil: the address is away.
    init(_ document: Data?) { state = Mutex((document, 0, .now)) }

    var fetches: Int { state.withLock { $0.fetches } }
    var document: Data? {
        get { state.withLock { $0.document } }
        set { state.withLock { $0.document = newValue } }
    }

    func pass(_ time: Duration) { state.withLock { $0.time += time } }

    func callerKeySet(_ logger: Logger = Logger(label: "keys") { _ in SwiftLogNoOpLogHandler() }) -> CallerKeySet {
        CallerKeySet(logger: logger, now: { self.state.withLock { $0.time } }) {
            try self.state.withLock { state in
                state.fetches += 1
                guard let document = state.document else { throw Away() }
                return document
            }
        }
    }

    /// An authenticator that has fetched the set once.
    func authenticator(_ configuration: APIConfiguration = Tokens.configuration) async throws -> CallerAuthenticator {
        let set = callerKeySet()
        _ = await set.refresh()
        let keys = try CallerKeys(
            user: configuration.userSecret, service: configuration.serviceSecret, set: set)
        return CallerAuthenticator(keys: keys, configuration: configuration) {
            Timestamp(milliseconds: Tokens.now * 1000)
        }
    }
}
