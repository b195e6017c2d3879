import ConnectorSDK
import Foundation

/// Format 1 as a JSON Schema (draft 2020-12), for editors. Made of the tables that decode definitions, so that it knows
/// what they know; what depends on several keys is lint's.
package enum FormatSchema {
    /// `connectors.d/schema.json`: the same bytes for the same tables.
    package static var text: String {
        var schema = structure(Format1.description, inherits: true)
        schema["$schema"] = .string("https://json-schema.org/draft/2020-12/schema")
        schema["title"] = .string("token-manager connector definition, format 1")
        schema["required"] = .array(["format", "id", "title"].map { .string($0) })
        // What a child leaves out, its parent says; and it removes a key with null.
        schema["if"] = .object(["required": .array([.string("extends")])])
        schema["else"] = .object(requirements(Format1.description) ?? [:])
        return pretty(.object(schema))
    }

    private typealias Schema = [String: JSONValue]

    /// - Parameter inherits: whether `extends` merges into this place key by key: then keys may be missing or null.
    private static func structure(_ shape: ValueShape, inherits: Bool) -> Schema {
        switch shape {
        case .text: ["type": .array(["string", "number", "boolean"].map { .string($0) })]
        case .filledText: structure(.text, inherits: inherits).merging(["minLength": .number("1")]) { $1 }
        case .flag: ["type": .string("boolean")]
        case .status: ["type": .string("integer"), "minimum": .number("100"), "maximum": .number("599")]
        case .duration: ["type": .string("string"), "pattern": .string("^[0-9]{1,10}[smhdy]$")]
        case .rateLimit: ["type": .string("string"), "pattern": .string("^[0-9]{1,7}/[0-9]{1,10}[smhdy]$")]
        case .pointer: ["type": .string("string"), "pattern": .string("^(/([^~/]|~[01])*)*$")]
        case .json: [:]
        case .choice(let words): ["enum": .array(words.flatMap(values))]
        case .list(let element):
            ["type": .string("array"), "items": .object(structure(element, inherits: false))]
        case .oneOrList(let element): oneOrList(.object(structure(element, inherits: false)))
        case .map(let element):
            [
                "type": .string("object"),
                "additionalProperties": nullable(structure(element, inherits: inherits), when: inherits),
            ]
        case .namedMap(let names, let element):
            object(names.map { ($0, nullable(structure(element, inherits: inherits), when: inherits)) })
        case .either(let shapes):
            ["anyOf": .array(shapes.map { .object(structure($0, inherits: inherits)) })]
        case .table(let keys): table(keys, inherits: inherits)
        }
    }

    private static func table(_ keys: [KeyDescription], inherits: Bool) -> Schema {
        var schema = object(
            keys.map { key in
                var value = structure(key.shape, inherits: inherits)
                value = inherits ? ["anyOf": .array([.object(value), .object(["type": .string("null")])])] : value
                value["description"] = .string(key.summary)
                return (key.name, .object(value))
            })
        let required = keys.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !inherits, !required.isEmpty { schema["required"] = .array(required) }
        return schema
    }

    /// The keys that a definition without a parent must have, at every depth; nil where there are none.
    private static func requirements(_ shape: ValueShape) -> Schema? {
        guard case .table(let keys) = shape else { return nil }
        var schema: Schema = [:]
        let required = keys.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        let inner = keys.compactMap { key in requirements(key.shape).map { (key.name, JSONValue.object($0)) } }
        if !inner.isEmpty { schema["properties"] = .object(Dictionary(inner) { first, _ in first }) }
        return schema.isEmpty ? nil : schema
    }

    private static func object(_ properties: [(String, JSONValue)]) -> Schema {
        [
            "type": .string("object"), "additionalProperties": .bool(false),
            "properties": .object(Dictionary(properties) { first, _ in first }),
        ]
    }

    private static func nullable(_ schema: Schema, when isNullable: Bool) -> JSONValue {
        isNullable && !schema.isEmpty
            ? .object(["anyOf": .array([.object(schema), .object(["type": .string("null")])])]) : .object(schema)
    }

    private static func oneOrList(_ element: JSONValue) -> Schema {
        let list: Schema = ["type": .string("array"), "items": element, "minItems": .number("1")]
        return ["anyOf": .array([element, .object(list)])]
    }

    /// A word of the format, also as the number that a YAML reader may take it for.
    private static func values(_ word: String) -> [JSONValue] {
        Int(word) == nil ? [.string(word)] : [.number(word), .string(word)]
    }

    private static func pretty(_ value: JSONValue) -> String {
        // What the writer wrote is JSON.
        guard let tree = try? JSONSerialization.jsonObject(with: Data(JSONWriter.text(value).utf8)),
            let data = try? JSONSerialization.data(
                withJSONObject: tree, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        else { return "" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
