/// Text for comments and for a terminal: whatever it was made of, it ends no line and moves no cursor.
enum CommentText {
    /// The text on one line of visible characters, at most 300 of them.
    static func line(_ text: String) -> String {
        let line = words(text).joined(separator: " ")
        return line.count > 300 ? line.prefix(299) + "…" : line
    }

    /// Lines of at most 117 characters, all but the first indented.
    static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        for word in words(text) {
            if let last = lines.last, last.count + word.count < 117 {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(lines.isEmpty ? word : "  \(word)")
            }
        }
        return lines
    }

    /// Whether a YAML reader takes a character for what it is, and people can see it: no control or format character,
    /// no line break of any kind.
    static func isReadable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return false
        default: return true
        }
    }

    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map { word in
            String(String.UnicodeScalarView(word.unicodeScalars.filter(isReadable)))
        }.filter { !$0.isEmpty }
    }
}
