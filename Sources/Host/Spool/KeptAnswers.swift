import Foundation
import Glibc
import Locks
package import Model
package import Secrets

/// Complete answers that the store could not take as they are: nobody could read them (PROTOCOL.md row 25), or they hold
/// a grant that another connection has (§7). Sealed as they came, in a folder beside the entries; they hold no line back.
/// A definition that was mended may still read them.
package final class KeptAnswers: Sendable {
    /// Older ones go with `prune`, as candidates of an earlier grant do (§7).
    package static let retention: Duration = .seconds(30 * 24 * 60 * 60)
    /// The most of one line: a provider that answers 5xx for a day says little with each.
    static let mostOfOneLine = 8

    private let folder: String
    private let disk: Disk
    /// File name to header, as far as that could be read.
    private let files: Locked<[String: EntryHeader?]>

    init(folder: String, disk: Disk) throws {
        self.folder = folder
        self.disk = disk
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        files = Locked(try EntryFile.headers(in: folder))
    }

    /// The organizations that have answers here.
    package var organizations: Set<OrganizationID> {
        files.withLock { Set($0.values.compactMap { $0?.organization }) }
    }

    /// How many there are.
    package var count: Int { files.withLock { $0.count } }

    /// Whether an answer for the line is here.
    package func hasAnswer(for line: LineID) -> Bool { files.withLock { $0.values.contains { $0?.line == line } } }

    /// Those that can be opened, in order of file names.
    package func items(with sealer: Sealer) -> [SpoolEntry] {
        files.withLock { $0.keys.sorted() }.compactMap { name in
            try? EntryFile.read(Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)), with: sealer)
        }
    }

    /// Takes a file of the spool over, durably.
    func take(_ path: String, named name: String, _ header: EntryHeader?) throws {
        try disk.check(disk.rename(path, folder + "/" + name), "cannot be moved", path)
        try disk.check(disk.syncFolder(folder), "cannot be synced", folder)
        let surplus = files.withLock { files -> [String] in
            files[name] = .some(header)
            guard let line = header?.line else { return [] }
            let siblings = files.filter { $0.value?.line == line }.map(\.key)
            return Array(siblings.sorted { age(of: $0) > age(of: $1) }.dropLast(Self.mostOfOneLine))
        }
        for name in surplus { remove(name) }
    }

    /// Removes the answer of an attempt: the store has it now.
    package func delete(_ attempt: AttemptID) { remove(attempt.description + ".entry") }

    /// Removes all of an organization.
    func erase(_ organization: OrganizationID) {
        for (name, header) in files.withLock({ $0 }) where header?.organization == organization { remove(name) }
    }

    /// Removes what is older than `retention`.
    package func prune() {
        for name in files.withLock({ Array($0.keys) }) where age(of: name) > Self.retention.inSeconds { remove(name) }
    }

    private func remove(_ name: String) {
        guard unlink(folder + "/" + name) == 0 || errno == ENOENT else { return }
        files.withLock { $0[name] = nil }
    }

    /// Seconds since the file was written; a move keeps that time.
    private func age(of name: String) -> Double {
        let written = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.modificationDate] as? Date
        return -(written?.timeIntervalSinceNow ?? 0)
    }
}
