import ConnectorSDK

/// Each required input has an example that could be entered, so that `explain` can show whole requests.
enum Examples {
    private static let candidates: [String: [String]] = [
        "text": ["example", "acme", "12345", "1234567890", "Acme", "example.com", "eu", "a1b2c3d4"],
        "dns_label": ["acme", "eu1", "12345"], "hostname": ["acme.example.com"], "base_url": ["acme.example.com"],
        "uuid": ["a1b2c3d4-e5f6-47a8-9b0c-d1234567890f"], "email": ["user@example.com"],
    ]

    static func settle(_ sketch: inout Sketch) {
        for input in sketch.inputs {
            let rules = input.rules
            if let example = input.example, rules.problem(with: example) == nil { continue }
            if input.example != nil {
                sketch.notes.append("The entry's example of `\(input.name)` could not be entered and is left out.")
            }
            let decides = input.isRequired || sketch.endpoints.contains { $0.contains("{\(input.name)}") }
            let needsOne = decides && input.defaultValue == nil && !input.isSecret
            let made = input.allowedValues.first.map { [$0] } ?? candidates[input.format] ?? []
            sketch.change(input.name) { $0.example = needsOne ? made.first { rules.problem(with: $0) == nil } : nil }
        }
    }
}
