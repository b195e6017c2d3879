import HTTPTypes
import Pipeline

extension APIOperation {
    /// As it stands under its path and method.
    var json: OrderedJSON {
        let json: OrderedJSON = ["operationId": .text(id), "tags": [.text(tag.rawValue)], "summary": .text(summary)]
        return json.adding("description", description.map { .text($0) })
            .adding("security", security)
            .adding("x-who", who)
            .adding("parameters", .list(allParameters.map(\.reference)))
            .adding("requestBody", body?.json)
            .adding("responses", responses)
    }

    /// The problems of each status. A status that also has an answer of its own stays with that one.
    var problemAnswers: [ProblemAnswer] {
        var isPage = false
        if case .browser = audience { isPage = true }
        return allProblems.map { ProblemAnswer(status: $0.status, codes: $0.codes, isPage: isPage) }
    }

    private var responses: OrderedJSON {
        let byStatus = Dictionary(grouping: answers, by: \.status)
        let successes = byStatus.map { ($0.key, Success.json(of: $0.value)) }
        let all = successes + problemAnswers.map { ($0.status, $0.reference) }
        return .object(all.sorted { $0.0 < $1.0 }.map { .init(name: "\($0.0)", value: $0.1) })
    }

    private var security: OrderedJSON {
        switch audience {
        case .everybody: []
        case .browser: template == "/oauth/callback" ? [["browser": []]] : []
        case .callers(let roles, let scopes):
            .list(
                (roles.isEmpty ? [] : [["user": .texts(roles.map(\.rawValue))]])
                    + (scopes.isEmpty ? [] : [["service": .texts(scopes.map(\.rawValue))]])
                    + (scopes.isEmpty ? [] : [["certificate": .texts(scopes.map(\.rawValue))]]))
        }
    }

    private var who: OrderedJSON {
        switch audience {
        case .everybody, .browser: "everybody"
        case .callers(let roles, let scopes):
            ["roles": .texts(roles.map(\.rawValue)), "scopes": .texts(scopes.map(\.rawValue))]
        }
    }
}

extension APIOperation.Body {
    fileprivate var json: OrderedJSON {
        let content: OrderedJSON = ["application/json": ["schema": schema.json, "example": example]]
        return [
            "description": .text(description), "required": .flag(isRequired),
            "content": content.adding("multipart/form-data", form.map(Self.file)),
        ]
    }

    private static func file(_ schema: Schema) -> OrderedJSON {
        ["schema": schema.json, "encoding": ["file": ["contentType": "application/json"]]]
    }
}

extension Success {
    /// Answers of one status: they differ by their content type, and the first one says the rest.
    fileprivate static func json(of answers: [Success]) -> OrderedJSON {
        let headers = [.requestID, .cacheControl] + answers[0].headers
        let content = answers.compactMap(\.content)
        let json: OrderedJSON = [
            "description": .text(answers.map(\.description).joined(separator: " ")),
            "headers": .object(headers.map { .init(name: $0.name, value: $0.reference) }),
        ]
        return json.adding("content", content.isEmpty ? nil : .object(content))
    }

    private var content: OrderedJSON.Member? {
        schema.map { schema in
            let content: OrderedJSON = ["schema": schema.json]
            return OrderedJSON.Member(name: type, value: content.adding("example", example))
        }
    }
}
