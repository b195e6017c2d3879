import ConnectorSDK
import Crypto
package import Foundation
package import Model

/// What stands readable before the chunks of an export: nothing secret, all of it authenticated by every chunk.
package struct ExportHeader: Sendable, Hashable {
    /// `InstallationSecret.storeID` of where it comes from.
    package let store: String
    package let madeAt: Timestamp
    /// Whose key opens it.
    package let recipient: ExportRecipient
    /// The sender's half of the key agreement (RFC 9180 §4.1).
    let encapsulated: Data

    /// The first bytes of every export.
    package static let magic = Data("token-manager export 1\n".utf8)
    private static let longest = 4096

    /// As it stands in the file: the magic, its length in four bytes, one JSON object.
    var bytes: Data {
        let fields: [String: JSONValue] = [
            "encapsulated": .string(encapsulated.base64EncodedString()), "made_at": .number("\(madeAt.milliseconds)"),
            "recipient": .string(recipient.description), "store": .string(store),
        ]
        let text = Data(JSONWriter.text(.object(fields)).utf8)
        return Self.magic + BigEndian.bytes(text.count) + text
    }

    /// What every chunk authenticates beside its bytes.
    func place(_ index: Int, isLast: Bool) -> Data {
        let digest = SHA256.hash(data: bytes).map { hexadecimal($0) }.joined()
        return LengthPrefixed("export chunk", [digest, "\(index)", isLast ? "last" : "more"]).bytes
    }

    static func read(_ file: BackupFile) throws -> ExportHeader {
        let refused = SecretsError(
            .refused, "\(file.path) is no export of this program, or its beginning was changed.")
        guard try file.read(magic.count) == magic, let length = BigEndian.number(try file.read(4)), length <= longest
        else { throw refused }
        let text = try file.read(length)
        guard case .object(let fields)? = try? JSONReader.read(text),
            case .string(let store)? = fields["store"], case .number(let time)? = fields["made_at"],
            let milliseconds = Int64(time), case .string(let name)? = fields["recipient"],
            let recipient = ExportRecipient(name), case .string(let half)? = fields["encapsulated"],
            let encapsulated = Data(base64Encoded: half)
        else { throw refused }
        let header = ExportHeader(
            store: store, madeAt: Timestamp(milliseconds: milliseconds), recipient: recipient,
            encapsulated: encapsulated)
        // One header has one form: base64 and JSON would read others for the same.
        guard header.bytes == magic + BigEndian.bytes(length) + text else { throw refused }
        return header
    }
}

/// How exports are sealed (RFC 9180): X25519, HKDF-SHA-256, ChaCha20-Poly1305, base mode. The suite counts nonces under a
/// key that is good for one export only.
enum ExportSuite {
    static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly
    static let info = LengthPrefixed("token-manager export", ["1"]).bytes
    /// Bytes of a chunk's lines: it is sealed once they reach the first, and a line is no longer than the second.
    static let chunk = 64 << 10
    static let longestLine = 1 << 20
    static let overhead = 16
}
