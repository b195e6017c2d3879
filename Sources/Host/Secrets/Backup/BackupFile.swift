import Foundation
import Glibc

/// A file that is read or written from its beginning to its end, with errors that name it.
struct BackupFile {
    let path: String
    private let handle: FileHandle

    /// Opens a file to read it.
    init(reading path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path, "cannot be read", errno) }
        self.path = path
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var information = stat()
        guard fstat(descriptor, &information) != 0 || information.st_mode & S_IFMT != S_IFDIR else {
            throw Self.failure(path, "cannot be read", EISDIR)
        }
    }

    /// Makes a file that only its owner may read.
    init(making path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path, "cannot be made", errno) }
        self.path = path
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// How many bytes there are.
    var size: Int {
        var information = stat()
        return fstat(handle.fileDescriptor, &information) == 0 ? Int(information.st_size) : 0
    }

    /// So many bytes; fewer at the end.
    func read(_ count: Int) throws -> Data {
        var bytes = Data()
        do {
            while bytes.count < count, let more = try handle.read(upToCount: count - bytes.count), !more.isEmpty {
                bytes.append(more)
            }
        } catch {
            throw Self.failure(path, "cannot be read", errno)
        }
        return bytes
    }

    func write(_ bytes: Data) throws {
        do { try handle.write(contentsOf: bytes) } catch { throw Self.failure(path, "cannot be written", errno) }
    }

    /// Returns when all of it is on disk.
    func synchronize() throws {
        guard fsync(handle.fileDescriptor) == 0 else { throw Self.failure(path, "cannot be synced", errno) }
    }

    /// Returns when a folder's names are on disk.
    static func synchronize(folder: String) throws {
        let path = folder.isEmpty ? "." : folder
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "cannot be opened", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path, "cannot be synced", errno) }
    }

    static func failure(_ path: String, _ what: String, _ code: Int32) -> SecretsError {
        let isName = wrongNames.contains(code)
        return SecretsError(isName ? .backupName : .backupFile, "\(path) \(what): \(String(cString: strerror(code))).")
    }

    /// What is wrong with a name, not with a disk.
    private static let wrongNames: Set<Int32> = [
        ENOENT, ENOTDIR, EISDIR, EEXIST, EACCES, EPERM, ELOOP, ENAMETOOLONG, EROFS,
    ]
}
