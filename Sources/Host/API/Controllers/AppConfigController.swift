import HTTPTypes
import Pipeline

/// `/api/v1/internal/app-config`: the settings that are kept in the store.
struct AppConfigController: Sendable {
    let pipeline: TokenPipeline

    @Sendable func show(_ call: Call, by caller: Caller) async throws -> Answer {
        try call.takesNothing()
        let config = try await pipeline.appConfig(by: caller)
        return .json { config.write(to: &$0) }
    }

    @Sendable func change(_ call: Call, by caller: Caller) async throws -> Answer {
        let update = try call.fields { AppConfigUpdate.read(&$0) }
        let config = try await pipeline.changeAppConfig(update, by: caller)
        return .json { config.write(to: &$0) }
    }
}
