/// A place in a text file. Lines and columns count from 1, columns in characters.
package struct SourcePosition: Sendable, Hashable {
    package var file: String
    package var line: Int
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// One finding in a file: where, how bad, by which rule, what, and what to do about it. Holds no secret.
package struct Diagnostic: Error, Sendable, Hashable, Codable {
    /// How bad a finding is. Only an error keeps a file from being used.
    package enum Severity: String, Sendable, Hashable, Codable {
        case error
        case warning
        case note
    }

    package var file: String
    package var line: Int
    package var column: Int
    package var severity: Severity
    /// The rule's name, such as `unknown-key`.
    package var rule: String
    package var message: String
    package var hint: String?

    /// A finding at a position.
    package init(
        _ rule: String, _ message: String, hint: String? = nil, severity: Severity = .error,
        at position: SourcePosition
    ) {
        self.file = position.file
        self.line = position.line
        self.column = position.column
        self.severity = severity
        self.rule = rule
        self.message = Self.cut(message)
        self.hint = hint.map(Self.cut)
    }

    /// A finding quotes what a file says, and a file may say much.
    private static func cut(_ text: String) -> String {
        text.utf8.count <= 1000 ? text : String(text.unicodeScalars.prefix(500)) + "…"
    }

    package var position: SourcePosition { SourcePosition(file: file, line: line, column: column) }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: error: message [rule]`, and the hint on a line of its own.
    package var description: String {
        let head = "\(file):\(line):\(column): \(severity.rawValue): \(message) [\(rule)]"
        return Self.shown(head) + (hint.map { "\n  hint: \(Self.shown($0))" } ?? "")
    }

    /// Without what would make a terminal do something: control characters, and those that turn a line's direction.
    private static func shown(_ text: String) -> String {
        let turning: Set<Unicode.GeneralCategory> = [.control, .format, .lineSeparator, .paragraphSeparator]
        guard text.unicodeScalars.contains(where: { turning.contains($0.properties.generalCategory) }) else {
            return text
        }
        return text.unicodeScalars.map { scalar in
            turning.contains(scalar.properties.generalCategory) ? scalar.escaped(asASCII: true) : String(scalar)
        }.joined()
    }
}

extension Diagnostic: Comparable {
    /// By file, line, column, then rule and message, so that an output is the same in every run.
    package static func < (left: Diagnostic, right: Diagnostic) -> Bool {
        if left.file != right.file { return left.file < right.file }
        return (left.line, left.column, left.rule, left.message) < (right.line, right.column, right.rule, right.message)
    }
}

extension Diagnostic {
    private enum CodingKeys: String, CodingKey { case file, line, column, severity, rule, message, hint }

    /// All seven members, `hint` as null where there is none (DESIGN.md §5).
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
        try container.encode(line, forKey: .line)
        try container.encode(column, forKey: .column)
        try container.encode(severity, forKey: .severity)
        try container.encode(rule, forKey: .rule)
        try container.encode(message, forKey: .message)
        try container.encode(hint, forKey: .hint)
    }
}
