package import ConnectorSDK
import Crypto
package import Foundation
package import Model

/// Fills in what a connector only names: secrets and values derived from them (DESIGN.md §2). One resolver serves one
/// request, so that all its times are equal.
package struct ValueResolver: Sendable {
    private let secrets: [String: Secret]
    private let now: Timestamp
    private let random: @Sendable (Int) -> Data

    /// - Parameters:
    ///   - secrets: By the names that `Value.Part.secret` uses; `code_verifier` also serves `.proofKeyChallenge`.
    ///   - now: The time the request is made; assertions and `.now` carry it.
    ///   - random: That many random bytes; nil is the system's source.
    package init(secrets: [String: Secret], now: Timestamp, random: (@Sendable (Int) -> Data)? = nil) {
        self.secrets = secrets
        self.now = now
        self.random = random ?? { randomBytes($0) }
    }

    /// The text of a value. It may hold a secret, so it is one.
    /// - Throws: `SecretsError` with `.missingSecret` naming the secret, `.unusableSigningKey`, `.unusableAssertion`.
    package func resolve(_ value: Value) throws -> Secret { Secret(try joined(value.parts)) }

    private func joined(_ parts: [Value.Part]) throws -> String { try parts.map(text).joined() }

    private func text(_ part: Value.Part) throws -> String {
        switch part {
        case .text(let text): text
        case .secret(let name): try secret(name).reveal()
        case .assertion(let assertion): try signed(assertion)
        case .hmac(let key, let parts, let encoding): try code(of: joined(parts), key: key, encoding)
        case .sha256(let parts, let encoding): Self.encode(SHA256.hash(data: Data(try joined(parts).utf8)), encoding)
        case .random: random(32).base64URL
        case .now(let format): Self.write(now, format)
        case .proofKeyChallenge: ProofKey.challenge(for: try secret("code_verifier"))
        }
    }

    private func secret(_ name: String) throws -> Secret {
        if let secret = secrets[name] { return secret }
        throw SecretsError(.missingSecret, "The request needs the secret `\(name)`, which has no value.")
    }

    private func signed(_ assertion: Assertion) throws -> String {
        let key = try SigningKey(secret(assertion.key), named: assertion.key)
        return try AssertionWriter(
            assertion, key: key, now: now, id: random(16).base64URL, text: { try joined($0.parts) }
        ).write()
    }

    private func code(of text: String, key: String, _ encoding: Value.DigestEncoding) throws -> String {
        let key = SymmetricKey(data: Data(try secret(key).reveal().utf8))
        return Self.encode(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key), encoding)
    }

    private static func encode(_ digest: some Sequence<UInt8>, _ encoding: Value.DigestEncoding) -> String {
        switch encoding {
        case .hex: digest.map { hexadecimal($0) }.joined()
        case .base64: Data(digest).base64EncodedString()
        }
    }

    private static func write(_ time: Timestamp, _ format: Value.TimeFormat) -> String {
        switch format {
        case .epochSeconds: String(time.milliseconds / 1000)
        case .epochMilliseconds: String(time.milliseconds)
        case .iso8601: Date(timeIntervalSince1970: Double(time.milliseconds / 1000)).formatted(.iso8601)
        }
    }
}
