import ConnectorSDK

/// An example while it is read.
struct ExampleDraft: Sendable {
    var name = ""
    var source = ""
    var operation = Example.Operation.exchange
    var status = 200
    var headers: [String: String] = [:]
    var body = ""
    var expect: [String: JSONValue] = [:]

    var example: Example {
        Example(
            name: name, source: source, operation: operation, status: status, headers: headers, body: body,
            expect: expect)
    }
}

extension Format1 {
    static let example = KeyTable<ExampleDraft>([
        Key("name", .text, \.name, required: true, "What it shows."),
        Key("source", .text, \.source, required: true, "The page that shows it."),
        Key("operation", .choice(), \.operation, required: true, "What was asked: exchange, refresh or revoke."),
        Key("status", .status, \.status, "The HTTP status (200)."),
        Key("headers", .map(keys: .header, .text), \.headers, "Of the answer."),
        Key("body", body, \.body, "The answer as text, or a map that is sent as JSON."),
        Key("expect", .map(.json), \.expect, required: true, "What reading it must give."),
    ])

    private static let body = ValueReader<String>(shape: .json) { node, _, _ in
        if let scalar = node.scalar { return scalar.text }
        return JSONWriter.text(JSONValue(node))
    }
}
