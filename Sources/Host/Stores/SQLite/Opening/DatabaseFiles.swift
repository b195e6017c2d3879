import CLinux
import Foundation
import Glibc
import StoreContract

/// The database's place in the file system: who may read it, and whether its locks can be trusted.
enum DatabaseFiles {
    /// Makes the folder (0700) and refuses one that is on another machine.
    static func prepareFolder(of path: String) throws {
        let folder = folder(of: path)
        if !FileManager.default.fileExists(atPath: folder) {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw StoreError(.unavailable, "cannot make the folder \(folder): \(error.localizedDescription)")
            }
            _ = tm_sync_folder(self.folder(of: folder))
        }
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        let place = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        if let kind = Mounts.networkFileSystem(of: place, in: mounts) {
            throw StoreError(
                .unavailable, "\(folder) is on \(kind), where locks cannot be trusted; use a local disk, or PostgreSQL")
        }
    }

    /// Whether there is a file with anything in it.
    static func holdsAnything(_ path: String) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int).map { $0 > 0 } ?? false
    }

    /// Makes the database file, and keeps it for its owner alone. SQLite gives its side files the same mode.
    /// Only before SQLite opens it: closing a descriptor would take away SQLite's own locks.
    static func prepareFile(_ path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unavailable("cannot open \(path)", errno) }
        defer { Glibc.close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw unavailable("cannot look at \(path)", errno) }
        if information.st_mode & 0o077 != 0, fchmod(descriptor, 0o600) != 0 {
            throw unavailable("cannot keep \(path) from others", errno)
        }
        _ = tm_sync_folder(folder(of: path))
    }

    static func unavailable(_ what: String, _ number: Int32) -> StoreError {
        StoreError(.unavailable, "\(what): \(String(cString: strerror(number)))")
    }

    private static func folder(of path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        return folder.isEmpty ? "." : folder
    }
}
