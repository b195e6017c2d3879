import ConnectorSDK
import Pipeline

/// The kinds of members that bodies have.
extension FieldReader {
    mutating func text(_ name: String, longest: Int = longestText) -> String? {
        read(name, FieldValue.textRule(longest)) {
            FieldValue.text($0, longest: longest)
        }
    }

    /// A text that must be there; empty when it is not, and then `finish` throws.
    mutating func requiredText(_ name: String) -> String {
        if (value(name) ?? .null) == .null {
            refuse(name, "missing")
            return ""
        }
        return text(name) ?? ""
    }

    mutating func secret(_ name: String) -> Secret? {
        read(name, FieldValue.secretRule, FieldValue.secret)
    }

    /// A proof key's verifier (RFC 7636 §4.1).
    mutating func verifier(_ name: String) -> Secret? {
        shaped(name, Shapes.verifierRule) { Shapes.isVerifier($0) }.map { Secret($0) }
    }

    mutating func flag(_ name: String) -> Bool? {
        read(name, "true or false") { if case .bool(let flag) = $0 { flag } else { nil } }
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        read(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            FieldValue.integer($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Scopes, each as RFC 6749 §3.3 lets it be.
    mutating func scopes(_ name: String) -> [String]? { read(name, FieldValue.scopesRule, FieldValue.scopes) }

    /// The name of a token, or the id of a connection.
    mutating func identifier(_ name: String) -> String? { shaped(name, Shapes.nameRule) { Shapes.isName($0) } }

    /// The name of one of the organization's clients.
    mutating func client(_ name: String) -> String? { shaped(name, Shapes.clientRule) { Shapes.isClient($0) } }

    /// `organization` or a user's id.
    mutating func owner(_ name: String) -> String? { shaped(name, Shapes.visibleRule()) { Shapes.isVisible($0) } }

    private mutating func shaped(_ name: String, _ rule: String, _ isRight: (String) -> Bool) -> String? {
        read(name, rule) { if case .string(let text) = $0, isRight(text) { text } else { nil } }
    }

    /// An object of texts, such as `inputs`.
    mutating func textMap(_ name: String) -> [String: String]? {
        read(name, "an object of at most 100 texts", FieldValue.textMap)
    }

    /// An object of any shape, as text with its members sorted.
    mutating func objectText(_ name: String, longest: Int = 16 * 1024) -> String? {
        read(name, "an object of at most \(longest) bytes") {
            guard case .object = $0 else { return nil }
            let text = JSONWriter.text($0)
            return text.utf8.count <= longest ? text : nil
        }
    }
}

/// Single values; nil for what is none.
enum FieldValue {
    static let textsRule = "a list of at most 200 texts"
    static let scopesRule = "a list of at most 200 scopes, which are visible ASCII without spaces (RFC 6749 §3.3)"
    static let secretRule = "a text of 1 to \(FieldReader.longestSecret) characters"

    static func textRule(_ longest: Int = FieldReader.longestText) -> String {
        "a text of 1 to \(longest) characters without control characters"
    }

    /// A number without fraction, however it is written: to JSON Schema `7`, `7.0` and `7e0` are one integer. Exact: what
    /// is not written with digits alone must be one that a double holds.
    static func integer(_ value: JSONValue) -> Int64? {
        guard case .number(let digits) = value else { return nil }
        return Int64(digits) ?? Double(digits).flatMap { abs($0) < 0x1p53 ? Int64(exactly: $0) : nil }
    }

    static func text(_ value: JSONValue, longest: Int = FieldReader.longestText) -> String? {
        guard case .string(let text) = value, (1...longest).contains(text.unicodeScalars.count),
            WireEncoding.isSane(text)
        else { return nil }
        return text
    }

    /// Secrets may have line breaks, as PEM does.
    static func secret(_ value: JSONValue) -> Secret? {
        guard case .string(let text) = value, (1...FieldReader.longestSecret).contains(text.unicodeScalars.count) else {
            return nil
        }
        return Secret(text)
    }

    static func texts(_ value: JSONValue) -> [String]? {
        guard case .array(let elements) = value, elements.count <= 200 else { return nil }
        let texts = elements.compactMap { text($0) }
        return texts.count == elements.count ? texts : nil
    }

    static func scopes(_ value: JSONValue) -> [String]? {
        texts(value).flatMap { scopes in
            scopes.allSatisfy { Shapes.isVisible($0, longest: FieldReader.longestText) } ? scopes : nil
        }
    }

    /// Values may be empty and may have line breaks: some are secrets.
    static func textMap(_ value: JSONValue) -> [String: String]? {
        guard case .object(let members) = value, members.count <= 100 else { return nil }
        let texts = members.compactMapValues { mapValue($0) }
        return texts.count == members.count ? texts : nil
    }

    static func mapValue(_ value: JSONValue) -> String? {
        guard case .string(let text) = value, text.unicodeScalars.count <= FieldReader.longestSecret
        else { return nil }
        return text
    }
}
