import ConnectorSDK
import Crypto
import Foundation
package import Model

/// What stands readable before the chunks of a backup: nothing secret, all of it authenticated by every chunk.
package struct BackupHeader: Sendable, Hashable {
    /// `InstallationSecret.storeID`: a backup goes back to where it came from.
    package let store: String
    /// `KeyProvider.id` of the key that wraps the backup's own.
    package let key: String
    package let madeAt: Timestamp
    /// The backup's own key.
    let wrapped: Data

    static let magic = Data("token-manager backup 1\n".utf8)
    private static let longest = 4096

    /// As it stands in the file: the magic, its length in four bytes, one JSON object.
    var bytes: Data {
        let fields: [String: JSONValue] = [
            "key": .string(key), "made_at": .number("\(madeAt.milliseconds)"), "store": .string(store),
            "wrapped": .string(wrapped.base64EncodedString()),
        ]
        let text = Data(JSONWriter.text(.object(fields)).utf8)
        return Self.magic + BigEndian.bytes(text.count) + text
    }

    /// What every chunk authenticates.
    var digest: String { SHA256.hash(data: bytes).map { hexadecimal($0) }.joined() }

    /// Reads the header of a backup.
    /// - Throws: `SecretsError`: `.backupName` when there is none, `.backupFile` when it cannot be read, `.refused` when it is no backup.
    package static func read(_ path: String) throws -> BackupHeader { try read(BackupFile(reading: path)) }

    static func read(_ file: BackupFile) throws -> BackupHeader {
        let refused = SecretsError(
            .refused, "\(file.path) is no backup of this program, or its beginning was changed.")
        guard try file.read(magic.count) == magic, let length = BigEndian.number(try file.read(4)), length <= longest
        else { throw refused }
        let text = try file.read(length)
        guard case .object(let fields)? = try? JSONReader.read(text),
            case .string(let key)? = fields["key"], case .string(let store)? = fields["store"],
            case .number(let time)? = fields["made_at"], let milliseconds = Int64(time),
            case .string(let wrapped)? = fields["wrapped"], let data = Data(base64Encoded: wrapped)
        else { throw refused }
        let header = BackupHeader(
            store: store, key: key, madeAt: Timestamp(milliseconds: milliseconds), wrapped: data)
        // One header has one form: base64 and JSON would read others for the same.
        guard header.bytes == magic + BigEndian.bytes(length) + text else { throw refused }
        return header
    }
}

/// Lengths in four bytes, the highest first.
enum BigEndian {
    static func bytes(_ number: Int) -> Data { withUnsafeBytes(of: UInt32(clamping: number).bigEndian) { Data($0) } }

    /// Nil unless there are four bytes.
    static func number(_ bytes: Data) -> Int? {
        guard bytes.count == 4 else { return nil }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}
