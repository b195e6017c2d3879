import Foundation
import Glibc
package import Model
package import Secrets
import Synchronization

/// The folder of sealed answers. All calls block on the disk: make them from a thread that may wait.
package final class EntryStore: Sendable {
    private let folder: String
    private let disk: Disk
    /// The files there are, with their headers as far as these could be read.
    private let files: Mutex<[String: EntryHeader?]>

    init(folder: String, disk: Disk) throws {
        self.folder = folder
        self.disk = disk
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        files = Mutex(
            Dictionary(
                uniqueKeysWithValues: names.map { name in
                    (name, try? EntryFile.header(of: Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))))
                }))
    }

    /// Seals an answer and returns when it will survive a crash and a power cut (row 11). Writing it again replaces it.
    /// - Throws: `SpoolError` with `.disk` (ENOSPC, EIO …): nothing is acknowledged, try again; `SecretsError`.
    package func write(_ entry: SpoolEntry, with sealer: Sealer) throws {
        let bytes = try EntryFile.write(entry, with: sealer)
        let name = try fileName(entry.attempt)
        try disk.replace(path(name), through: path(draftName(entry.attempt)), with: bytes)
        files.withLock { $0[name] = .some(EntryHeader(entry)) }
    }

    /// Removes the entry of an attempt, if there is one. To be called when the store holds its content, never before
    /// (rows 13-15). One that comes back after a power cut is answered by row 14.
    package func delete(_ attempt: AttemptID) throws {
        let name = try fileName(attempt)
        guard unlink(path(name)) == 0 || errno == ENOENT else {
            throw SpoolError(.disk, "\(path(name)) cannot be removed", systemError: errno)
        }
        files.withLock { $0[name] = nil }
    }

    /// Everything in the folder, in order of file names. Prepare the key ring for all `organizations` first. A draft that
    /// is complete counts as an entry: the process died before it could rename it.
    package func items(with sealer: Sealer) -> [SpoolItem] {
        files.withLock { $0.keys.sorted() }.map { item($0, with: sealer) }
    }

    /// The organizations that have entries here.
    package var organizations: Set<OrganizationID> {
        files.withLock { Set($0.values.compactMap { $0?.organization }) }
    }

    /// How many files wait here, unreadable ones too.
    package var count: Int { files.withLock { $0.count } }

    /// Whether an answer for the line waits here: then no presentation (row 1). A file whose header is damaged counts for
    /// no line.
    package func hasEntry(for line: LineID) -> Bool { files.withLock { $0.values.contains { $0?.line == line } } }

    private func item(_ name: String, with sealer: Sealer) -> SpoolItem {
        do {
            let entry = try EntryFile.read(Data(contentsOf: URL(fileURLWithPath: path(name))), with: sealer)
            let proper = try fileName(entry.attempt)
            if name == draftName(entry.attempt) { try promote(name, to: proper, EntryHeader(entry)) }
            guard name == proper || name == draftName(entry.attempt) else {
                throw SpoolError(.unreadable, "The entry is unreadable: its file bears another name")
            }
            return .entry(entry)
        } catch {
            let header = files.withLock { $0[name] ?? nil }
            return .unreadable(
                UnreadableEntry(
                    file: name, attempt: header?.attempt, line: header?.line, isDraft: name.hasSuffix(Self.draft),
                    reason: "\(error)"))
        }
    }

    private func promote(_ draft: String, to name: String, _ header: EntryHeader) throws {
        try disk.check(disk.rename(path(draft), path(name)), "cannot be renamed", path(draft))
        try disk.check(disk.syncFolder(folder), "cannot be synced", folder)
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
