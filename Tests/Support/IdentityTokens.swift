import Crypto
import Foundation

/// A provider that signs ID tokens (ES256), made here and not by the product.
package struct IdentityTokens: Sendable {
    private let key = P256.Signing.PrivateKey()
    private let id: String

    /// - Parameter id: the key's `kid`.
    package init(_ id: String = "k1") { self.id = id }

    /// The JWK set.
    package var keySet: String {
        let point = key.publicKey.x963Representation.dropFirst()
        let (x, y) = (Self.text(Data(point.prefix(32))), Self.text(Data(point.suffix(32))))
        return #"{"keys":[{"kty":"EC","crv":"P-256","kid":"\#(id)","use":"sig","x":"\#(x)","y":"\#(y)"}]}"#
    }

    /// A token that is good for ten minutes, changed by a test.
    package func token(
        issuer: String, audience: String, nonce: String?, header: [String: String] = [:],
        claims: [String: any Sendable] = [:]
    ) throws -> String {
        let now = Int(Date().timeIntervalSince1970)
        var all: [String: any Sendable] = [
            "iss": issuer, "aud": audience, "sub": "somebody", "iat": now, "exp": now + 600,
        ]
        all["nonce"] = nonce
        all.merge(claims) { $1 }
        let head = ["alg": "ES256", "kid": id].merging(header) { $1 }
        let parts = [
            Self.text(try JSONSerialization.data(withJSONObject: head)),
            Self.text(try JSONSerialization.data(withJSONObject: all)),
        ]
        let signed = parts.joined(separator: ".")
        return signed + "." + Self.text(try key.signature(for: Data(signed.utf8)).rawRepresentation)
    }

    private static func text(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
