package import Crypto
package import Foundation
import Locks

/// The default key provider, `file:PATH`: 32 random bytes in a file that only its owner may read. Keys of before and to
/// come lie beside it, each in a file that bears its id (`KeyFolder`); they unwrap, and do not wrap.
package final class FileKeyProvider: RotatingKeyProvider {
    private let folder: KeyFolder
    private let held: Locked<HeldKeys>

    private static let format: UInt8 = 1

    /// Reads the keys, and makes the first one when the file is missing and may be made.
    /// - Parameter createIfMissing: Say false where something sealed exists already: a new key could not open it.
    /// - Throws: `SecretsError` with `.keyFile` and the remedy.
    package init(path: String, createIfMissing: Bool) throws {
        folder = KeyFolder(path: path)
        held = Locked(try folder.read(createIfMissing: createIfMissing))
    }

    package var id: String { held.withLock { $0.current.id } }

    package var keys: [KeptKey] {
        held.withLock { held in held.all.map { KeptKey(id: $0.id, places: $0.places) } }
    }

    package func wrap(_ key: SymmetricKey, context: Data) throws -> Data {
        let current = try current()
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
        try held.withLock { held in
            // A rotation keeps the key before. A strange file in its place must seal nothing: it may be gone tomorrow.
            guard found.key(held.current.number) != nil else {
                throw SecretsError(
                    .wrongKey,
                    "\(folder.path) holds the key \(found.current.id), but the one in use is \(held.current.id), and no "
                        + "file holds that any more. Put it back as \(folder.place(of: held.current.number)).")
            }
            held = found
        }
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

    /// Removes what a process that was killed while it wrote a key has left.
    /// - Parameter age: What is younger stays. Zero only for who holds the store's lock: another process could be writing one.
    package func removeDrafts(olderThan age: Duration) { folder.removeDrafts(olderThan: age) }

    /// The key that wraps, as the folder has it now.
    private func current() throws -> KeyInFile {
        if let key = held.withLock({ $0.current.isUntouched ? $0.current : nil }) { return key }
        do { try reload() } catch {
            let key = held.withLock { $0.current }
            guard key.isThere else { throw error }
            return key
        }
        return held.withLock { $0.current }
    }

    /// The key of that number, if it is there still (SECURITY 24). Another process may have made it since the keys were
    /// read.
    private func key(_ number: Data) throws -> SymmetricKey {
        let known = held.withLock { $0.key(number) }
        if let known, known.isUntouched { return known.key }
        let looking = Result { try reload() }
        if let key = held.withLock({ $0.key(number) }), key.isThere { return key.key }
        // It says which file is wrong, and that is more to the point.
        if known != nil { try looking.get() }
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
