import Crypto
import Foundation

/// Whom an export is sealed for: an X25519 public key as people pass it on, with four bytes of its hash against slips.
package struct ExportRecipient: Sendable, Hashable, CustomStringConvertible {
    let bytes: Data

    private static let prefix = "tmx1_"

    init(_ key: Curve25519.KeyAgreement.PublicKey) { bytes = key.rawRepresentation }

    /// Nil for what is no public key of this program, mistyped ones included.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64URL: String(text.dropFirst(Self.prefix.count))),
            data.count == 36
        else { return nil }
        bytes = Data(data.prefix(32))
        guard description == text, (try? key) != nil else { return nil }
    }

    /// `tmx1_` and base64url.
    package var description: String {
        Self.prefix + (bytes + Data(SHA256.hash(data: Data(Self.prefix.utf8) + bytes)).prefix(4)).base64URL
    }

    var key: Curve25519.KeyAgreement.PublicKey {
        get throws { try Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes) }
    }
}

/// The receiving side's private key: 32 random bytes in a file that only its owner may read, as a master key is.
package struct ImportKey: Sendable {
    let key: Curve25519.KeyAgreement.PrivateKey

    /// The key in a file.
    /// - Throws: `SecretsError.Code.keyFile` with the remedy.
    package init(reading path: String) throws { try self.init(KeyFile(path: path).read()) }

    /// A new key in a file that is not there yet.
    package init(making path: String) throws { try self.init(KeyFile(path: path).make()) }

    private init(_ bytes: SymmetricKey) throws {
        key = try bytes.withUnsafeBytes { try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: $0) }
    }

    /// What exports are sealed to so that this key opens them; no secret.
    package var recipient: ExportRecipient { ExportRecipient(key.publicKey) }
}
