/// What must hold for the bytes before they are parsed: size, encoding, characters.
enum YAMLText {
    /// U+FEFF in UTF-8, with which some editors begin a file.
    static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    static func check(_ bytes: [UInt8], file: String) throws(Diagnostic) {
        guard bytes.count <= YAMLReader.maximumSize else {
            throw Diagnostic(
                "yaml-size", "\(bytes.count) bytes; at most \(YAMLReader.maximumSize) are read", hint: "split the file",
                at: SourcePosition(file: file, line: 1, column: 1))
        }
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var position = SourcePosition(file: file, line: 1, column: 1)
        var before: Unicode.Scalar?
        while true {
            switch decoder.decode(&iterator) {
            case .emptyInput:
                return
            case .error:
                throw Diagnostic("yaml-encoding", "not UTF-8", hint: "save the file as UTF-8", at: position)
            case .scalarValue(let scalar):
                try check(scalar, at: position)
                position.pass(scalar, after: before)
                before = scalar
            }
        }
    }

    /// The place behind the last character.
    static func end(of text: some Sequence<Unicode.Scalar>, file: String) -> SourcePosition {
        var position = SourcePosition(file: file, line: 1, column: 1)
        var before: Unicode.Scalar?
        for scalar in text {
            position.pass(scalar, after: before)
            before = scalar
        }
        return position
    }

    private static func check(_ scalar: Unicode.Scalar, at position: SourcePosition) throws(Diagnostic) {
        switch scalar.value {
        // Lines end there for libyaml, as in YAML 1.1, and neither for YAML 1.2 nor for editors: places would be wrong.
        case 0x85, 0x2028, 0x2029: throw refusal(of: scalar, at: position)
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0xA0...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: return
        case 0xFEFF where position.line == 1 && position.column == 1: return
        default: throw refusal(of: scalar, at: position)
        }
    }

    private static func refusal(of scalar: Unicode.Scalar, at position: SourcePosition) -> Diagnostic {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return Diagnostic(
            "yaml-character", "the character \(code) is not allowed",
            hint: "remove it, or write it as an escape in double quotes",
            at: position)
    }
}

extension SourcePosition {
    /// Goes on behind a character. Lines end as libyaml has it: at a line feed, a return, or both.
    fileprivate mutating func pass(_ scalar: Unicode.Scalar, after before: Unicode.Scalar?) {
        switch scalar {
        case "\n" where before == "\r": break
        case "\n", "\r":
            line += 1
            column = 1
        default: column += 1
        }
    }
}
