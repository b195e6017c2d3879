package import Crypto
package import Foundation

/// The default key provider, `file:PATH`: 32 random bytes in a file that only its owner may read.
package struct FileKeyProvider: KeyProvider {
    package let id: String
    private let key: SymmetricKey
    private let keyID: Data

    private static let format: UInt8 = 1
    private static let idLength = 8

    /// Reads the key, and makes it first when the file is missing and may be made.
    /// - Parameter createIfMissing: Say false where something sealed exists already: a new key could not open it.
    /// - Throws: `SecretsError` with `.keyFile` and the remedy.
    package init(path: String, createIfMissing: Bool) throws {
        let file = KeyFile(path: path)
        key = try createIfMissing ? file.readOrCreate() : file.read()
        keyID = key.withUnsafeBytes { key in
            var hash = SHA256()
            hash.update(data: Data("token-manager key id".utf8))
            hash.update(bufferPointer: key)
            return Data(hash.finalize().prefix(Self.idLength))
        }
        id = "file:" + keyID.map { hexadecimal($0) }.joined()
    }

    package func wrap(_ key: SymmetricKey, context: Data) throws -> Data {
        var plain = key.withUnsafeBytes { Data($0) }
        defer { plain.wipe() }
        let box = try AES.GCM.seal(plain, using: self.key, authenticating: context)
        guard let combined = box.combined else { throw SecretsError(.refused, "A nonce of 96 bits is required.") }
        return Data([Self.format]) + keyID + combined
    }

    package func unwrap(_ wrapped: Data, context: Data) throws -> SymmetricKey {
        let bytes = Data(wrapped)
        guard bytes.first == Self.format, bytes.count > 1 + Self.idLength else {
            throw SecretsError(.refused, "A wrapped key has an unknown format.")
        }
        guard bytes[1...Self.idLength] == keyID else {
            let other = bytes[1...Self.idLength].map { hexadecimal($0) }.joined()
            throw SecretsError(
                .wrongKey, "The key in use is \(id), but file:\(other) sealed this. Set KEY_PROVIDER to it.")
        }
        do {
            let box = try AES.GCM.SealedBox(combined: bytes.dropFirst(1 + Self.idLength))
            var plain = try AES.GCM.open(box, using: key, authenticating: context)
            defer { plain.wipe() }
            return SymmetricKey(data: plain)
        } catch {
            throw SecretsError(.refused, "A wrapped key was changed, or belongs to another place.")
        }
    }
}

/// Two hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
}
