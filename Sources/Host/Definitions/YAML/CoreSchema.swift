/// What a node means in the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema), narrowed to what
/// DESIGN.md §3 says: only `true` and `false` are booleans, and where a text is wanted any scalar counts by its text.
extension YAMLNode {
    /// The scalar, or nil for a list or a map.
    package var scalar: YAMLScalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
    /// The elements, or nil when this is no list.
    package var elements: [YAMLNode]? { if case .sequence(let nodes) = content { nodes } else { nil } }
    /// The entries, or nil when this is no map.
    package var entries: [YAMLEntry]? { if case .mapping(let entries) = content { entries } else { nil } }

    /// `null`, `~` or nothing.
    package var isNull: Bool {
        guard let scalar, scalar.isPlain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.text)
    }

    /// The text of any scalar that is not null.
    package var text: String? { isNull ? nil : scalar?.text }

    /// `true` and `false`; `yes`, `on` and their like are texts.
    package var bool: Bool? {
        guard let scalar, scalar.isPlain else { return nil }
        return switch scalar.text {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// The digits of a plain scalar that is a JSON number.
    package var number: String? {
        guard let scalar, scalar.isPlain, YAMLNode.isNumber(scalar.text) else { return nil }
        return scalar.text
    }

    /// The value under a key, or nil when this is no map or has no such key.
    package subscript(key: String) -> YAMLNode? { entries?.first { $0.key == key }?.value }

    /// What this is, for messages: `a text`, `a list`, `a map`, `nothing`.
    package var kind: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a map"
        case .scalar: isNull ? "nothing" : bool != nil ? "a boolean" : number != nil ? "a number" : "a text"
        }
    }

    /// RFC 8259 §6.
    private static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        func digits() -> Int {
            let run = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(run.count)
            return run.count
        }
        if rest.first == "-" { rest = rest.dropFirst() }
        if rest.first == "0" { rest = rest.dropFirst() } else if digits() == 0 { return false }
        if rest.first == "." {
            rest = rest.dropFirst()
            if digits() == 0 { return false }
        }
        if rest.first == "e" || rest.first == "E" {
            rest = rest.dropFirst()
            if rest.first == "+" || rest.first == "-" { rest = rest.dropFirst() }
            if digits() == 0 { return false }
        }
        return rest.isEmpty
    }
}
