import CLinux
import Foundation
import Glibc
package import Model

/// The folder of `SPOOL_DIR`: it says which host this is, and who holds it is the only process of that host
/// (PROTOCOL.md §10). On a disk that survives the process, mode 0700. To be held as long as the process works: the lock
/// goes with it, even while somebody still uses its journal.
package final class SpoolFolder: Sendable {
    /// As the folder knows it; made on the first start.
    package let host: HostID
    /// This start.
    package let boot: BootID
    package let entries: EntryStore
    package let journal: Journal
    package let handOvers: HandOverFolder
    /// `SPOOL_DIR`.
    package let path: String
    /// Open as long as this lives: the lock goes with it, at the latest with the process.
    private let lock: Int32

    /// Takes the lock, then reads or makes what belongs here.
    /// - Parameter now: Store time; what was sent before counts as unknown if the journal is gone.
    /// - Throws: `SpoolError` with `.locked`, `.folder` or `.disk`.
    package static func open(
        _ path: String, now: Timestamp, journalLimits: Journal.Limits = Journal.Limits()
    ) throws -> SpoolFolder {
        try open(path, now: now, journalLimits: journalLimits, disk: .system)
    }

    static func open(
        _ path: String, now: Timestamp, journalLimits: Journal.Limits, disk: Disk
    ) throws -> SpoolFolder {
        try makePrivateFolder(path)
        let lock = try takeLock(lockFile(in: path))
        do {
            return try SpoolFolder(path, lock: lock, now: now, journalLimits: journalLimits, disk: disk)
        } catch {
            close(lock)
            throw error
        }
    }

    private init(_ path: String, lock: Int32, now: Timestamp, journalLimits: Journal.Limits, disk: Disk) throws {
        let contents = SpoolContents(path: path)
        let known = try contents.readHost()
        if known == nil, contents.holdsAnything {
            throw SpoolError(
                .folder,
                "\(contents.hostFile) is missing, but the folder holds entries. Restore it, or move the folder away")
        }
        let isLost = known != nil && !contents.isWhole
        try FileManager.default.createDirectory(atPath: contents.entries, withIntermediateDirectories: true)
        entries = try EntryStore(
            folder: contents.entries, kept: path + "/kept", damaged: path + "/damaged", disk: disk)
        journal = try Journal(
            folder: contents.journal, limits: journalLimits, disk: disk, now: now, isLost: isLost)
        handOvers = try HandOverFolder(contents.handOvers, disk: disk)
        // Last of all: a host id stands only where the rest is complete.
        host = try known ?? contents.makeHost(disk)
        boot = BootID.random(prefix: "boot_")
        self.path = path
        self.lock = lock
    }

    deinit { close(lock) }

    /// The boot that others hear of with a heartbeat. One that differs from an attempt's tells them that nothing of that is
    /// held here any more (PROTOCOL.md §6): not while an answer of before still waits in the spool.
    package var bootHeard: BootID { entries.holdsEarlier ? .unsettled : boot }

    /// Says which store this folder's entries and marks are of. Another one would be taken for this one gone back, and would
    /// be given its answers; so the first one to come stays the only one.
    /// - Parameter store: Names the store as this machine finds it, not by its content, which a copy has, too. No secret.
    /// - Throws: `SpoolError` with `.otherStore` and the remedy; nothing was changed then.
    package func belong(to store: String) throws {
        if try Self.requireStore(store, in: path) { return }
        let file = Self.storeFile(in: path)
        try Disk.system.replace(file, through: file + ".draft", with: Data((store + "\n").utf8))
    }

    /// The same look at a folder that is not opened.
    /// - Returns: whether it says whose it is.
    @discardableResult
    package static func requireStore(_ store: String, in path: String) throws -> Bool {
        let file = storeFile(in: path)
        guard FileManager.default.fileExists(atPath: file) else { return false }
        let known = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)
        guard known == store else {
            throw SpoolError(
                .otherStore,
                "\(path) belongs to the store \(known), not to \(store). Give this one a SPOOL_DIR of its own; if it is the "
                    + "same store, which was moved or renamed, remove \(file)")
        }
        return true
    }

    /// Refuses a folder that a process holds, without opening or changing anything.
    /// - Throws: `SpoolError` with `.locked`.
    package static func requireFree(_ path: String) throws {
        let descriptor = Glibc.open(lockFile(in: path), O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        if tm_is_locked(descriptor) == 1 { throw held(lockFile(in: path)) }
    }

    private static func lockFile(in path: String) -> String { path + "/lock" }

    private static func storeFile(in path: String) -> String { path + "/store" }

    /// Where the audit chain of this host goes.
    package var auditFolder: String { Self.auditFolder(in: path) }

    /// The same of a folder that is not opened.
    package static func auditFolder(in path: String) -> String { path + "/audit" }

    /// The host of a folder that is not opened; nil if there is none.
    package static func host(in path: String) throws -> HostID? { try SpoolContents(path: path).readHost() }

    private static func makePrivateFolder(_ path: String) throws {
        let parent = (path as NSString).deletingLastPathComponent
        if !parent.isEmpty {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw SpoolError(.folder, "\(path) cannot be made", systemError: errno)
        }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw SpoolError(.folder, "\(path) is not a folder")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw SpoolError(.folder, "\(path) is open to other users. Run `chmod 700 \(path)`")
        }
    }

    private static func takeLock(_ path: String) throws -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SpoolError(.folder, "\(path) cannot be opened", systemError: errno) }
        let result = tm_lock_exclusive(descriptor)
        guard result == 0 else {
            close(descriptor)
            if result == EAGAIN || result == EACCES { throw held(path) }
            throw SpoolError(.folder, "\(path) cannot be locked", systemError: result)
        }
        return descriptor
    }

    private static func held(_ path: String) -> SpoolError {
        SpoolError(.locked, "\(path) is held by another process. Stop it, or set SPOOL_DIR to another folder")
    }
}

/// The names in a spool folder.
private struct SpoolContents {
    let path: String

    var hostFile: String { path + "/host-id" }
    var entries: String { path + "/entries" }
    var journal: String { path + "/journal" }
    var handOvers: String { path + "/handed-over" }

    /// Nil if there is no file.
    func readHost() throws -> HostID? {
        guard FileManager.default.fileExists(atPath: hostFile) else { return nil }
        let text = try String(contentsOfFile: hostFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...128).contains(text.utf8.count), !text.contains(where: \.isWhitespace) else {
            throw SpoolError(.folder, "\(hostFile) is damaged. Restore it; it is the id in the store's table of hosts")
        }
        return HostID(text)
    }

    func makeHost(_ disk: Disk) throws -> HostID {
        let host = HostID.random(prefix: "host_")
        try disk.replace(hostFile, through: hostFile + ".draft", with: Data("\(host)\n".utf8))
        return host
    }

    /// Entries, notes of hand-overs, or a journal with lines. A first start that died half way leaves neither.
    var holdsAnything: Bool {
        let reading = try? JournalReading(SegmentFolder(path: journal))
        let hasLines = reading.map { !$0.damage.isEmpty || $0.knowledge.segments.count > 1 || $0.lines > 0 }
        return !names(in: entries).isEmpty || !names(in: handOvers).isEmpty || hasLines ?? false
    }

    /// Whether both folders are there, and a segment in the journal.
    var isWhole: Bool {
        FileManager.default.fileExists(atPath: entries) && names(in: journal).contains { $0.hasPrefix("segment-") }
    }

    private func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
}
