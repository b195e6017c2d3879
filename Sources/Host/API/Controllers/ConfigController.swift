import ConnectorSDK
import HTTPTypes
import Pipeline

/// `/api/v1/connectors/{connector}/config`: an organization's OAuth client of a connector.
struct ConfigController: Sendable {
    let pipeline: TokenPipeline

    @Sendable func show(_ call: Call, by caller: Caller) async throws -> Answer {
        let client = try call.client()
        try call.fieldsBesideQuery { _ in }
        let config = try await pipeline.config(call.connector(), client: client, by: caller)
        return .json { config.write(to: &$0) }
    }

    @Sendable func change(_ call: Call, by caller: Caller) async throws -> Answer {
        let client = try call.client()
        let update = try call.fieldsBesideQuery { ConfigUpdate.read(&$0) }
        let config = try await pipeline.configure(call.connector(), client: client, update, by: caller)
        return .json { config.write(to: &$0) }
    }

    @Sendable func delete(_ call: Call, by caller: Caller) async throws -> Answer {
        let client = try call.client()
        try call.fieldsBesideQuery { _ in }
        try await pipeline.deleteConfig(call.connector(), client: client, by: caller)
        return Answer(status: .noContent)
    }
}

extension Call {
    /// `?client=`, the only parameter of the routes of a client.
    func client() throws(PipelineError) -> String {
        try query("client").shaped("client", Shapes.clientRule) { Shapes.isClient($0) } ?? "default"
    }
}
