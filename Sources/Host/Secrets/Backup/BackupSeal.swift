import Crypto
import Foundation
import Glibc
package import Model

/// Seals and opens backups (SECURITY 59): a key of their own, wrapped by the key encryption key, and AES-256-GCM over
/// chunks that authenticate the header, their place and whether they are the last. So a changed bit, a chunk that is
/// missing, moved, repeated or another backup's, and a file that was cut or made longer are refused.
package struct BackupSeal: Sendable {
    package let header: BackupHeader
    private let key: SymmetricKey

    /// Bytes of one chunk before sealing.
    static let chunk = 1 << 20
    /// Nonce and tag.
    private static let overhead = 12 + 16

    /// For a new backup, with a new key.
    /// - Parameter store: see `BackupHeader.store`.
    package init(store: String, madeAt: Timestamp, with provider: some KeyProvider) async throws {
        key = SymmetricKey(size: .bits256)
        let wrapped = try await provider.wrap(key, context: Self.context(store))
        header = BackupHeader(store: store, key: provider.id, madeAt: madeAt, wrapped: wrapped)
    }

    /// For a backup that is there.
    /// - Throws: `SecretsError`: `.wrongKey` when another key wrapped its key, `.refused` when it was changed.
    package init(opening header: BackupHeader, with provider: some KeyProvider) async throws {
        self.header = header
        key = try await provider.unwrap(header.wrapped, context: Self.context(header.store))
    }

    /// Writes a sealed copy of a file, durably; under its name only once it is whole. Blocks on the disk.
    /// - Throws: `SecretsError`: `.backupName` also when there is a file of that name, `.backupFile`; what `progress` throws.
    package func seal(_ source: String, into target: String, progress: (Double) throws -> Void) throws {
        let draft = target + ".draft-" + String(UInt64.random(in: .min ... .max), radix: 16)
        defer { unlink(draft) }
        let (input, output) = (try BackupFile(reading: source), try BackupFile(making: draft))
        try output.write(header.bytes)
        let total = max(1, input.size)
        var (index, done, next) = (0, 0, try input.read(Self.chunk))
        repeat {
            let plain = next
            next = try input.read(Self.chunk)
            let box = try AES.GCM.seal(plain, using: key, authenticating: place(index, isLast: next.isEmpty))
            guard let sealed = box.combined else { throw refused(target) }
            try output.write(Data([next.isEmpty ? 1 : 0]) + BigEndian.bytes(sealed.count) + sealed)
            (index, done) = (index + 1, done + plain.count)
            try progress(Double(done) / Double(total))
        } while !next.isEmpty
        try output.synchronize()
        // A link, since a rename would replace what is there; not every file system has links.
        guard link(draft, target) == 0 || (errno != EEXIST && isFree(target) && rename(draft, target) == 0) else {
            throw BackupFile.failure(target, "cannot be made; name another file if there is one", errno)
        }
        try BackupFile.synchronize(folder: (target as NSString).deletingLastPathComponent)
    }

    /// Writes what a backup holds into a new file, durably. Blocks on the disk. When it throws, what was written so far
    /// is no copy of anything.
    package func open(_ source: String, into target: String, progress: (Double) throws -> Void) throws {
        let (input, output) = (try BackupFile(reading: source), try BackupFile(making: target))
        guard try BackupHeader.read(input) == header else { throw refused(source) }
        let total = max(1, input.size)
        var (index, done, isLast) = (0, 0, false)
        while !isLast {
            guard let flag = try input.read(1).first, flag <= 1, let length = BigEndian.number(try input.read(4)),
                (Self.overhead...Self.chunk + Self.overhead).contains(length)
            else { throw refused(source) }
            isLast = flag == 1
            let sealed = try input.read(length)
            guard sealed.count == length, let box = try? AES.GCM.SealedBox(combined: sealed),
                let plain = try? AES.GCM.open(box, using: key, authenticating: place(index, isLast: isLast))
            else { throw refused(source) }
            try output.write(plain)
            (index, done) = (index + 1, done + sealed.count)
            try progress(Double(min(done, total)) / Double(total))
        }
        guard try input.read(1).isEmpty else { throw refused(source) }
        try output.synchronize()
    }

    private func isFree(_ path: String) -> Bool { access(path, F_OK) != 0 }

    /// What a chunk authenticates beside its bytes.
    private func place(_ index: Int, isLast: Bool) -> Data {
        LengthPrefixed("backup chunk", [header.digest, "\(index)", isLast ? "last" : "more"]).bytes
    }

    private static func context(_ store: String) -> Data { LengthPrefixed("backup key", [store]).bytes }

    private func refused(_ path: String) -> SecretsError {
        SecretsError(.refused, "The backup \(path) was changed or cut short. Nothing of it is used; take another one.")
    }
}
