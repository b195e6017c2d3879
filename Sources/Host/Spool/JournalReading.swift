import Foundation
import Model

/// What was found when a journal was opened.
struct JournalReading {
    private(set) var knowledge = JournalKnowledge()
    /// Lines that are damaged and segments that are missing, as `file:line`.
    private(set) var damage: [String] = []
    /// Damage that no later segment's header speaks of yet.
    private(set) var hidesLines = false
    /// Bytes of the newest segment up to its last whole line.
    private(set) var length = 0
    /// Lines of the newest segment, its header not counted.
    private(set) var lines = 0

    init(_ folder: SegmentFolder) throws {
        let numbers = try folder.numbers()
        for (index, number) in numbers.enumerated() {
            if index > 0, numbers[index - 1] != number - 1 { report(folder.path(number - 1), nil) }
            let isLast = index == numbers.count - 1
            try read(Data(contentsOf: URL(fileURLWithPath: folder.path(number))), number, folder, isLast: isLast)
        }
    }

    private mutating func read(_ bytes: Data, _ number: Int, _ folder: SegmentFolder, isLast: Bool) throws {
        length = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        let texts = bytes[..<length].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        lines = max(0, texts.count - 1)
        let header = texts.first.flatMap { CheckedText.read($0) }.flatMap { SegmentHeader(fields: $0) }
        knowledge.begin(number, header)
        if header?.followsLoss == true { hidesLines = false }
        if header == nil { report(folder.path(number), 1) }
        if isLast, let header, let first = knowledge.segments.first?.number, first > header.eldest {
            report(folder.path(header.eldest), nil)
        }
        for (index, text) in texts.enumerated().dropFirst() {
            if let note = CheckedText.read(text).flatMap({ JournalNote(fields: $0) }) {
                knowledge.take(note)
            } else {
                report(folder.path(number), index + 1)
            }
        }
        // Only the very last line can be torn: later segments begin after earlier ones are complete. Zeros are room
        // (`tm_append`). A torn line that lies across two pages can end with its newline: then it counts as damage, which
        // is the safe side.
        if !isLast, bytes[length...].contains(where: { $0 != 0 }) { report(folder.path(number), texts.count + 1) }
    }

    private mutating func report(_ path: String, _ line: Int?) {
        damage.append(line.map { "\(path):\($0)" } ?? "\(path) is missing")
        hidesLines = true
    }
}
