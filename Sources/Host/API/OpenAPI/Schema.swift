/// A JSON Schema (draft 2020-12, which OpenAPI 3.1 uses), as far as the API's shapes need it.
struct Schema: Sendable {
    let json: OrderedJSON

    /// A member of an object.
    struct Property: Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool

        /// One that is always there.
        static func always(_ name: String, _ schema: Schema, _ description: String? = nil) -> Property {
            Property(name: name, schema: schema.described(description), isRequired: true)
        }

        /// One that may be left out.
        static func maybe(_ name: String, _ schema: Schema, _ description: String? = nil) -> Property {
            Property(name: name, schema: schema.described(description), isRequired: false)
        }

        /// One of a request that may be left out or null, which is the same.
        static func optional(_ name: String, _ schema: Schema, _ description: String? = nil) -> Property {
            .maybe(name, schema.orNull, description)
        }
    }

    /// One of the shared shapes.
    static func shared(_ shape: SharedSchema) -> Schema {
        Schema(json: ["$ref": .text("#/components/schemas/\(shape.name)")])
    }

    // MARK: Scalars

    /// Any text; lengths count characters (Unicode scalars).
    static func text(_ lengths: ClosedRange<Int>? = nil, pattern: String? = nil, format: String? = nil) -> Schema {
        var json: OrderedJSON = ["type": "string"]
        if let lengths {
            if lengths.lowerBound > 0 { json = json.adding("minLength", .number(Int64(lengths.lowerBound))) }
            json = json.adding("maxLength", .number(Int64(lengths.upperBound)))
        }
        return Schema(
            json: json.adding("pattern", pattern.map { .text($0) }).adding("format", format.map { .text($0) }))
    }

    static let text = text()
    static let time = text(format: "date-time")
    static let flag = Schema(json: ["type": "boolean"])
    static let number = Schema(json: ["type": "number", "minimum": 0])

    /// A text of 1 to so many characters without control characters, as `FieldReader.text` takes it.
    static func line(_ longest: Int) -> Schema { text(1...longest, pattern: Patterns.noControls) }

    /// Exactly this text.
    static func constant(_ text: String) -> Schema { Schema(json: ["type": "string", "const": .text(text)]) }

    /// One of these texts.
    static func words(_ words: some Sequence<String>) -> Schema {
        Schema(json: ["type": "string", "enum": .texts(words)])
    }

    static func integer(from least: Int64? = 0, to most: Int64? = nil) -> Schema {
        let json: OrderedJSON = ["type": "integer", "format": "int64"]
        return Schema(
            json: json.adding("minimum", least.map { .number($0) }).adding("maximum", most.map { .number($0) }))
    }

    // MARK: Composites

    static func list(of element: Schema, most: Int? = nil) -> Schema {
        let json: OrderedJSON = ["type": "array", "items": element.json]
        return Schema(json: json.adding("maxItems", most.map { .number(Int64($0)) }))
    }

    /// An object with names of the sender's choice.
    static func map(of element: Schema, most: Int? = nil) -> Schema {
        let json: OrderedJSON = ["type": "object", "additionalProperties": element.json]
        return Schema(json: json.adding("maxProperties", most.map { .number(Int64($0)) }))
    }

    /// An object of any shape.
    static let anyObject = Schema(json: ["type": "object"])

    /// An object with these members and no others.
    static func closed(_ properties: [Property]) -> Schema {
        let required = properties.filter(\.isRequired).map(\.name)
        let json: OrderedJSON = ["type": "object"]
        return Schema(
            json: json.adding("required", required.isEmpty ? nil : .texts(required))
                .adding("properties", .object(properties.map { .init(name: $0.name, value: $0.schema.json) }))
                .adding("additionalProperties", false))
    }

    /// Exactly one of these.
    static func oneOf(_ schemas: [Schema]) -> Schema { Schema(json: ["oneOf": .list(schemas.map(\.json))]) }

    // MARK: Changes

    /// The same, or null.
    var orNull: Schema {
        guard case .text(let type)? = json["type"] else { return Schema(json: ["anyOf": [json, ["type": "null"]]]) }
        let members = json.members.map { member -> OrderedJSON.Member in
            switch (member.name, member.value) {
            case ("type", _): .init(name: "type", value: .texts([type, "null"]))
            case ("enum", .list(let words)): .init(name: "enum", value: .list(words + [.null]))
            default: member
            }
        }
        return Schema(json: .object(members))
    }

    /// The same with a word of explanation.
    func described(_ description: String?) -> Schema { adding("description", description.map { .text($0) }) }

    /// The same with one more keyword.
    func adding(_ keyword: String, _ value: OrderedJSON?) -> Schema { Schema(json: json.adding(keyword, value)) }
}

/// The regular expressions of the document (ECMA 262); `Shapes` and `FieldReader` are what they describe.
enum Patterns {
    static let connector = "^[a-z0-9-]{1,64}$"
    static let name = "^[A-Za-z0-9._~-]{1,128}$"
    static let client = "^[A-Za-z0-9_-]{1,64}$"
    static let ticket = "^[A-Za-z0-9_-]{16,256}$"
    static let verifier = "^[A-Za-z0-9._~-]{43,128}$"
    static let setting = "^[A-Z0-9_]{1,64}$"
    static let noControls = #"^[^\u0000-\u001f\u007f-\u009f]*$"#
    /// As `Shapes.isDuration` takes it: at most 100 years in any unit.
    static let durations: String = {
        let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("y", 365 * 86_400)]
        return units.map { "(\(atMost(100 * 365 * 86_400 / $0.1)))\($0.0)" }.joined(separator: "|")
    }()
    static let duration = "^(\(durations))$"
    static let overlap = "^(\(durations)|until_used)$"

    /// Decimal digits up to a number of several, no more of them than it has.
    private static func atMost(_ number: Int) -> String {
        let digits = String(number)
        let smaller = zip(digits.indices, digits).compactMap { index, digit in
            digit.wholeNumberValue.flatMap { $0 == 0 ? nil : $0 - 1 }.map { below in
                let rest = digits.distance(from: index, to: digits.endIndex) - 1
                return String(digits[..<index]) + "[0-\(below)]" + (rest == 0 ? "" : "[0-9]{\(rest)}")
            }
        }
        return (["[0-9]{1,\(digits.count - 1)}"] + smaller + [digits]).joined(separator: "|")
    }

    /// Visible ASCII.
    static func visible(_ longest: Int) -> String { "^[!-~]{1,\(longest)}$" }
}

/// A shape that stands under `components/schemas`.
struct SharedSchema: Sendable {
    let name: String
    let schema: Schema
}
