package import ConnectorSDK
import Crypto
import Foundation

/// The key of HS256 tokens (RFC 7518 §3.2): whoever can verify one can also make one.
package struct SharedKey: Sendable {
    private let key: SymmetricKey

    package init(_ secret: Secret) { key = SymmetricKey(data: Data(secret.reveal().utf8)) }

    /// Whether this key has made that signature; takes the same time for a wrong one.
    package func hasSigned(_ token: SignedToken) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(token.signature, authenticating: token.signed, using: key)
    }

    /// A token in its compact form (RFC 7515 §7.1).
    package func token(claims: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let header = try encoder.encode(["alg": "HS256", "typ": "JWT"])
        let signed = try header.base64URL + "." + encoder.encode(claims).base64URL
        return signed + "." + Data(HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: key)).base64URL
    }
}
