import CLinux
import Foundation
import Glibc

/// The calls that make an entry or a journal line durable. Each gives 0 or errno; tests put failing ones in their place.
struct Disk: Sendable {
    /// Writes all bytes to a descriptor.
    var write: @Sendable (Int32, UnsafeRawBufferPointer) -> Int32
    /// Brings a file's data to the disk.
    var sync: @Sendable (Int32) -> Int32
    var rename: @Sendable (String, String) -> Int32
    /// Writes these bytes, in no hurry, over a file that is as long; EFBIG for another.
    var wipe: @Sendable (String, Data) -> Int32
    /// Brings a folder's names to the disk.
    var syncFolder: @Sendable (String) -> Int32
    /// Appends and syncs.
    var append: @Sendable (inout tm_append_file, UnsafeRawBufferPointer) -> Int32

    /// The real ones.
    static let system = Disk(
        write: { writeAll($0, $1) },
        sync: { fdatasync($0) == 0 ? 0 : errno },
        rename: { Glibc.rename($0, $1) == 0 ? 0 : errno },
        wipe: { overwrite($0, with: $1) },
        syncFolder: { tm_sync_folder($0) },
        append: { tm_append(&$0, $1.baseAddress, $1.count) })

    /// Puts the bytes under the path, whole or not at all, and returns when that is durable. What stood there is replaced.
    func replace(_ path: String, through draft: String, with bytes: Data) throws {
        try put(bytes, into: draft, creating: true, renaming: path)
        let folder = (path as NSString).deletingLastPathComponent
        try check(syncFolder(folder), "cannot be synced", folder)
    }

    /// Writes the bytes over the beginning of a blank file whose name is durable, and returns when they are; then it gets
    /// its new name, for which nobody waits.
    func fill(_ draft: String, with bytes: Data, renaming path: String) throws {
        try put(bytes, into: draft, creating: false, renaming: path)
    }

    /// Makes a file with these bytes, which are durable when it returns; its name is not yet.
    func make(_ path: String, with bytes: Data) throws {
        try write(bytes, to: path, O_CREAT | O_EXCL, "cannot be made")
    }

    /// Written, synced, renamed; a draft that failed on the way is gone.
    private func put(_ bytes: Data, into draft: String, creating: Bool, renaming path: String) throws {
        do {
            try write(
                bytes, to: draft, creating ? O_CREAT | O_TRUNC : 0, creating ? "cannot be made" : "cannot be opened")
            try check(rename(draft, path), "cannot be renamed", draft)
        } catch {
            unlink(draft)
            throw error
        }
    }

    private func write(_ bytes: Data, to path: String, _ flags: Int32, _ refusal: String) throws {
        let descriptor = open(path, O_WRONLY | flags | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(refusal, path, errno) }
        defer { close(descriptor) }
        try check(bytes.withUnsafeBytes { write(descriptor, $0) }, "cannot be written", path)
        try check(sync(descriptor), "cannot be synced", path)
    }

    /// - Throws: `SpoolError` with `.disk` unless the result is 0.
    func check(_ result: Int32, _ what: String, _ path: String) throws {
        if result != 0 { throw failure(what, path, result) }
    }

    private func failure(_ what: String, _ path: String, _ code: Int32) -> SpoolError {
        SpoolError(.disk, "\(path) \(what)", systemError: code)
    }

    private static func overwrite(_ path: String, with bytes: Data) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        guard lseek(descriptor, 0, SEEK_END) == bytes.count else { return EFBIG }
        lseek(descriptor, 0, SEEK_SET)
        return bytes.withUnsafeBytes { writeAll(descriptor, $0) }
    }

    private static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int32 {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return 0
    }
}
