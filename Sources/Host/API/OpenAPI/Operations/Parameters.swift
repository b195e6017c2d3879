import HTTPTypes

/// The parameters that operations have, and what most of a kind have.
extension Parameter {
    static let connector = Parameter(
        name: "connector", place: .path, schema: .connectorID, description: "The connector's id.", example: "sandbox",
        isShared: true)
    static let connection = Parameter(
        name: "id", place: .path, schema: .connectionID, description: "The connection's id.",
        example: .text(Examples.connectionID), isShared: true)
    static let client = Parameter(
        name: "client", place: .query, schema: .clientName.adding("default", "default"),
        description: "Which of the organization's clients.", example: "default", isShared: true)
    static let organization = Parameter(
        name: "X-Organization", place: .header, schema: .owner,
        description: "Needed by callers with several organizations: the one that is meant.", example: "acme",
        isShared: true)
    static let requestID = Parameter(
        name: "X-Request-ID", place: .header, schema: .text,
        description: "Names the request in logs, audit records and the answer: at most 128 visible ASCII characters, "
            + "anything else is replaced.",
        example: "import-42", isShared: true)
    static let idempotencyKey = Parameter(
        name: "Idempotency-Key", place: .header, schema: .text(pattern: Patterns.visible(255)),
        description: "The same caller's call with the same key and body gets the first success again for a day.",
        example: "0b8ff0c1-made-up", isShared: true)
    static let cursor = Parameter(
        name: "cursor", place: .query, schema: .line(1024), description: "`next_cursor` of the page before; opaque.",
        example: .text(Examples.cursor))

    static func limit(_ standard: Int64) -> Parameter {
        Parameter(
            name: "limit", place: .query, schema: .integer(from: 1, to: 200).adding("default", .number(standard)),
            description: "The most items of the page.", example: 50)
    }

    static func query(_ name: String, _ schema: Schema, _ description: String, example: OrderedJSON) -> Parameter {
        Parameter(name: name, place: .query, schema: schema, description: description, example: example)
    }
}

extension APIOperation {
    /// Its own parameters and those of its kind.
    var allParameters: [Parameter] {
        var all = parameters
        if case .callers = audience {
            if method == .post { all.append(.idempotencyKey) }
            all.append(.organization)
        }
        return all + [.requestID]
    }
}
