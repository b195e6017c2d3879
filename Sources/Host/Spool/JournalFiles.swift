import CLinux
import Foundation
import Glibc
import Locks
import Model

/// The segments of a journal on disk.
///
/// `@unchecked Sendable`: `file` and `lines` around the C handle are touched by the opening thread and then only by
/// `append`, which runs on changing threads, but one at a time: whoever has set the journal's `isWriting` under its mutex.
/// All else is constant or behind the mutex.
final class JournalFiles: @unchecked Sendable {
    /// What the kept segments say.
    let knowledge: Locked<JournalKnowledge>
    private let folder: SegmentFolder
    private let limits: Journal.Limits
    private let disk: Disk
    private var file = tm_append_file(fd: -1, length: 0, dirty: 0, reserves: 1, room: 0)
    private var lines = 0

    /// Reads all segments. Begins the first one if there is none, and a new one after a loss, so that later starts know
    /// what the loss hides and what not.
    static func open(
        folder path: String, limits: Journal.Limits, disk: Disk, now: Timestamp, isLost: Bool
    ) throws -> (files: JournalFiles, damage: [String]) {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let reading = try JournalReading(SegmentFolder(path: path))
        let files = JournalFiles(path: path, limits: limits, disk: disk, knowledge: reading.knowledge)
        if isLost || reading.hidesLines {
            files.knowledge.withLock { $0.lose(until: now) }
            try files.begin(followsLoss: true)
        } else if reading.knowledge.segments.isEmpty {
            try files.begin(followsLoss: false)
        } else {
            // A torn last line, which nobody was told of, is cut off by the first append (`dirty`).
            try files.resume(length: reading.length, lines: reading.lines)
        }
        return (files, reading.damage)
    }

    private init(path: String, limits: Journal.Limits, disk: Disk, knowledge: JournalKnowledge) {
        folder = SegmentFolder(path: path)
        self.limits = limits
        self.disk = disk
        self.knowledge = Locked(knowledge)
    }

    deinit { if file.fd >= 0 { close(file.fd) } }

    /// Appends lines, durable when it returns; then turns to a new segment if this one is full.
    func append(_ batch: [JournalNote], _ bytes: Data) throws {
        let path = folder.path(knowledge.withLock { $0.newest })
        try disk.check(bytes.withUnsafeBytes { disk.append(&file, $0) }, "cannot be written", path)
        knowledge.withLock { for note in batch { $0.take(note) } }
        lines += batch.count
        // A full disk may forbid the new segment; the old one goes on, and the next batch tries again.
        if lines >= limits.lines { try? begin(followsLoss: false) }
    }

    /// Makes the next segment. Its header speaks for those that go when it comes.
    private func begin(followsLoss: Bool) throws {
        let (header, old) = knowledge.withLock { $0.nextHeader(keeping: limits.segments, followsLoss: followsLoss) }
        let path = folder.path(header.number)
        let bytes = try CheckedText.write(header.fields)
        try disk.replace(path, through: path + ".draft", with: bytes)
        try reopen(header.number, length: bytes.count)
        lines = 0
        for number in old { unlink(folder.path(number)) }
        knowledge.withLock {
            for _ in old { $0.drop() }
            $0.begin(header.number, header)
        }
    }

    private func resume(length: Int, lines: Int) throws {
        try reopen(knowledge.withLock { $0.newest }, length: length)
        self.lines = lines
    }

    private func reopen(_ number: Int, length: Int) throws {
        let descriptor = Glibc.open(folder.path(number), O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        try disk.check(descriptor < 0 ? errno : 0, "cannot be opened", folder.path(number))
        if file.fd >= 0 { close(file.fd) }
        file = tm_append_file(fd: descriptor, length: Int64(length), dirty: 1, reserves: 1, room: 0)
    }
}

/// Names of segments.
struct SegmentFolder: Sendable {
    let path: String
    private static let prefix = "segment-"

    func path(_ number: Int) -> String { path + "/" + Self.prefix + String(number) }

    func numbers() throws -> [Int] {
        try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasPrefix(Self.prefix) }.compactMap { Int($0.dropFirst(Self.prefix.count)) }.sorted()
    }
}
