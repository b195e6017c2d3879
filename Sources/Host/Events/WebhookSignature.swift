package import ConnectorSDK
import Crypto
package import Foundation

/// The symmetric signature of Standard Webhooks 1.0 (https://www.standardwebhooks.com): HMAC-SHA256 over the message's id,
/// its time and its body.
package struct WebhookSignature: Sendable {
    private let key: SymmetricKey

    /// How a secret of Standard Webhooks begins; base64 follows.
    package static let prefix = "whsec_"

    /// Nil unless it is `whsec_` and the base64 of a key.
    package init?(secret: Secret) {
        let text = secret.reveal()
        guard text.hasPrefix(Self.prefix), let bytes = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            !bytes.isEmpty
        else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// The value of `webhook-signature`.
    /// - Parameter timestamp: in seconds since 1970.
    package func header(id: String, timestamp: Int64, body: Data) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data("\(id).\(timestamp).".utf8) + body, using: key)
        return "v1," + Data(code).base64EncodedString()
    }
}
