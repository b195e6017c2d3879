/// A text with `{name}` placeholders (DESIGN.md §3): a letter or `_`, then letters, digits, `_`. Any other brace
/// stands for itself, and values are expanded once, never again.
public struct Template: Sendable, Hashable, CustomStringConvertible {
    /// A piece of a template, in the order of the text.
    public enum Segment: Sendable, Hashable {
        /// Text that stands for itself.
        case literal(String)
        /// The name between the braces.
        case placeholder(String)
    }

    /// The pieces; neighbouring literals are merged.
    public let segments: [Segment]
    /// The text as it was written.
    public let description: String

    /// Splits a text into its pieces. Never fails: what is no placeholder is a literal.
    public init(_ text: String) {
        description = text
        segments = Self.split(text)
    }

    /// The names of all placeholders, in order of appearance, with repetitions.
    public var placeholders: [String] {
        segments.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
    }

    /// The text before the first placeholder.
    public var literalPrefix: String {
        if case .literal(let text)? = segments.first { text } else { "" }
    }

    /// Bytes suffice: braces and names are ASCII. Each is looked at twice at most, however many braces stay open.
    private static func split(_ text: String) -> [Segment] {
        let bytes = text.utf8
        var segments: [Segment] = []
        var literal = bytes.startIndex
        var next = literal
        while let brace = bytes[next...].firstIndex(of: UInt8(ascii: "{")) {
            next = bytes.index(after: brace)
            guard let end = endOfName(in: bytes[next...]) else { continue }
            if literal < brace { segments.append(.literal(String(text[literal..<brace]))) }
            segments.append(.placeholder(String(text[next..<end])))
            next = bytes.index(after: end)
            literal = next
        }
        if literal < bytes.endIndex { segments.append(.literal(String(text[literal...]))) }
        return segments
    }

    /// The place of the `}` behind a name at the start, or nil.
    private static func endOfName(in bytes: Substring.UTF8View) -> String.Index? {
        guard let first = bytes.first, isNameByte(first), !WireEncoding.isDigit(first) else { return nil }
        guard let end = bytes.firstIndex(where: { !isNameByte($0) }) else { return nil }
        return bytes[end] == UInt8(ascii: "}") ? end : nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || WireEncoding.isAlphanumeric(byte)
    }
}
