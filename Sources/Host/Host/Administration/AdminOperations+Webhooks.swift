import API
import ConnectorSDK
import Events
import Model
import Pipeline

/// The operator's side of webhooks.
extension AdminOperations {
    private var desk: WebhookDesk { WebhookDesk(administration.store) }

    /// All that were given up, oldest first; the result says how the webhook stands.
    func listWebhooks(emit: Emit) async throws -> JSONValue {
        var report = try await desk.list()
        for letter in report.letters { try emit(.item(letter.json)) }
        while let next = report.next {
            report = try await desk.list(after: next)
            for letter in report.letters { try emit(.item(letter.json)) }
        }
        return .object([
            "waiting": .number("\(report.waiting)"), "dead": .number("\(report.dead)"),
            "oldest": report.oldest.map { JSONValue.string(TimeText.text($0)) } ?? .null,
        ])
    }

    /// Those of the ids, or all.
    func replayWebhooks(_ request: AdminRequest, by user: String) async throws -> JSONValue {
        guard case .array(let values)? = request.arguments["ids"] else {
            try await administration.note("webhooks_replay", "all", by: user)
            return .object(["replayed": .number("\(try await desk.replayAll())"), "unknown": .array([])])
        }
        let ids = values.compactMap(\.scalarText)
        try await administration.note("webhooks_replay", ids.joined(separator: " "), by: user)
        let unknown = try await desk.replay(ids)
        return .object([
            "replayed": .number("\(ids.count - unknown.count)"), "unknown": .array(unknown.map(JSONValue.string)),
        ])
    }
}

extension WebhookDesk.Letter {
    fileprivate var json: JSONValue {
        .object([
            "id": .string(id), "type": .string(type.rawValue), "organization": .string(organization.description),
            "connector": .string(connector), "connection": connection.map { JSONValue.string($0.description) } ?? .null,
            "at": .string(TimeText.text(at)), "given_up_at": .string(TimeText.text(givenUpAt)),
            "tries": .number("\(tries)"), "failure": .string(failure),
        ])
    }
}
