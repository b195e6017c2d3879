import Crypto
import Foundation
import Glibc

/// The file of a key: exactly 32 bytes, a regular file, mode 0600 or stricter.
struct KeyFile {
    let path: String

    private static let length = 32

    /// The key in the file.
    func read() throws -> SymmetricKey {
        let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw unopened(errno) }
        defer { close(descriptor) }
        try check(descriptor)
        return try withWipedBuffer(of: Self.length + 1) { buffer in
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            guard count == Self.length else {
                throw failure(
                    "does not hold 32 bytes. Restore it from its backup; a new key cannot open what is sealed.")
            }
            return SymmetricKey(data: UnsafeRawBufferPointer(rebasing: buffer[..<Self.length]))
        }
    }

    /// The key in the file; a new one if there is no file. Of two hosts that start at once, both read the one that won.
    func readOrCreate() throws -> SymmetricKey {
        var status = stat()
        if lstat(path, &status) != 0, errno == ENOENT { try create(SymmetricKey(size: .bits256)) }
        return try read()
    }

    /// A new key in a file that is not there yet.
    func make() throws -> SymmetricKey {
        var status = stat()
        guard lstat(path, &status) != 0, errno == ENOENT else {
            throw failure("is there already, and a key is never written over. Name another file.")
        }
        try create(SymmetricKey(size: .bits256))
        return try read()
    }

    private func check(_ descriptor: Int32) throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unopened(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure("is not a regular file.") }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw failure("belongs to another user. Run `chown` on it if that is a mistake, or else make a new one.")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw failure(
                "may be read or written by others. Run `chmod 600 \(path)`; if others had access, replace it.")
        }
    }

    /// Puts a key under this name, durably, unless there is a file of it. Written beside and linked into place, so that a
    /// crash never leaves half a key under the name.
    func create(_ key: SymmetricKey) throws {
        try withDraft(of: key) { draft in
            guard link(draft, path) == 0 || errno == EEXIST else { throw failure("cannot be made: \(text(errno)).") }
        }
    }

    /// Puts a key in the place of the one there, durably and at once: no crash leaves neither.
    func replace(with key: SymmetricKey) throws {
        try withDraft(of: key) { draft in
            guard rename(draft, path) == 0 else { throw failure("cannot be replaced: \(text(errno)).") }
        }
    }

    private static let draft = ".new."

    /// The name of the file that a draft of this name was for; nil for what is no draft.
    static func name(ofDraft name: String) -> String? {
        guard let mark = name.range(of: draft, options: .backwards), UInt64(name[mark.upperBound...], radix: 16) != nil
        else { return nil }
        return String(name[..<mark.lowerBound])
    }

    private func withDraft(of key: SymmetricKey, _ place: (String) throws -> Void) throws {
        let folder = (path as NSString).deletingLastPathComponent
        let draft = path + Self.draft + String(UInt64.random(in: .min ... .max), radix: 16)
        let descriptor = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw failure("cannot be made: \(text(errno)). Make the folder \(folder) writable.")
        }
        defer {
            close(descriptor)
            unlink(draft)
        }
        let written = key.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == Self.length, fsync(descriptor) == 0 else {
            throw failure("cannot be written: \(text(errno)).")
        }
        try place(draft)
        try synchronize(folder: folder.isEmpty ? "." : folder)
    }

    private func synchronize(folder: String) throws {
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be made durable: \(text(errno)).") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot be made durable: \(text(errno)).") }
    }

    private func unopened(_ code: Int32) -> SecretsError {
        switch code {
        case ELOOP: failure("is a symbolic link. Name the file itself in KEY_PROVIDER.")
        case ENOENT: failure("is missing, and something sealed with it exists. Restore it from its backup.")
        default: failure("cannot be read: \(text(code)).")
        }
    }

    private func failure(_ what: String) -> SecretsError { SecretsError(.keyFile, "The key file \(path) \(what)") }

    private func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
