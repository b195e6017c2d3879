package import ConnectorSDK
import Crypto
package import Foundation

/// A token of our own making: state, ticket, cookie (SECURITY 2).
package enum RandomToken {
    /// 256 bits of the system's random source as 43 characters of base64url.
    package static func make() -> Secret { Secret(randomBytes(32).base64URL) }

    /// SHA-256, the form in which such a token is stored and looked up. Enough for 256 random bits; for anything that
    /// can be guessed take a keyed hash.
    package static func hash(_ token: Secret) -> Data { Data(SHA256.hash(data: Data(token.reveal().utf8))) }
}

/// Proof Key for Code Exchange, method S256 (RFC 7636 §4); `plain` does not exist here (SECURITY 4).
package enum ProofKey {
    /// A verifier: 43 characters out of 256 random bits.
    package static func makeVerifier() -> Secret { RandomToken.make() }

    /// The challenge that goes into the browser's URL.
    package static func challenge(for verifier: Secret) -> String { RandomToken.hash(verifier).base64URL }
}

/// Comparison whose duration tells nothing about where two values differ, only whether their lengths do.
package func equalInConstantTime(_ left: Data, _ right: Data) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}

/// Bytes of the system's random source (`getrandom`).
func randomBytes(_ count: Int) -> Data {
    var generator = SystemRandomNumberGenerator()
    return Data((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
}
