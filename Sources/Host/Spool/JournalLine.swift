import Foundation
package import Model

/// What a host notes before the first byte of a presentation (PROTOCOL.md §2).
package struct JournalLine: Sendable, Hashable {
    package let attempt: AttemptID
    package let line: LineID
    package let fence: Int64
    /// The store's mark as T2 drew it.
    package let mark: Int64
    /// The attempt's `sentAt`, so that it can be told which attempts the journal no longer knows.
    package let sentAt: Timestamp

    package init(attempt: AttemptID, line: LineID, fence: Int64, mark: Int64, sentAt: Timestamp) {
        self.attempt = attempt
        self.line = line
        self.fence = fence
        self.mark = mark
        self.sentAt = sentAt
    }

    /// Its fields, for the file.
    var fields: [String] {
        [
            attempt.description, line.connection.description, line.name, String(fence), String(mark),
            String(sentAt.milliseconds),
        ]
    }

    init?(fields: [String]) {
        guard fields.count == 6, let fence = Int64(fields[3]), let mark = Int64(fields[4]), let time = Int64(fields[5])
        else { return nil }
        attempt = AttemptID(fields[0])
        line = LineID(connection: ConnectionID(fields[1]), name: fields[2])
        self.fence = fence
        self.mark = mark
        sentAt = Timestamp(milliseconds: time)
    }
}

/// The first line of a journal's segment: what earlier segments said, so that they can go.
struct SegmentHeader: Sendable, Hashable {
    let number: Int
    /// The eldest segment kept beside it.
    let eldest: Int
    /// The highest mark of all earlier segments.
    let highestMark: Int64
    /// Attempts sent at or before this may have had a line that is gone.
    let horizon: Timestamp
    /// Lines before this segment were lost.
    let followsLoss: Bool

    private static let format = "journal 1"

    init(number: Int, eldest: Int, highestMark: Int64, horizon: Timestamp, followsLoss: Bool) {
        self.number = number
        self.eldest = eldest
        self.highestMark = highestMark
        self.horizon = horizon
        self.followsLoss = followsLoss
    }

    var fields: [String] {
        [
            Self.format, String(number), String(eldest), String(highestMark), String(horizon.milliseconds),
            followsLoss ? "lost" : "whole",
        ]
    }

    init?(fields: [String]) {
        guard fields.count == 6, fields[0] == Self.format, let number = Int(fields[1]), let eldest = Int(fields[2]),
            let mark = Int64(fields[3]), let horizon = Int64(fields[4])
        else { return nil }
        self.init(
            number: number, eldest: eldest, highestMark: mark, horizon: Timestamp(milliseconds: horizon),
            followsLoss: fields[5] == "lost")
    }
}

/// A line of text: fields between tabs, and a checksum (FNV-1a, 64 bits) that tells a damaged line from a whole one.
enum CheckedText {
    /// - Throws: `SpoolError` with `.name` when a field holds a control character.
    static func write(_ fields: [String]) throws -> Data {
        guard fields.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 } }) else {
            throw SpoolError(.name, "A journal line cannot hold a name with control characters")
        }
        var bytes = Data(fields.joined(separator: "\t").utf8)
        bytes.append(contentsOf: "\t\(String(checksum(bytes), radix: 16))\n".utf8)
        return bytes
    }

    /// The fields of a line without its end; nil when it is damaged.
    static func read(_ line: Data) -> [String]? {
        guard let tab = line.lastIndex(of: UInt8(ascii: "\t")),
            let sum = String(bytes: line[(tab + 1)...], encoding: .utf8),
            UInt64(sum, radix: 16) == checksum(line[..<tab]), let text = String(bytes: line[..<tab], encoding: .utf8)
        else { return nil }
        return text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }

    private static func checksum(_ bytes: Data) -> UInt64 {
        bytes.withUnsafeBytes { buffer in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in buffer { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            return hash
        }
    }
}
