import Foundation
package import Model

/// Verifies the files of a host's chain (SECURITY 54).
package enum AuditVerifier {
    /// What was found.
    package struct Report: Sendable, Hashable {
        /// Links read.
        package let links: Int
        /// Where the chain ends.
        package let head: ChainHead
        /// Empty for a sound chain; findings of lines in their order, what is missing behind them.
        package let findings: [AuditFinding]
    }

    /// The hosts that have files in a folder.
    /// - Throws: what reading the folder throws.
    package static func hosts(in folder: String) throws -> [HostID] { try AuditFolder.hosts(in: folder) }

    /// Reads all files of the host's chain. A cut at the end, or a chain written anew, shows only against a checkpoint that
    /// was kept elsewhere.
    /// - Parameter end: where a chain stands that somebody goes on writing: a checkpoint, and what is behind it, which may
    ///   be half a line, is not read. Nil: to the end of the files.
    /// - Throws: what reading a file throws.
    package static func verify(
        folder: String, host: HostID, checkpoints: [ChainHead], until end: ChainHead? = nil
    ) throws -> Report {
        let known = checkpoints + (end.map { [$0] } ?? [])
        var check = ChainCheck(genesis: .genesis(of: host), checkpoints: known, in: folder)
        let segments = try AuditFolder(path: folder, host: host).segments()
        reading: for segment in end?.sequence == 0 ? [] : segments {
            // Not mapped: the writer shortens a file when the disk is full, and a mapping of it would end this process.
            var lines = try AuditLines(segment.path)
            while let line = try lines.next() {
                let place = (file: segment.name, line: lines.count)
                guard let link = ChainLink(line: line) else {
                    check.takeUnreadable(at: place)
                    continue
                }
                check.take(link, at: place)
                if link.sequence == end?.sequence { break reading }
            }
        }
        var findings = check.finish()
        if segments.isEmpty, let last = known.map(\.sequence).max(), last > 0 {
            findings = [.gone(of: host, from: folder, last: last)]
        }
        return Report(links: check.count, head: check.head, findings: findings)
    }
}

extension AuditFinding {
    /// Of a chain that is known of, with no file left.
    fileprivate static func gone(of host: HostID, from folder: String, last: Int64) -> AuditFinding {
        AuditFinding(
            kind: .missing, file: folder, line: 0,
            explanation:
                "no file of \(host) is here, and a checkpoint knows its link \(last); put back \(host).*.log from "
                + "where they went: another SPOOL_DIR, that host's machine, an archive")
    }
}

/// The lines of a file, a block at a time.
struct AuditLines {
    private let file: FileHandle
    private var block = Data()
    private var isAtEnd = false
    /// Lines given.
    private(set) var count = 0

    private static let blockBytes = 1 << 20

    init(_ path: String) throws { file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) }

    /// The next one without its end; the last one may have none. Nil behind it.
    mutating func next() throws -> Data? {
        while true {
            if let end = block.firstIndex(of: UInt8(ascii: "\n")) {
                defer { block = block[(end + 1)...] }
                count += 1
                return block[..<end]
            }
            if isAtEnd { break }
            let more = try file.read(upToCount: Self.blockBytes) ?? Data()
            isAtEnd = more.isEmpty
            // A copy: a slice would keep all that was read.
            block = Data(block) + more
        }
        guard !block.isEmpty else { return nil }
        defer { block = Data() }
        count += 1
        return block
    }
}
