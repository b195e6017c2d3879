import Foundation
import Glibc
import Locks
package import Model
package import Secrets

/// The folder of sealed answers. All calls block on the disk: make them from a thread that may wait.
package final class EntryStore: Sendable {
    /// Answers that were taken out of the way, sealed as they are.
    package let kept: KeptAnswers
    private let folder: String
    private let damaged: String
    private let disk: Disk
    /// The files there are, with their headers as far as these could be read.
    private let files: Locked<[String: EntryHeader?]>
    /// Those that were there at the start, under the names that they have had.
    private let earlier: Locked<Set<String>>
    /// Blank drafts that are on disk already, with their names.
    private let prepared = Locked<[String]>([])

    /// - Parameters:
    ///   - kept: A folder of the same file system, as `damaged` is.
    init(folder: String, kept: String, damaged: String, disk: Disk) throws {
        self.folder = folder
        self.damaged = damaged
        self.disk = disk
        self.kept = try KeptAnswers(folder: kept, disk: disk)
        try Self.removeBlankDrafts(in: folder)
        let found = try EntryFile.headers(in: folder)
        files = Locked(found)
        earlier = Locked(Set(found.keys))
    }

    /// Whether an answer still waits that a process before this one was given, as `hasEntry` counts them.
    package var holdsEarlier: Bool {
        earlier.withLock { earlier in
            files.withLock { files in earlier.contains { name in files[name].map { $0?.step != true } ?? false } }
        }
    }

    /// Drafts that a process before this one prepared and never used.
    private static func removeBlankDrafts(in folder: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(draft) {
            // One that cannot be read is looked at with the other entries.
            let bytes = try? Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
            if bytes?.allSatisfy({ $0 == 0 }) == true { unlink(folder + "/" + name) }
        }
    }

    /// Makes a draft ahead of time, off the way of any answer: its name and its room are durable, so that an answer that
    /// is written into it needs one sync instead of two, and that one no change of the file system's own books. A few are
    /// enough; without one `write` makes its own.
    package func prepareDraft() throws {
        guard prepared.withLock({ $0.count < Self.mostPrepared }) else { return }
        let name = AttemptID.random().description + Self.draft
        do {
            try disk.make(path(name), with: Self.blank)
            try disk.check(disk.syncFolder(folder), "cannot be synced", folder)
        } catch {
            unlink(path(name))
            throw error
        }
        prepared.withLock { $0.append(name) }
    }

    /// Whether an answer that comes now finds a draft.
    package var hasDraft: Bool { prepared.withLock { !$0.isEmpty } }

    private static let mostPrepared = 8
    /// As long as most answers are when they are sealed; a longer one goes beyond it.
    private static let blank = Data(count: 4096)

    /// Seals an answer and returns when it will survive a crash and a power cut (row 11). Writing it again replaces it.
    /// - Throws: `SpoolError` with `.disk` (ENOSPC, EIO …): nothing is acknowledged, try again; `SecretsError`.
    package func write(_ entry: SpoolEntry, with sealer: Sealer) throws {
        let bytes = try EntryFile.write(entry, with: sealer)
        let name = try fileName(entry.attempt)
        if let draft = prepared.withLock({ $0.popLast() }) {
            // After a power cut it bears the one name or the other; `items` knows both.
            try disk.fill(path(draft), with: bytes, renaming: path(name))
        } else {
            try disk.replace(path(name), through: path(draftName(entry.attempt)), with: bytes)
        }
        files.withLock { $0[name] = .some(EntryHeader(entry)) }
    }

    /// Removes the entry of an attempt, if there is one. To be called when the store holds its content, never before
    /// (rows 13-15). One that comes back after a power cut is answered by row 14. Its file becomes the next answer's draft.
    package func delete(_ attempt: AttemptID) throws {
        try forget(try fileName(attempt)) { isReused($0) || unlink(path($0)) == 0 }
    }

    private func remove(_ name: String) throws { try forget(name) { unlink(path($0)) == 0 } }

    /// Forgotten first: whoever reads all entries meanwhile does not miss the file.
    private func forget(_ name: String, _ remove: (String) -> Bool) throws {
        let header = files.withLock { $0.removeValue(forKey: name) }
        guard remove(name) || errno == ENOENT else {
            let reason = errno
            if let header { files.withLock { $0[name] = .some(header) } }
            throw SpoolError(.disk, "\(path(name)) cannot be removed", systemError: reason)
        }
    }

    /// Makes a blank draft of an entry: its room is on disk already. Between the two steps it is a draft that is complete,
    /// which is what an entry that comes back is too.
    private func isReused(_ name: String) -> Bool {
        guard prepared.withLock({ $0.count < Self.mostPrepared }) else { return false }
        let draft = AttemptID.random().description + Self.draft
        guard disk.rename(path(name), path(draft)) == 0 else { return false }
        if disk.wipe(path(draft), Self.blank) == 0, disk.syncFolder(folder) == 0 {
            prepared.withLock { $0.append(draft) }
        } else {
            unlink(path(draft))
        }
        return true
    }

    /// Removes all that an organization has here, in the folders beside it too: its keys are gone, and nobody waits for it.
    package func erase(_ organization: OrganizationID) throws {
        let own = files.withLock { files in files.filter { $0.value?.organization == organization }.map(\.key) }
        for name in own { try remove(name) }
        kept.erase(organization)
        guard FileManager.default.fileExists(atPath: damaged) else { return }
        for (name, header) in try EntryFile.headers(in: damaged) where header?.organization == organization {
            unlink(damaged + "/" + name)
        }
    }

    /// Takes the entry of an attempt out of the way, sealed as it is: the store knows its outcome, not its content.
    package func keep(_ attempt: AttemptID) throws {
        let name = try fileName(attempt)
        guard let header = files.withLock({ $0[name] }) else { return }
        try kept.take(path(name), named: name, header)
        files.withLock { $0[name] = nil }
    }

    /// Everything in the folder, in order of file names. Prepare the key ring for all `organizations` first. A draft that
    /// is complete counts as an entry: the process died before it could rename it.
    package func items(with sealer: Sealer) -> [SpoolItem] {
        files.withLock { $0.keys.sorted() }.compactMap { item($0, with: sealer) }
    }

    /// The organizations that have entries here.
    package var organizations: Set<OrganizationID> {
        files.withLock { Set($0.values.compactMap { $0?.organization }) }
    }

    /// How many files wait here, unreadable ones too.
    package var count: Int { files.withLock { $0.count } }

    /// Whether an answer for the line waits here: then no presentation (row 1). A file whose header is damaged counts for
    /// no line, and a step's answer brings nothing that a presentation could spend.
    package func hasEntry(for line: LineID) -> Bool {
        files.withLock { $0.values.contains { $0?.line == line && $0?.step != true } }
    }

    /// Nil for one that was put away since its name was read: its answer is stored.
    private func item(_ name: String, with sealer: Sealer) -> SpoolItem? {
        let isDraft = name.hasSuffix(Self.draft)
        do {
            let entry = try EntryFile.read(Data(contentsOf: URL(fileURLWithPath: path(name))), with: sealer)
            let proper = try fileName(entry.attempt)
            if isDraft {
                try promote(name, to: proper, EntryHeader(entry))
            } else if name != proper {
                throw SpoolError(.unreadable, "The entry is unreadable: its file bears another name")
            }
            return .entry(entry)
        } catch {
            // It may be put away just now.
            guard let header = files.withLock({ $0[name] }), FileManager.default.fileExists(atPath: path(name)) else {
                return nil
            }
            return .unreadable(
                UnreadableEntry(
                    file: name, attempt: header?.attempt, line: header?.line, isDraft: isDraft,
                    isSetAside: Self.isDamage(error) && setAside(name), reason: "\(error)"))
        }
    }

    /// Whether the bytes themselves are wrong. A key that is missing, or a disk that cannot be read, may come back.
    private static func isDamage(_ error: any Error) -> Bool {
        switch error {
        case let error as SecretsError: error.code == .refused
        case let error as SpoolError: error.code == .unreadable
        default: error is DecodingError
        }
    }

    /// Moves a damaged file where it can be looked at and holds no line back: what it held is lost either way.
    private func setAside(_ name: String) -> Bool {
        try? FileManager.default.createDirectory(
            atPath: damaged, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        guard disk.rename(path(name), damaged + "/" + name) == 0 else { return false }
        files.withLock { $0[name] = nil }
        return true
    }

    private func promote(_ draft: String, to name: String, _ header: EntryHeader) throws {
        try disk.check(disk.rename(path(draft), path(name)), "cannot be renamed", path(draft))
        try disk.check(disk.syncFolder(folder), "cannot be synced", folder)
        earlier.withLock { if $0.contains(draft) { $0.insert(name) } }
        files.withLock {
            $0[draft] = nil
            $0[name] = .some(header)
        }
    }

    private static let draft = ".draft"

    private func path(_ name: String) -> String { folder + "/" + name }

    private func draftName(_ attempt: AttemptID) -> String { attempt.description + Self.draft }

    private func fileName(_ attempt: AttemptID) throws -> String {
        let text = attempt.description
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.isPlain) else {
            throw SpoolError(.name, "An attempt id must be letters, digits, - and _ to name a file")
        }
        return text + ".entry"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
