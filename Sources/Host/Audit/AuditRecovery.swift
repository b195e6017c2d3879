import Crypto
import Foundation
import Model

/// Where a chain stands when a host starts, read from the end of its files.
struct AuditRecovery {
    /// The file that goes on.
    let segment: AuditFolder.Segment
    /// Its bytes that count.
    let length: Int
    let head: ChainHead
    /// Bytes behind the last whole line: a record that nobody was told was durable. Empty as a rule.
    let torn: Data
    /// The last line is whole but for its end: it stays, and is ended.
    let lacksNewline: Bool

    /// - Throws: `AuditError` with `.damaged` when the last whole line is no link, or an earlier file is torn.
    init(_ folder: AuditFolder) throws {
        let segments = try folder.segments()
        guard let last = segments.last else {
            self.init(segment: folder.segment(from: 1), length: 0, head: .genesis(of: folder.host), torn: Data())
            return
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: last.path), options: .alwaysMapped)
        let length = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        let torn = Data(bytes[length...])
        if length > 0 {
            let head = try Self.lastLink(of: bytes[..<length], in: last).head
            self.init(segment: last, length: length, head: head, torn: torn)
        } else {
            // The process died between making the file and its first line: the chain stands where the file before ends.
            let head = try Self.end(of: segments.dropLast().last, in: folder)
            guard head.sequence + 1 == last.first else {
                throw Self.damaged(last, "does not follow the file before it")
            }
            self.init(segment: last, length: 0, head: head, torn: torn)
        }
    }

    /// Bytes behind the last newline are torn, unless they are a whole link that follows.
    private init(segment: AuditFolder.Segment, length: Int, head: ChainHead, torn: Data) {
        self.segment = segment
        if let link = ChainLink(line: torn), link == .next(after: head, json: link.record) {
            self.length = length + torn.count
            self.head = link.head
            self.torn = Data()
            lacksNewline = true
        } else {
            self.length = length
            self.head = head
            self.torn = torn
            lacksNewline = false
        }
    }

    /// The record that notes what is cut off: how much, and its hash.
    func note(at time: Timestamp) -> AuditRecord? {
        if torn.isEmpty { return nil }
        let hash = ChainHash(SHA256.hash(data: torn))
        return AuditRecord(
            time: time, organization: nil, caller: "host", action: "audit.repair", request: segment.name,
            outcome: "cut \(torn.count) bytes of an unfinished line, sha256 \(hash)")
    }

    private static func end(of segment: AuditFolder.Segment?, in folder: AuditFolder) throws -> ChainHead {
        guard let segment else { return .genesis(of: folder.host) }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: segment.path), options: .alwaysMapped)
        guard bytes.last == UInt8(ascii: "\n") else { throw damaged(segment, "ends within a line") }
        return try lastLink(of: bytes, in: segment).head
    }

    private static func lastLink(of lines: Data, in segment: AuditFolder.Segment) throws -> ChainLink {
        let text = lines.dropLast()
        let start = text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? text.startIndex
        guard let link = ChainLink(line: text[start...]), link.isConsistent else {
            throw damaged(segment, "ends with a line that is no link of the chain")
        }
        return link
    }

    private static func damaged(_ segment: AuditFolder.Segment, _ what: String) -> AuditError {
        AuditError(
            .damaged,
            "The audit file \(segment.path) \(what). Run `token-manager audit verify`, then move the files away")
    }
}
