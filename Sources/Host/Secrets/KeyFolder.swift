import Crypto
import Foundation
import Glibc

/// A key with the files that hold it.
struct KeyInFile: Sendable {
    let key: SymmetricKey
    /// A hash of the key, cut: names it and tells nothing about it.
    let number: Data
    var files: [FileMark]

    static let numberLength = 8

    init(_ key: SymmetricKey, in file: FileMark) {
        self.key = key
        number = key.withUnsafeBytes { key in
            var hash = SHA256()
            hash.update(data: Data("token-manager key id".utf8))
            hash.update(bufferPointer: key)
            return Data(hash.finalize().prefix(Self.numberLength))
        }
        files = [file]
    }

    /// Nothing happened to any of its files since they were read.
    var isUntouched: Bool { files.allSatisfy(\.holds) }

    /// One of its files at least is there as it was read.
    var isThere: Bool { files.contains(where: \.holds) }

    var places: [String] { files.map(\.path) }

    var id: String { Self.id(number) }

    static func id(_ number: Data) -> String { "file:" + text(number) }

    static func text(_ number: Data) -> String { number.map { hexadecimal($0) }.joined() }
}

/// A file at one moment. Costs one call of the system to look again, and no descriptor.
struct FileMark: Sendable, Hashable {
    let path: String
    /// Device, inode, and time of the last writing; empty where there is no file.
    private let state: [Int]

    /// To be made before the file is read: what happens in between is a change.
    init(_ path: String) {
        self.path = path
        state = Self.state(path)
    }

    /// Whether the file is there and the same as then.
    var holds: Bool { !state.isEmpty && Self.state(path) == state }

    private static func state(_ path: String) -> [Int] {
        var status = stat()
        guard lstat(path, &status) == 0 else { return [] }
        return [Int(bitPattern: UInt(status.st_dev)), Int(bitPattern: UInt(status.st_ino))]
            + [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
}

/// The keys of a folder at one moment.
struct HeldKeys: Sendable {
    /// Wraps.
    let current: KeyInFile
    /// Unwrap; the current one is the first.
    let all: [KeyInFile]

    func key(_ number: Data) -> KeyInFile? { all.first { $0.number == number } }
}

/// The files of keys: `PATH` holds the key in use, `PATH.ID` the key of that id, whether it is in use, was or will be. A
/// rotation writes the files of both keys before it changes `PATH`, so that no crash and no copy put back loses one.
struct KeyFolder: Sendable {
    let path: String

    func place(of number: Data) -> String { path + "." + KeyInFile.text(number) }

    func read(createIfMissing: Bool) throws -> HeldKeys {
        if createIfMissing { _ = try KeyFile(path: path).readOrCreate() }
        var all = [try key(at: path)]
        for place in places() {
            let found = try key(at: place)
            guard self.place(of: found.number) == place else {
                throw SecretsError(
                    .keyFile,
                    "The key file \(place) holds the key \(found.id). Name it \(self.place(of: found.number)).")
            }
            if found.number == all[0].number { all[0].files += found.files } else { all.append(found) }
        }
        return HeldKeys(current: all[0], all: all)
    }

    private func key(at place: String) throws -> KeyInFile {
        let mark = FileMark(place)
        return KeyInFile(try KeyFile(path: place).read(), in: mark)
    }

    /// Makes a key under its id, and keeps the one in use under its own.
    func make() throws -> KeyInFile {
        let current = try key(at: path)
        try KeyFile(path: place(of: current.number)).create(current.key)
        let key = SymmetricKey(size: .bits256)
        let place = place(of: KeyInFile(key, in: FileMark(path)).number)
        try KeyFile(path: place).create(key)
        return KeyInFile(key, in: FileMark(place))
    }

    /// Puts a key in use. A copy, not a link: whoever writes over the one file must not change the other.
    func use(_ key: KeyInFile) throws { try KeyFile(path: path).replace(with: key.key) }

    /// Files beside the key's that are named as keys, in order.
    private func places() -> [String] {
        let name = (path as NSString).lastPathComponent + "."
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        return names.sorted().filter(isPlace).map { path + "." + $0.dropFirst(name.count) }
    }

    /// Whether a file of that name beside the key's is named as a key.
    private func isPlace(_ other: String) -> Bool {
        let name = (path as NSString).lastPathComponent + "."
        guard other.hasPrefix(name) else { return false }
        let digits = other.dropFirst(name.count)
        return digits.utf8.count == 2 * KeyInFile.numberLength && digits.allSatisfy(Self.isDigit)
    }

    /// Removes what a process that was killed left of its drafts: each may hold a whole key.
    func removeDrafts(olderThan age: Duration) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let name = (path as NSString).lastPathComponent
        for other in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
            guard let file = KeyFile.name(ofDraft: other), file == name || isPlace(file) else { continue }
            var status = stat()
            guard lstat(parent + "/" + other, &status) == 0,
                age == .zero || Duration.seconds(now.tv_sec - status.st_mtim.tv_sec) > age
            else { continue }
            unlink(parent + "/" + other)
        }
    }

    private var parent: String {
        let parent = (path as NSString).deletingLastPathComponent
        return parent.isEmpty ? "." : parent
    }

    private static func isDigit(_ character: Character) -> Bool {
        ("0"..."9").contains(character) || ("a"..."f").contains(character)
    }
}
