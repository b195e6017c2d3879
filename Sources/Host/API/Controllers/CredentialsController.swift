import ConnectorSDK
import HTTPTypes
import Pipeline

/// `/api/v1/connectors/{connector}/credentials`: the secret organization inputs of a client.
struct CredentialsController: Sendable {
    let pipeline: TokenPipeline

    @Sendable func show(_ call: Call, by caller: Caller) async throws -> Answer {
        let client = try call.client()
        try call.fieldsBesideQuery { _ in }
        return Self.shown(try await pipeline.credentials(call.connector(), client: client, by: caller))
    }

    @Sendable func change(_ call: Call, by caller: Caller) async throws -> Answer {
        let client = try call.client()
        let update = try CredentialsUpdate.read(call)
        return Self.shown(try await pipeline.setCredentials(call.connector(), client: client, update, by: caller))
    }

    @Sendable func delete(_ call: Call, by caller: Caller) async throws -> Answer {
        let client = try call.client()
        try call.fieldsBesideQuery { _ in }
        try await pipeline.deleteCredentials(call.connector(), client: client, by: caller)
        return Answer(status: .noContent)
    }

    @Sendable func download(_ call: Call, by caller: Caller) async throws -> Answer {
        let client = try call.client()
        try call.fieldsBesideQuery { _ in }
        let secrets = try await pipeline.downloadCredentials(call.connector(), client: client, by: caller)
        var answer = Answer.json { json in
            json.object {
                for (name, secret) in secrets.sorted(by: { $0.key < $1.key }) {
                    $0.name(name)
                    $0.value(secret.reveal())
                }
            }
        }
        answer.headers[.contentDisposition] = #"attachment; filename="credentials.json""#
        return answer
    }

    private static func shown(_ credentials: CredentialsView) -> Answer {
        .json { json in
            json.object {
                $0.member("configured", credentials.configured)
                $0.member("updated_at", credentials.updatedAt)
                $0.member("fields", Dictionary(credentials.fields.map { ($0, "set") }) { first, _ in first })
            }
        }
    }
}
