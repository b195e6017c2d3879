package import Crypto
package import Foundation
import Synchronization

/// The default key provider, `file:PATH`: 32 random bytes in a file that only its owner may read. Keys of before and to
/// come lie beside it, each in a file that bears its id (`KeyFolder`); they unwrap, and do not wrap.
package final class FileKeyProvider: RotatingKeyProvider {
    private let folder: KeyFolder
    private let held: Mutex<HeldKeys>

    private static let format: UInt8 = 1

    /// Reads the keys, and makes the first one when the file is missing and may be made.
    /// - Parameter createIfMissing: Say false where something sealed exists already: a new key could not open it.
    /// - Throws: `SecretsError` with `.keyFile` and the remedy.
    package init(path: String, createIfMissing: Bool) throws {
        folder = KeyFolder(path: path)
        held = Mutex(try folder.read(createIfMissing: createIfMissing))
    }

    package var id: String { held.withLock { $0.current.id } }

    package var keys: [KeptKey] {
        held.withLock { held in held.all.map { KeptKey(id: $0.id, places: $0.places) } }
    }

    package func wrap(_ key: SymmetricKey, context: Data) throws -> Data {
        let current = held.withLock { $0.current }
        var plain = key.withUnsafeBytes { Data($0) }
        defer { plain.wipe() }
        let box = try AES.GCM.seal(plain, using: current.key, authenticating: context)
        guard let combined = box.combined else { throw SecretsError(.refused, "A nonce of 96 bits is required.") }
        return Data([Self.format]) + current.number + combined
    }

    package func unwrap(_ wrapped: Data, context: Data) throws -> SymmetricKey {
        guard let (number, sealed) = Self.parse(wrapped) else {
            throw SecretsError(.refused, "A wrapped key has an unknown format.")
        }
        let key = try key(number)
        do {
            let box = try AES.GCM.SealedBox(combined: sealed)
            var plain = try AES.GCM.open(box, using: key, authenticating: context)
            defer { plain.wipe() }
            return SymmetricKey(data: plain)
        } catch {
            throw SecretsError(.refused, "A wrapped key was changed, or belongs to another place.")
        }
    }

    package func keyID(of wrapped: Data) -> String? { Self.parse(wrapped).map { KeyInFile.id($0.number) } }

    package func reload() throws {
        let found = try folder.read(createIfMissing: false)
        held.withLock { $0 = found }
    }

    package func makeKey() throws -> String {
        let key = try folder.make()
        try reload()
        return key.id
    }

    package func use(_ id: String) throws {
        try reload()
        guard let key = held.withLock({ $0.all.first { $0.id == id } }) else {
            throw SecretsError(.keyFile, "There is no key \(id) beside \(folder.path).")
        }
        try folder.use(key)
        try reload()
    }

    /// The key of that number. Another process may have made it since the keys were read.
    private func key(_ number: Data) throws -> SymmetricKey {
        if let key = held.withLock({ $0.key(number) }) { return key }
        try? reload()
        if let key = held.withLock({ $0.key(number) }) { return key }
        throw SecretsError(
            .wrongKey,
            "The key in use is \(id), but \(KeyInFile.id(number)) sealed this. Put that one's file back as "
                + "\(folder.place(of: number)), or set KEY_PROVIDER to it.")
    }

    private static func parse(_ wrapped: Data) -> (number: Data, sealed: Data)? {
        let bytes = Data(wrapped)
        guard bytes.first == format, bytes.count > 1 + KeyInFile.numberLength else { return nil }
        return (bytes[1...KeyInFile.numberLength], bytes.dropFirst(1 + KeyInFile.numberLength))
    }
}

/// Two hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
}
