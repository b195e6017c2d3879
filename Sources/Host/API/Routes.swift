import HTTPTypes
import NIOCore
import Pipeline

/// Every route of the host on one screen (DESIGN.md §7). `on` is for known callers, `browser` and `open` are for
/// everybody; what a known caller may do is decided in the pipeline. Each has its `APIOperation` under `OpenAPI/Operations`.
struct Routes {
    let connectors: ConnectorController
    let configs: ConfigController
    let credentials: CredentialsController
    let grants: GrantController
    let connections: ConnectionController
    let tokens: TokenController
    let events: EventController
    let appConfig: AppConfigController
    let host: HostController
    let browser: BrowserController

    /// - Parameter tls: of the listener, for health.
    init(pipeline: TokenPipeline, configuration: APIConfiguration, tls: ListenerTLS? = nil) {
        connectors = ConnectorController(pipeline: pipeline)
        configs = ConfigController(pipeline: pipeline)
        credentials = CredentialsController(pipeline: pipeline)
        grants = GrantController(pipeline: pipeline)
        connections = ConnectionController(pipeline: pipeline)
        tokens = TokenController(pipeline: pipeline)
        events = EventController(pipeline: pipeline)
        appConfig = AppConfigController(pipeline: pipeline)
        let document = OpenAPIDocument.text(version: configuration.build.version)
        host = HostController(
            pipeline: pipeline, build: configuration.build, document: ByteBuffer(string: document), tls: tls)
        browser = BrowserController(pipeline: pipeline, cookie: FlowCookie(publicURL: configuration.publicURL))
    }

    var all: [Route] {
        [
            .serving(.get, "/api/v1/connections/{id}/token", tokens.read, atHand: tokens.readAtHand),
            .serving(.post, "/api/v1/connections/{id}/refresh", tokens.refresh),

            .on(.get, "/api/v1/connections", connections.list),
            .on(.get, "/api/v1/connections/{id}", connections.show),
            .on(.patch, "/api/v1/connections/{id}", connections.edit),
            .on(.delete, "/api/v1/connections/{id}", connections.delete),
            .on(.get, "/api/v1/connections/{id}/timeline", connections.timeline),
            .on(.post, "/api/v1/connections/{id}/check", connections.check),
            .on(.post, "/api/v1/connections/{id}/revoke", connections.revoke),

            .on(.get, "/api/v1/connectors", connectors.list),
            .on(.get, "/api/v1/connectors/{connector}", connectors.show),
            .on(.post, "/api/v1/connectors/{connector}/enable", connectors.enable),
            .on(.post, "/api/v1/connectors/{connector}/disable", connectors.disable),
            .on(.post, "/api/v1/connectors/{connector}/accept", connectors.accept),
            .on(.get, "/api/v1/connectors/{connector}/config", configs.show),
            .on(.put, "/api/v1/connectors/{connector}/config", configs.change),
            .on(.delete, "/api/v1/connectors/{connector}/config", configs.delete),
            .on(.get, "/api/v1/connectors/{connector}/credentials", credentials.show),
            .taking(.put, "/api/v1/connectors/{connector}/credentials", credentials.change),
            .on(.delete, "/api/v1/connectors/{connector}/credentials", credentials.delete),
            .on(.get, "/api/v1/connectors/{connector}/credentials/download", credentials.download),

            .on(.post, "/api/v1/connectors/{connector}/authorize", grants.authorize),
            .on(.post, "/api/v1/connectors/{connector}/exchange", grants.exchange),
            .on(.post, "/api/v1/connectors/{connector}/connections", grants.redeem),

            .on(.get, "/api/v1/events", events.read),

            .on(.get, "/api/v1/internal/app-config", appConfig.show),
            .on(.put, "/api/v1/internal/app-config", appConfig.change),

            .browser("/oauth/start/{ticket}", browser.start),
            .browser("/oauth/callback", browser.callback),

            .open(.get, "/api/v1/health", host.health),
            .open(.get, "/live", host.live),
            .open(.get, "/ready", host.ready),
            .open(.get, "/ping", host.ping),
            .open(.get, "/build", host.build),
            .open(.get, "/problems/{type}", host.problemPage),
            .open(.get, "/openapi.json", host.openAPI),
        ]
    }
}
