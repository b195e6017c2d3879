import CLinux
import Glibc
import Locks
import StoreContract

/// The exclusive lock that makes this process the only one on a database: an open-file-description lock on a file beside
/// it. Never on the database itself, whose own locks it would break (COMPONENTS.md). The kernel lets go of it when the
/// process ends, however it ends; close-on-exec keeps it out of child processes.
final class DatabaseLock: Sendable {
    private let descriptor: Locked<Int32?>

    /// Takes the lock or says who has to go.
    /// - Throws: `StoreError.Code.locked`, or `unavailable` when the file cannot be made.
    init(database path: String) throws {
        let file = path + ".lock"
        let opened = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw DatabaseFiles.unavailable("cannot open the lock file \(file)", errno) }
        let result = tm_lock_exclusive(opened)
        guard result == 0 else {
            Glibc.close(opened)
            guard result == EAGAIN || result == EACCES else {
                throw DatabaseFiles.unavailable("cannot lock \(file)", result)
            }
            throw StoreError(
                .locked, "another process uses \(path) (it holds \(file)); end it, or use another database")
        }
        descriptor = Locked(opened)
    }

    deinit { release() }

    /// Whether a process holds it now; asked without taking it, which could be in the way of one that starts.
    static func isHeld(database path: String) -> Bool {
        let opened = open(path + ".lock", O_RDWR | O_CLOEXEC)
        guard opened >= 0 else { return false }
        defer { Glibc.close(opened) }
        var whole = flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
        return fcntl(opened, Self.askForFileLock, &whole) == 0 && whole.l_type != Int16(F_UNLCK)
    }

    /// F_OFD_GETLK.
    private static var askForFileLock: Int32 { 36 }

    /// Lets go; a second call does nothing.
    func release() {
        descriptor.withLock {
            if let open = $0 { Glibc.close(open) }
            $0 = nil
        }
    }
}
