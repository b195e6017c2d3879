/// A JSON pointer (RFC 6901).
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// The unescaped reference tokens; empty for the whole document.
    public let tokens: [String]

    /// Takes the tokens as they are.
    public init(tokens: [String]) { self.tokens = tokens }

    /// Reads a pointer such as `/authed_user/access_token`. Nil when it neither is empty nor starts with `/`,
    /// or when a `~` is not followed by `0` or `1`.
    public init?(_ text: String) {
        if text.isEmpty {
            tokens = []
            return
        }
        guard text.hasPrefix("/") else { return nil }
        var tokens: [String] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let token = Self.unescape(part) else { return nil }
            tokens.append(token)
        }
        self.tokens = tokens
    }

    /// The pointer in its written form.
    public var description: String {
        tokens.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined()
    }

    /// Whether this pointer is the other one or leads to it: reading it would read the other one too.
    public func contains(_ other: JSONPointer) -> Bool { other.tokens.starts(with: tokens) }

    private static func unescape(_ part: Substring) -> String? {
        var token = ""
        var rest = part
        while let character = rest.popFirst() {
            guard character == "~" else {
                token.append(character)
                continue
            }
            switch rest.popFirst() {
            case "0": token.append("~")
            case "1": token.append("/")
            default: return nil
            }
        }
        return token
    }
}

extension JSONValue {
    /// The value a pointer leads to, or nil. Array tokens are decimal without leading zero (RFC 6901 §4).
    public subscript(pointer: JSONPointer) -> JSONValue? {
        var value = self
        for token in pointer.tokens {
            switch value {
            case .object(let members):
                guard let member = members[token] else { return nil }
                value = member
            case .array(let elements):
                guard let index = Int(token), String(index) == token, elements.indices.contains(index) else {
                    return nil
                }
                value = elements[index]
            default:
                return nil
            }
        }
        return value
    }
}
