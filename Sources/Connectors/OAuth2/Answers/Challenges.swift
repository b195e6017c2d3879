/// Reads `WWW-Authenticate` (RFC 9110 §11.6.1): one line may hold several challenges, and an answer several lines.
enum Challenges {
    /// The schemes of one line, in lower case.
    static func schemes(in line: String) -> [String] {
        pieces(of: line).compactMap { piece in
            let word = piece.drop(while: isSpace).prefix { !isSpace($0) }
            // A parameter of the challenge before has `=`; a scheme is a token.
            let isScheme = !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            return isScheme ? word.lowercased() : nil
        }
    }

    /// Split at commas, but for those in quotes.
    private static func pieces(of line: String) -> [Substring] {
        var (isQuoted, isEscaped) = (false, false)
        return line.split { character in
            if isEscaped {
                isEscaped = false
                return false
            }
            if isQuoted, character == "\\" { isEscaped = true }
            if character == "\"" { isQuoted.toggle() }
            return character == "," && !isQuoted
        }
    }

    private static func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
}
