import Crypto
import Foundation

/// Proof Key for Code Exchange, method S256 (RFC 7636).
enum ProofKey {
    /// `BASE64URL(SHA256(ASCII(verifier)))` (RFC 7636 §4.2).
    static func challenge(of verifier: String) -> String {
        Data(SHA256.hash(data: Data(verifier.utf8))).base64URL
    }

    /// Whether it has the length and the characters of RFC 7636 §4.1.
    static func isVerifier(_ text: String) -> Bool {
        (43...128).contains(text.utf8.count) && isUnreserved(text)
    }

    /// Whether it can be a S256 challenge: 32 bytes in base64url.
    static func isChallenge(_ text: String) -> Bool { text.utf8.count == 43 && isUnreserved(text) }

    private static func isUnreserved(_ text: String) -> Bool { FormText.encode(text) == text }
}
