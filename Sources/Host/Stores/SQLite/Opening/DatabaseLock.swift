import CLinux
import Glibc
import Locks
import StoreContract

/// The exclusive lock that makes this process the only one on a database: an open-file-description lock on a file beside
/// it. Never on the database itself, whose own locks it would break (COMPONENTS.md). The kernel lets go of it when the
/// process ends, however it ends; close-on-exec keeps it out of child processes.
///
/// The file beside it is found by the database's name, of which a file may have several; so a second lock is held on the
/// database itself. It is of a kind that SQLite's know nothing of (flock(2), theirs are fcntl(2)'s), and is let go of when
/// SQLite has closed: closing any descriptor of the file would take away SQLite's locks.
final class DatabaseLock: Sendable {
    /// The first lock's, then the second's.
    private let descriptors: Locked<[Int32]>

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
        descriptors = Locked([opened])
    }

    /// Takes the second lock. To be called before SQLite opens the file, which is there.
    /// - Throws: `StoreError.Code.locked` when a process has the database by another name.
    func hold(_ path: String) throws {
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw DatabaseFiles.unavailable("cannot open \(path)", errno) }
        // Where a file system has no such locks, the first one is what there is.
        if flock(opened, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            Glibc.close(opened)
            throw StoreError(
                .locked,
                "another process uses the file \(path) by another name (a hard link); end it, or use another database")
        }
        descriptors.withLock { $0.append(opened) }
    }

    deinit { release() }

    /// Whether a process holds it now; asked without taking it, which could be in the way of one that starts.
    static func isHeld(database path: String) -> Bool {
        let opened = open(path + ".lock", O_RDWR | O_CLOEXEC)
        guard opened >= 0 else { return false }
        defer { Glibc.close(opened) }
        return tm_is_locked(opened) == 1
    }

    /// Lets go; a second call does nothing.
    func release() {
        descriptors.withLock {
            for open in $0.reversed() { Glibc.close(open) }
            $0 = []
        }
    }
}
