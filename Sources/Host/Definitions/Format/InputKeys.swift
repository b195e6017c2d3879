import ConnectorSDK

extension Format1 {
    /// `inputs`, in the file's order.
    static let inputMap = ValueReader<[Input]>(shape: .map(input.shape)) { node, path, decoding in
        guard let entries = node.entries else { return .mistyped(node, path, decoding, wanted: "a map of names") }
        return entries.compactMap { entry in
            let path = "\(path).\(entry.key)"
            decoding.record(path, key: entry.keyPosition, value: entry.value.position)
            guard let name = KeyReader.name.read(entry, path, decoding) else { return nil }
            var value = Input(name: name)
            // `name: {}` and `name:` both mean an input with every default.
            if !entry.value.isNull { input.read(entry.value, into: &value, path, decoding) }
            return value
        }
    }

    static let input = KeyTable<Input>([
        Key("title", .text, optional: \.title, "Its name, for people."),
        Key("description", .text, optional: \.explanation, "What to enter."),
        Key("example", .text, optional: \.example, "A value that could be entered."),
        Key("format", .choice(), \.format, "The shape of a value (text)."),
        Key("pattern", .text, optional: \.pattern, "A regular expression for the whole value, in linear time."),
        Key("enum", .list(.text), \.allowedValues, "The values allowed."),
        Key("default", .text, optional: \.defaultValue, "Used when nothing is given."),
        Key("required", .flag, \.required, "Whether a value must be given (true)."),
        Key("secret", .flag, \.secret, "Write-only, sealed; headers and bodies only (false)."),
        Key("per", .choice(), \.per, "Whose value it is (connection)."),
    ])
}

extension Optional {
    /// `ValueReader.mistyped` where the reader's type is known from the result.
    static func mistyped(_ node: YAMLNode, _ path: String, _ decoding: Decoding, wanted: String) -> Wrapped? {
        ValueReader<Wrapped>.mistyped(node, path, decoding, wanted: wanted)
    }
}
