import ConnectorSDK

/// `A || B`: a default of an input where every URL that uses it then says the same, else a list of endpoints.
enum Fallbacks {
    static func settle(_ sketch: inout Sketch) {
        for input in sketch.inputs where input.defaultValue == nil && !input.isSecret {
            guard let value = commonDefault(input.name, sketch), accepts(value, input) else { continue }
            sketch.change(input.name) {
                $0.defaultValue = value
                $0.isRequired = true
            }
            sketch.changeEndpoints { $0.count > 1 && $0[0].contains("{\(input.name)}") ? [$0[0]] : $0 }
        }
    }

    /// The value with which the first alternative of every list that uses the input becomes the second.
    private static func commonDefault(_ name: String, _ sketch: Sketch) -> String? {
        let placeholder = "{\(name)}"
        let parameters =
            (sketch.authorization?.parameters ?? []) + (sketch.token.parameters ?? [])
            + (sketch.refresh.request.parameters ?? []) + sketch.token.headers
        if parameters.contains(where: { $0.value.contains(placeholder) }) { return nil }
        let lists = [sketch.authorization?.endpoint ?? [], sketch.token.endpoint, sketch.refresh.request.endpoint]
        let users = lists.filter { list in list.contains { $0.contains(placeholder) } }
        let values = users.map { list in list.count == 2 ? value(of: placeholder, in: list[0], giving: list[1]) : nil }
        guard let first = values.first, let value = first, values.allSatisfy({ $0 == value }) else { return nil }
        return value
    }

    private static func value(of placeholder: String, in first: String, giving second: String) -> String? {
        guard let place = first.firstRange(of: placeholder) else { return nil }
        let before = first[..<place.lowerBound]
        guard second.hasPrefix(before) else { return nil }
        let rest = second.dropFirst(before.count)
        // What may follow: up to the text that stands behind the placeholder.
        let after = first[place.upperBound...].prefix { $0 != "{" }
        guard let end = after.isEmpty ? rest.endIndex : rest.firstRange(of: after)?.lowerBound else { return nil }
        let value = String(rest[..<end])
        guard !value.isEmpty, !value.contains("{"), first.replacing(placeholder, with: value) == second else {
            return nil
        }
        return value
    }

    private static func accepts(_ value: String, _ input: InputSketch) -> Bool {
        input.rules.problem(with: value) == nil
    }
}

extension InputSketch {
    /// As the host will check its values.
    var rules: Input {
        var rules = Input(name: name)
        rules.format = Input.Format(rawValue: format) ?? .text
        rules.pattern = pattern
        rules.allowedValues = allowedValues
        return rules
    }
}
