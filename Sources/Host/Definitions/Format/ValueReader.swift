import ConnectorSDK

/// What a value may be, for the format reference and the JSON schema.
package indirect enum ValueShape: Sendable, Hashable {
    case text
    /// A text of at least one character.
    case filledText
    case flag
    case status
    case duration
    case rateLimit
    case pointer
    /// Any JSON value.
    case json
    /// One of these words.
    case choice([String])
    case list(ValueShape)
    /// One value or a list of them.
    case oneOrList(ValueShape)
    /// Any keys, values of one shape.
    case map(ValueShape)
    /// The same with some of these keys.
    case namedMap([String], ValueShape)
    /// One of several.
    case either([ValueShape])
    /// These keys.
    case table([KeyDescription])
}

/// Reads values of one kind. A reader that returns nil has said why.
struct ValueReader<Value>: Sendable {
    let shape: ValueShape
    let read: @Sendable (_ node: YAMLNode, _ path: String, _ decoding: Decoding) -> Value?

    /// A reader that tries another value's reader first and then converts; nil from `convert` becomes a finding.
    func map<Result>(
        _ rule: String, _ wanted: String, hint: String, shape: ValueShape? = nil,
        _ convert: @escaping @Sendable (Value) -> Result?
    ) -> ValueReader<Result> {
        ValueReader<Result>(shape: shape ?? self.shape) { node, path, decoding in
            guard let value = read(node, path, decoding) else { return nil }
            if let result = convert(value) { return result }
            decoding.refuse(path, rule, "`\(node.text ?? node.kind)` is not \(wanted)", hint: hint, at: node.position)
            return nil
        }
    }
}

extension ValueReader {
    /// The finding for a value of another kind.
    static func mistyped(_ node: YAMLNode, _ path: String, _ decoding: Decoding, wanted: String, hint: String? = nil)
        -> Value?
    {
        if node.isNull {
            decoding.refuse(
                path, "empty-value", "no value", hint: "remove the key, or write '' for an empty text",
                at: node.position)
        } else {
            decoding.refuse(
                path, "wrong-type", "\(node.kind) where \(wanted) is wanted", hint: hint ?? "write \(wanted)",
                at: node.position)
        }
        return nil
    }
}

extension ValueReader<String> {
    /// Any scalar by its text.
    static var text: Self {
        ValueReader(shape: .text) { node, path, decoding in
            node.text ?? mistyped(node, path, decoding, wanted: "a text")
        }
    }
}

extension ValueReader<String> {
    /// The same where an empty one makes no sense; a check says so, with its own remedy.
    static var filledText: Self { ValueReader(shape: .filledText, read: text.read) }
}

extension ValueReader<Template> {
    /// A text with placeholders.
    static var template: Self { ValueReader<String>.text.map("", "", hint: "") { Template($0) } }
}

extension ValueReader<Bool> {
    static var flag: Self {
        ValueReader(shape: .flag) { node, path, decoding in
            node.bool
                ?? mistyped(node, path, decoding, wanted: "`true` or `false`", hint: "only these two are booleans")
        }
    }
}

extension ValueReader<Int> {
    static var status: Self {
        ValueReader(shape: .status) { node, path, decoding in
            guard let number = node.number.flatMap({ Int($0) }), (100...599).contains(number) else {
                return mistyped(node, path, decoding, wanted: "an HTTP status", hint: "a number from 100 to 599")
            }
            return number
        }
    }
}

extension ValueReader<JSONPointer> {
    static var pointer: Self {
        ValueReader<String>.text.map(
            "pointer", "a JSON pointer (RFC 6901)", hint: "start with a slash, as in /data/token", shape: .pointer
        ) {
            JSONPointer($0)
        }
    }
}

extension ValueReader<Duration> {
    static var duration: Self {
        ValueReader<String>.text.map(
            "duration", "a duration", hint: "a number and a unit: 30s, 5m, 1h, 90d, 1y", shape: .duration
        ) {
            DurationText.read($0)
        }
    }
}

extension ValueReader<RateLimit> {
    static var rateLimit: Self {
        ValueReader<String>.text.map(
            "rate-limit", "a rate", hint: "a number of calls, a slash and a duration, as in 100/1s", shape: .rateLimit
        ) {
            DurationText.readRate($0)
        }
    }
}

extension ValueReader<JSONValue> {
    /// Anything, as JSON.
    static var json: Self { ValueReader(shape: .json) { node, _, _ in JSONValue(node) } }

    /// The same but for `null`, which is how a child removes a key of its parent.
    static var claim: Self {
        ValueReader(shape: .json) { node, path, decoding in
            node.isNull ? mistyped(node, path, decoding, wanted: "a JSON value") : JSONValue(node)
        }
    }
}

extension ValueReader<ParameterValue> {
    /// A scalar; numbers and booleans keep their kind for JSON bodies.
    static var parameter: Self {
        ValueReader(shape: .text) { node, path, decoding in
            if let flag = node.bool { return .bool(flag) }
            if let number = node.number { return .number(number) }
            if let text = node.text { return .text(Template(text)) }
            return mistyped(node, path, decoding, wanted: "a text, a number or a boolean")
        }
    }
}

extension JSONValue {
    /// A YAML value as JSON: plain `null`, `true`, `false` and numbers are what they look like, all else is text.
    init(_ node: YAMLNode) {
        switch node.content {
        case .sequence(let nodes): self = .array(nodes.map { JSONValue($0) })
        case .mapping(let entries):
            self = .object(Dictionary(entries.map { ($0.key, JSONValue($0.value)) }, uniquingKeysWith: { $1 }))
        case .scalar(let scalar):
            if node.isNull {
                self = .null
            } else if let flag = node.bool {
                self = .bool(flag)
            } else if let number = node.number {
                self = .number(number)
            } else {
                self = .string(scalar.text)
            }
        }
    }
}
