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

    private static func split(_ text: String) -> [Segment] {
        var segments: [Segment] = []
        var literal = ""
        var rest = Substring(text)
        while let character = rest.first {
            if character == "{", let name = placeholderName(after: rest.dropFirst()) {
                if !literal.isEmpty { segments.append(.literal(literal)) }
                literal = ""
                segments.append(.placeholder(name))
                rest = rest.dropFirst(name.count + 2)
            } else {
                literal.append(character)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty { segments.append(.literal(literal)) }
        return segments
    }

    private static func placeholderName(after brace: Substring) -> String? {
        guard let end = brace.firstIndex(of: "}") else { return nil }
        let name = brace[..<end]
        guard let first = name.first, first == "_" || (first.isASCII && first.isLetter) else { return nil }
        guard name.allSatisfy({ $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }) else { return nil }
        return String(name)
    }
}
