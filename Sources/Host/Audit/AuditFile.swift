import CLinux
import Foundation
import Glibc
import Model

/// The chain's newest file and where the chain stands.
///
/// `@unchecked Sendable`: the state around the C handle is touched by the opening thread and then only by `append`, which
/// the chain's serial queue runs, one at a time.
final class AuditFile: @unchecked Sendable {
    private let folder: AuditFolder
    private let segmentBytes: Int
    private let disk: AuditDisk
    private var file: tm_append_file
    private var segment: AuditFolder.Segment
    private var buffer: [UInt8] = []
    /// The last link that is on disk.
    private(set) var head: ChainHead

    init(
        folder: AuditFolder, segmentBytes: Int, disk: AuditDisk, segment: AuditFolder.Segment, length: Int,
        head: ChainHead
    ) throws {
        self.folder = folder
        self.segmentBytes = segmentBytes
        self.disk = disk
        self.segment = segment
        self.head = head
        // What may stand behind `length` is cut off by the first append.
        file = tm_append_file(
            fd: try Self.open(segment, disk), length: Int64(length), dirty: 1, reserves: 0, room: 0)
        try disk.check(disk.syncFolder(folder.path), "cannot be made durable", segment.path)
    }

    deinit { if file.fd >= 0 { close(file.fd) } }

    /// Links the records to the chain; they are durable when it returns. After an error the chain stands where it stood.
    func append(_ records: [[UInt8]]) throws {
        if file.length >= segmentBytes { try turn() }
        buffer.removeAll(keepingCapacity: true)
        var last = head
        for record in records {
            let link = ChainLink.next(after: last, json: record)
            link.appendLine(to: &buffer)
            last = link.head
        }
        try buffer.withUnsafeBytes { try write($0) }
        head = last
    }

    /// Adds the newline that the last line still lacks, see `AuditRecovery`.
    func endLine() throws { try [UInt8(ascii: "\n")].withUnsafeBytes { try write($0) } }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        try disk.check(disk.append(&file, bytes), "cannot be written", segment.path)
    }

    private func turn() throws {
        // The old file must end where the chain ends: an earlier failure may have left something behind it.
        if file.dirty != 0 { try write(UnsafeRawBufferPointer(start: nil, count: 0)) }
        let next = folder.segment(from: head.sequence + 1)
        let descriptor = try Self.open(next, disk)
        let synced = disk.syncFolder(folder.path)
        if synced != 0 {
            close(descriptor)
            unlink(next.path)
        }
        try disk.check(synced, "cannot be made durable", next.path)
        close(file.fd)
        file = tm_append_file(fd: descriptor, length: 0, dirty: 1, reserves: 0, room: 0)
        segment = next
    }

    private static func open(_ segment: AuditFolder.Segment, _ disk: AuditDisk) throws -> Int32 {
        let descriptor = Glibc.open(segment.path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        try disk.check(descriptor < 0 ? errno : 0, "cannot be opened", segment.path)
        return descriptor
    }
}
