import HTTPTypes
import Pipeline

/// `/api/v1/internal/app-config`: the settings that are kept in the store.
struct AppConfigController: Sendable {
    let pipeline: TokenPipeline

    @Sendable func show(_ call: Call, by caller: Caller) async throws -> Answer {
        let config = try await pipeline.appConfig(by: caller)
        try call.takesNothing()
        return .json { config.write(to: &$0) }
    }

    @Sendable func change(_ call: Call, by caller: Caller) async throws -> Answer {
        let config = try await pipeline.changeAppConfig(by: caller) {
            try call.fields { AppConfigUpdate.read(&$0) }
        }
        return .json { config.write(to: &$0) }
    }
}
