import ConnectorSDK

@testable import API

/// Judges JSON by the schemas of the OpenAPI document: the keywords that `Schema` writes, and no others.
struct SchemaCheck {
    /// What is wrong, each with its place; empty when the value fits.
    static func problems(with value: JSONValue, by schema: OrderedJSON, at place: String = "$") -> [String] {
        if case .text(let reference)? = schema["$ref"] {
            guard let shape = SharedSchema.all.first(where: { reference == "#/components/schemas/\($0.name)" }) else {
                return ["\(place): there is no \(reference)"]
            }
            let beside = OrderedJSON.object(schema.members.filter { $0.name != "$ref" })
            return problems(with: value, by: shape.schema.json, at: place)
                + problems(with: value, by: beside, at: place)
        }
        return schema.members.flatMap { keyword -> [String] in
            problem(with: value, keyword, of: schema, at: place).map { text in
                text.hasPrefix("$") ? text : "\(place): \(text)"
            }
        }
    }

    static func fits(_ text: String, _ schema: OrderedJSON) throws -> Bool {
        problems(with: try JSONReader.read(text.utf8), by: schema).isEmpty
    }

    private static func problem(
        with value: JSONValue, _ keyword: OrderedJSON.Member, of schema: OrderedJSON, at place: String
    ) -> [String] {
        switch (keyword.name, keyword.value, value) {
        case ("description", _, _), ("default", _, _): []
        case ("type", let types, _): isOf(types, value) ? [] : ["is not of type \(types)"]
        case ("const", let wanted, _): isSame(value, wanted) ? [] : ["is not \(wanted)"]
        case ("enum", .list(let words), _): words.contains { isSame(value, $0) } ? [] : ["is none of the words"]
        case ("not", let other, _): problems(with: value, by: other).isEmpty ? ["fits what it must not"] : []
        case ("anyOf", .list(let all), _):
            all.contains { problems(with: value, by: $0).isEmpty } ? [] : ["fits none"]
        case ("oneOf", .list(let all), _):
            all.count { problems(with: value, by: $0).isEmpty } == 1
                ? [] : ["fits not exactly one: \(all.flatMap { problems(with: value, by: $0) })"]
        case ("format", .text("date-time"), .string(let text)):
            text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) == nil ? ["is no time"] : []
        case ("format", _, _): []
        case ("minLength", .number(let least), .string(let text)):
            text.unicodeScalars.count < least ? ["is too short"] : []
        case ("maxLength", .number(let most), .string(let text)):
            text.unicodeScalars.count > most ? ["is too long"] : []
        case ("pattern", .text(let pattern), .string(let text)):
            matches(text, pattern) ? [] : ["does not match \(pattern)"]
        case ("minimum", .number(let least), .number):
            (value.decimal ?? -.infinity) < Double(least) ? ["is too small"] : []
        case ("maximum", .number(let most), .number):
            (value.decimal ?? .infinity) > Double(most) ? ["is too large"] : []
        case ("minItems", .number(let least), .array(let all)): all.count < least ? ["is too short"] : []
        case ("maxItems", .number(let most), .array(let all)): all.count > most ? ["is too long"] : []
        case ("maxProperties", .number(let most), .object(let all)): all.count > most ? ["has too many members"] : []
        case ("items", let element, .array(let all)): all.flatMap { problems(with: $0, by: element, at: place + "[]") }
        case ("required", .list(let names), .object(let all)):
            names.compactMap { if case .text(let name) = $0, all[name] == nil { "lacks \(name)" } else { nil } }
        case ("propertyNames", let names, .object(let all)):
            all.keys.flatMap { problems(with: .string($0), by: names, at: "\(place).\($0)") }
        case ("properties", let known, .object(let all)):
            known.members.flatMap { member in
                all[member.name].map { problems(with: $0, by: member.value, at: "\(place).\(member.name)") } ?? []
            }
        case ("additionalProperties", let other, .object(let all)):
            all.filter { schema["properties"]?[$0.key] == nil }.flatMap { name, value in
                other == false ? ["has \(name)"] : problems(with: value, by: other, at: "\(place).\(name)")
            }
        case ("minLength", _, _), ("maxLength", _, _), ("pattern", _, _), ("minimum", _, _), ("maximum", _, _),
            ("minItems", _, _), ("maxItems", _, _), ("maxProperties", _, _), ("items", _, _), ("required", _, _),
            ("properties", _, _), ("propertyNames", _, _), ("additionalProperties", _, _):
            []  // of another type, which `type` judges
        default: ["SchemaCheck does not know \(keyword.name)"]
        }
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let regex = try? Regex(pattern).matchingSemantics(.unicodeScalar) else { return false }
        return text.firstMatch(of: regex) != nil
    }

    private static func isSame(_ value: JSONValue, _ wanted: OrderedJSON) -> Bool {
        switch (value, wanted) {
        case (.null, .null): true
        case (.string(let one), .text(let other)): one == other
        case (.number(let digits), .number(let number)): digits == String(number)
        default: false
        }
    }

    private static func isOf(_ types: OrderedJSON, _ value: JSONValue) -> Bool {
        if case .list(let all) = types { return all.contains { isOf($0, value) } }
        switch (value, types) {
        case (.null, "null"), (.bool, "boolean"), (.number, "number"), (.string, "string"), (.array, "array"),
            (.object, "object"):
            return true
        case (.number(let digits), "integer"):
            return Int64(digits) != nil || value.decimal.map { $0.rounded() == $0 } ?? false
        default: return false
        }
    }
}
