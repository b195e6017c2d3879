import Crypto
import Foundation
import Glibc

/// A key with the files that hold it.
struct KeyInFile: Sendable {
    let key: SymmetricKey
    /// A hash of the key, cut: names it and tells nothing about it.
    let number: Data
    var places: [String]

    static let numberLength = 8

    init(_ key: SymmetricKey, at place: String) {
        self.key = key
        number = key.withUnsafeBytes { key in
            var hash = SHA256()
            hash.update(data: Data("token-manager key id".utf8))
            hash.update(bufferPointer: key)
            return Data(hash.finalize().prefix(Self.numberLength))
        }
        places = [place]
    }

    var id: String { Self.id(number) }

    static func id(_ number: Data) -> String { "file:" + text(number) }

    static func text(_ number: Data) -> String { number.map { hexadecimal($0) }.joined() }
}

/// The keys of a folder at one moment.
struct HeldKeys: Sendable {
    /// Wraps.
    let current: KeyInFile
    /// Unwrap; the current one is the first.
    let all: [KeyInFile]

    func key(_ number: Data) -> SymmetricKey? { all.first { $0.number == number }?.key }
}

/// The files of keys: `PATH` holds the key in use, `PATH.ID` the key of that id, whether it is in use, was or will be. A
/// rotation writes the files of both keys before it changes `PATH`, so that no crash and no copy put back loses one.
struct KeyFolder: Sendable {
    let path: String

    func place(of number: Data) -> String { path + "." + KeyInFile.text(number) }

    func read(createIfMissing: Bool) throws -> HeldKeys {
        let file = KeyFile(path: path)
        var all = [KeyInFile(try createIfMissing ? file.readOrCreate() : file.read(), at: path)]
        for place in places() {
            let found = KeyInFile(try KeyFile(path: place).read(), at: place)
            guard self.place(of: found.number) == place else {
                throw SecretsError(
                    .keyFile,
                    "The key file \(place) holds the key \(found.id). Name it \(self.place(of: found.number)).")
            }
            if found.number == all[0].number { all[0].places.append(place) } else { all.append(found) }
        }
        return HeldKeys(current: all[0], all: all)
    }

    /// Makes a key under its id, and keeps the one in use under its own.
    func make() throws -> KeyInFile {
        let current = KeyInFile(try KeyFile(path: path).read(), at: path)
        try KeyFile(path: place(of: current.number)).create(current.key)
        let key = SymmetricKey(size: .bits256)
        let place = place(of: KeyInFile(key, at: path).number)
        try KeyFile(path: place).create(key)
        return KeyInFile(key, at: place)
    }

    /// Puts a key in use. A copy, not a link: whoever writes over the one file must not change the other.
    func use(_ key: KeyInFile) throws { try KeyFile(path: path).replace(with: key.key) }

    /// Files beside the key's that are named as keys, in order.
    private func places() -> [String] {
        let parent = (path as NSString).deletingLastPathComponent
        let name = (path as NSString).lastPathComponent + "."
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.isEmpty ? "." : parent)) ?? []
        return names.sorted().compactMap { other in
            guard other.hasPrefix(name) else { return nil }
            let digits = other.dropFirst(name.count)
            guard digits.utf8.count == 2 * KeyInFile.numberLength, digits.allSatisfy(Self.isDigit) else { return nil }
            return path + "." + digits
        }
    }

    private static func isDigit(_ character: Character) -> Bool {
        ("0"..."9").contains(character) || ("a"..."f").contains(character)
    }
}
