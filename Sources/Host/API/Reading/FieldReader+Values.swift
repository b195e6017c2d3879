import ConnectorSDK
import Pipeline

/// The kinds of members that bodies have.
extension FieldReader {
    mutating func text(_ name: String, longest: Int = longestText) -> String? {
        read(name, "a text of 1 to \(longest) bytes without control characters") {
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

    mutating func flag(_ name: String) -> Bool? {
        read(name, "true or false") { if case .bool(let flag) = $0 { flag } else { nil } }
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        read(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            guard case .number(let digits) = $0, let number = Int64(digits), range.contains(number) else { return nil }
            return number
        }
    }

    mutating func texts(_ name: String) -> [String]? { read(name, FieldValue.textsRule, FieldValue.texts) }

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
    static let secretRule = "a text of 1 to \(FieldReader.longestSecret) bytes"

    static func text(_ value: JSONValue, longest: Int = FieldReader.longestText) -> String? {
        guard case .string(let text) = value, (1...longest).contains(text.utf8.count), WireEncoding.isSane(text) else {
            return nil
        }
        return text
    }

    /// Secrets may have line breaks, as PEM does.
    static func secret(_ value: JSONValue) -> Secret? {
        guard case .string(let text) = value, (1...FieldReader.longestSecret).contains(text.utf8.count) else {
            return nil
        }
        return Secret(text)
    }

    static func texts(_ value: JSONValue) -> [String]? {
        guard case .array(let elements) = value, elements.count <= 200 else { return nil }
        let texts = elements.compactMap { text($0) }
        return texts.count == elements.count ? texts : nil
    }

    /// Values may be empty and may have line breaks: some are secrets.
    static func textMap(_ value: JSONValue) -> [String: String]? {
        guard case .object(let members) = value, members.count <= 100 else { return nil }
        let texts = members.compactMapValues { mapValue($0) }
        return texts.count == members.count ? texts : nil
    }

    static func mapValue(_ value: JSONValue) -> String? {
        guard case .string(let text) = value, text.utf8.count <= FieldReader.longestSecret else { return nil }
        return text
    }
}
