/// A comment `# lint-allow: RULE reason…`: the author knows of a warning and says why it must be. It stands on the line
/// of the finding, or on lines of its own right above. No error can be waived.
struct Waiver: Sendable, Hashable {
    var rule: String
    var reason: String
    /// Of the comment's `#`.
    var position: SourcePosition
    /// The line whose findings it is about.
    var line: Int
}

/// Finds waivers in a file's bytes. YAML's own reader drops comments, so that this looks at the text: a `#` at the start
/// of a line or after a blank, which in a block text may be none. Such a one waives nothing and is reported as unused.
struct WaiverReader: Sendable {
    private static let mark = Array("lint-allow:".utf8)

    let file: String
    private(set) var waivers: [Waiver] = []
    private(set) var findings: [Diagnostic] = []
    /// Of comments on lines of their own, waiting for the line that they are about.
    private var waiting: [Waiver] = []

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        guard Self.mayHoldWaivers(bytes) else { return }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() { read(line, number: index + 1) }
        waivers += waiting
    }

    private mutating func read(_ line: ArraySlice<UInt8>, number: Int) {
        let isBlank = line.allSatisfy(Self.isSpace)
        let isComment = line.first { !Self.isSpace($0) } == UInt8(ascii: "#")
        if !isBlank, !isComment {
            waivers += waiting.map { Waiver(rule: $0.rule, reason: $0.reason, position: $0.position, line: number) }
            waiting = []
        }
        guard let start = Self.comment(in: line) else { return }
        let column = String(decoding: line[..<start], as: UTF8.self).count + 1
        let position = SourcePosition(file: file, line: number, column: column)
        guard let waiver = waiver(line[start...], at: position) else { return }
        if isComment { waiting.append(waiver) } else { waivers.append(waiver) }
    }

    private mutating func waiver(_ comment: ArraySlice<UInt8>, at position: SourcePosition) -> Waiver? {
        let text = String(
            decoding: comment.dropFirst().drop(while: Self.isSpace).dropFirst(Self.mark.count), as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count > 1 else {
            findings.append(
                Diagnostic(
                    "waiver-reason", "a waiver needs a rule and a reason", hint: "write `# lint-allow: RULE reason`",
                    severity: .warning, at: position))
            return nil
        }
        let reason = words.dropFirst().joined(separator: " ")
        return Waiver(rule: String(words[0]), reason: reason, position: position, line: position.line)
    }

    /// Where a comment with the mark starts. A `#` between quotes that open and close on this line starts none.
    private static func comment(in line: ArraySlice<UInt8>) -> Int? {
        var index = line.startIndex
        var isComment = false
        while index < line.endIndex {
            let byte = line[index]
            if byte == UInt8(ascii: "#"), index == line.startIndex || isSpace(line[index - 1]) {
                if line[(index + 1)...].drop(while: isSpace).starts(with: mark) { return index }
                isComment = true
            } else if !isComment, let end = quoteEnd(in: line, from: index) {
                index = end
            }
            index += 1
        }
        return nil
    }

    /// Where the quotes that open here close; nil for what is no opening quote: a quote inside a plain text is a letter.
    private static func quoteEnd(in line: ArraySlice<UInt8>, from start: Int) -> Int? {
        let quote = line[start]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let before = line[..<start].last { !isSpace($0) }
        guard before.map({ ":[{,-?".utf8.contains($0) }) ?? true else { return nil }
        var index = start + 1
        while index < line.endIndex {
            // Within single quotes two of them are one.
            let isDoubled = index + 1 < line.endIndex && line[index + 1] == quote && quote == UInt8(ascii: "'")
            if line[index] == quote, !isDoubled { return index }
            if line[index] == quote { index += 1 }
            index += quote == UInt8(ascii: "\"") && line[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    private static func mayHoldWaivers(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while let index = rest.firstIndex(of: UInt8(ascii: "#")) {
            rest = rest[(index + 1)...]
            if rest.drop(while: isSpace).starts(with: mark) { return true }
        }
        return false
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}
