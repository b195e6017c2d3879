import ConnectorSDK
import Definitions

/// As much of JSON Schema 2020-12 as `FormatSchema` uses; an unknown keyword is a failure, so that none is overlooked.
struct SchemaValidator {
    let schema: JSONValue
    var path = ""

    /// What is wrong, each with its path; empty when the value is valid.
    func problems(with value: JSONValue) -> [String] {
        guard case .object(let keywords) = schema else { return ["\(path): no schema"] }
        return keywords.sorted { $0.key < $1.key }.flatMap { judge($0.key, $0.value, keywords, value) }
    }

    private func judge(
        _ keyword: String, _ rule: JSONValue, _ keywords: [String: JSONValue], _ value: JSONValue
    ) -> [String] {
        switch keyword {
        case "$schema", "title", "description", "else": return []
        case "type":
            let types = rule.elements
            let isNumber = value.typeName == "integer" && types.contains("number")
            return isNumber || types.contains(value.typeName) ? [] : ["\(path): not of its type"]
        case "enum":
            guard case .array(let values) = rule else { return ["\(path): enum"] }
            return values.contains(value) ? [] : ["\(path): not one of its words"]
        case "pattern":
            guard case .string(let text) = value, case .string(let pattern) = rule else { return [] }
            return (try? Regex(pattern).firstMatch(in: text)) != nil ? [] : ["\(path): does not match"]
        case "anyOf":
            guard case .array(let schemas) = rule else { return ["\(path): anyOf"] }
            let found = schemas.map { within($0).problems(with: value) }
            return found.contains([]) ? [] : found.min { $0.count < $1.count } ?? []
        case "if":
            guard let other = keywords["else"] else { return ["\(path): if without else"] }
            return within(rule).problems(with: value).isEmpty ? [] : within(other).problems(with: value)
        case "items":
            guard case .array(let elements) = value else { return [] }
            return elements.enumerated().flatMap { within(rule, "[\($0)]").problems(with: $1) }
        case "minLength": return value == .string("") ? ["\(path): too short"] : []
        case "minimum", "maximum":
            guard case .number(let text) = value, case .number(let limit) = rule, let number = Int(text),
                let end = Int(limit)
            else { return [] }
            return keyword == "minimum"
                ? (number < end ? ["\(path): too small"] : []) : (number > end ? ["\(path): too large"] : [])
        case "minItems":
            if case .array(let elements) = value, elements.isEmpty { return ["\(path): too few"] }
            return []
        case "required":
            guard case .object(let members) = value else { return [] }
            return rule.elements.filter { members[$0] == nil }.sorted().map { "\(path): no \($0)" }
        case "properties":
            guard case .object(let members) = value, case .object(let rules) = rule else { return [] }
            return members.flatMap { name, member in
                rules[name].map { within($0, ".\(name)").problems(with: member) } ?? []
            }
        case "additionalProperties":
            guard case .object(let members) = value else { return [] }
            var known: Set<String> = []
            if case .object(let properties)? = keywords["properties"] { known = Set(properties.keys) }
            return members.filter { !known.contains($0.key) }.flatMap { name, member in
                rule == .bool(false)
                    ? ["\(path): unknown key \(name)"] : within(rule, ".\(name)").problems(with: member)
            }
        default: return ["\(path): keyword \(keyword)"]
        }
    }

    private func within(_ schema: JSONValue, _ step: String = "") -> SchemaValidator {
        SchemaValidator(schema: schema, path: path + step)
    }
}

extension JSONValue {
    /// One text, or the texts of a list.
    fileprivate var elements: Set<String> {
        switch self {
        case .string(let text): [text]
        case .array(let values): Set(values.compactMap { if case .string(let text) = $0 { text } else { nil } })
        default: []
        }
    }

    fileprivate var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number(let digits): Int(digits) == nil ? "number" : "integer"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// A YAML value as an editor's YAML reader has it.
    init(editing node: YAMLNode) {
        if let entries = node.entries {
            self = .object(Dictionary(entries.map { ($0.key, JSONValue(editing: $0.value)) }) { $1 })
        } else if let elements = node.elements {
            self = .array(elements.map { JSONValue(editing: $0) })
        } else if let flag = node.bool {
            self = .bool(flag)
        } else if let number = node.number {
            self = .number(number)
        } else {
            self = node.text.map { .string($0) } ?? .null
        }
    }
}
