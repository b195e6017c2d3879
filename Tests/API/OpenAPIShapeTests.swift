import ConnectorSDK
import Model
import NIOCore
import Testing

@testable import API
@testable import Pipeline

/// What is written fits the schemas, and what the schemas take is what the readers take.
@Suite struct OpenAPIShapeTests {
    private func check(
        _ shape: SharedSchema, sourceLocation: SourceLocation = #_sourceLocation, _ write: (inout JSONOutput) -> Void
    ) throws {
        var json = JSONOutput()
        write(&json)
        try check(shape, json.buffer, sourceLocation: sourceLocation)
    }

    private func check(
        _ shape: SharedSchema, _ bytes: ByteBuffer, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let value = try JSONReader.readStrictly(bytes.readableBytesView)
        let problems = SchemaCheck.problems(with: value, by: shape.schema.json)
        #expect(problems.isEmpty, "\(problems)", sourceLocation: sourceLocation)
    }

    @Test func connectionsFit() throws {
        var view = ConnectionView(
            id: ConnectionID("conn_1"), connector: "github", client: "default", name: "n", owner: "organization",
            status: .active, generation: 0, tokens: [], missingScopes: [], captured: [:], metadata: "",
            revocation: .none, createdAt: .distantPast)
        try check(.connection) { view.write(to: &$0) }
        view.statusReason = "choice"
        view.expiresAt = .distantPast
        view.nextRefreshAt = .distantPast
        view.tokens = [.init(name: "bot", generation: 3, expiresAt: .distantPast, scopes: ["a"], status: .degraded)]
        view.grantedScopes = ["a"]
        view.captured = ["team": "t"]
        view.choices = [Choice(id: "one", captured: ["site": "s"])]
        view.metadata = #"{"k":[1,{"l":null}]}"#
        view.lastRefresh = .init(at: .distantPast, outcome: Attempt.State.ambiguous.rawValue)
        view.lastError = .init(at: .distantPast, code: "refused")
        for status in ConnectionStatus.allCases {
            for revocation in [ConnectionRecord.Revocation.pending, .done, .unsupported, .handedOver] {
                (view.status, view.revocation) = (status, revocation)
                try check(.connection) { view.write(to: &$0) }
            }
        }
    }

    @Test func tokensFit() throws {
        var view = TokenView(
            accessToken: Secret("made-up"), tokenType: "Bearer", generation: 1, name: "default", scopes: [],
            captured: [:], metadata: "", warnings: [])
        try check(.token, view.json())
        view.expiresAt = .distantPast
        view.expiresIn = -5
        view.warnings = ["refresh_failing", "shorter_than_asked", "unverified", "unknown_lifetime", "verify"].map {
            TokenView.Warning(code: $0, detail: "d")
        }
        for outcome in [RefreshAnswer.Outcome.refreshed, .joined, .current, .pending] {
            try check(.refreshedToken, view.json(outcome: outcome))
        }
    }

    @Test func connectorsFit() throws {
        let request = RequestRules(endpoint: [])
        var definition = Definition(id: "acme", title: "Acme", token: request, refresh: RefreshRules(request: request))
        var full = Input(name: "site")
        (full.title, full.explanation, full.example) = ("Site", "Which", "blue")
        (full.pattern, full.allowedValues, full.defaultValue) = ("[a-z]+", ["blue"], "blue")
        definition.inputs = [Input(name: "plain"), full]
        definition.grants = GrantType.allCases
        var view = ConnectorView(definition: definition, enabled: true, configured: false, connections: [.active: 2])
        try check(.connectorSummary) { view.write(to: &$0) }
        view.held = "it widens hosts by other.example.com"
        try check(.connectorSummary) { view.write(to: &$0) }
        try check(.connector) { view.writeWhole(to: &$0) }
    }

    @Test func configsFit() throws {
        var view = ConfigView(
            secretsSet: [], redirectURIs: [], inputs: [:], settings: ClientRecord.Settings())
        try check(.config) { view.write(to: &$0) }
        view.clientID = "id"
        view.secretsSet = ["client_secret", "client_private_key", "client_certificate", "api_key"]
        view.scopes = ["a"]
        view.updatedAt = .distantPast
        view.settings.hosts = ["a.example"]
        view.settings.idleLifetime = .seconds(90)
        view.settings.absoluteLifetime = .seconds(86_400)
        for rotation in [
            RotationClass.static, .singleUse, .singleUseFamily, .overlap(.untilUsed),
            .overlap(.window(.seconds(90), afterWindow: .refuse)),
        ] {
            view.settings.rotation = rotation
            try check(.config) { view.write(to: &$0) }
        }
    }

    @Test func appConfigsFit() throws {
        let bare = AppConfigView(
            of: AppConfig(version: 0, settings: [:]), settings: [], restartRequired: [], problems: [])
        try check(.appConfig) { bare.write(to: &$0) }
        let config = AppConfig(version: 3, updatedAt: .distantPast, updatedBy: "service:worker", settings: [:])
        let settings = ["environment", "file", "app_config", "default"].map {
            AppConfigView.Setting(
                name: "OF_\($0.uppercased())", value: $0 == "default" ? nil : "set", source: $0,
                needsRestart: $0 == "file", summary: "What it is for.")
        }
        let full = AppConfigView(
            of: config, settings: settings, restartRequired: ["OF_FILE"], problems: [.init("LOG_LEVEL", "is wrong")])
        try check(.appConfig) { full.write(to: &$0) }
    }

    @Test(arguments: EventRecord.Kind.allCases)
    func eventsFit(_ kind: EventRecord.Kind) throws {
        let bare = EventRecord(
            id: "e", kind: kind, organization: OrganizationID("org"), connector: "acme", epoch: 1, at: .distantPast)
        let full = EventRecord(
            id: "e", kind: kind, organization: OrganizationID("org"), connector: "acme",
            connection: ConnectionID("c"), owner: "u-1", generation: 2, epoch: 1, reason: "refused", at: .distantPast)
        let isOfEntities = [.appEnabled, .appDisabled].contains(kind)
        for event in [bare, full] { try check(isOfEntities ? .entityEvent : .tokenEvent) { event.write(to: &$0) } }
    }

    @Test func timelinesAndHealthFit() throws {
        for purpose in [Attempt.Purpose.normal, .replay, .confirm, .exchange, .handOver] {
            for state in [Attempt.State.intent, .sent, .notSent, .done, .rejected, .ambiguous] {
                let item = TimelineItem(
                    attempt: AttemptID("a"), token: "default", purpose: purpose, state: state, generationIn: 0,
                    generationOut: state == .done ? 1 : nil, claimedAt: .distantPast, sentAt: nil,
                    closedAt: state == .done ? .distantPast : nil, outcome: nil, caller: "user:u-1", host: HostID("h"))
                try check(.timelineEntry) { item.write(to: &$0) }
            }
        }
        let names = ["store", "keys", "audit", "connectors", "events", "cache", "config"]
        let report = HealthReport(
            status: .degraded, at: .distantPast,
            services: names.map {
                (name: $0, health: PartHealth(status: .unhealthy, latency: .microseconds(1234), detail: "ill"))
            })
        try check(.health) { report.write(to: &$0) }
    }

    @Test(arguments: PipelineError.Code.allCases)
    func problemsFit(_ code: PipelineError.Code) throws {
        var error = PipelineError(code, "What happened.")
        try check(.problem, Problem(error).answer(instance: "/x", requestID: "r").body)
        error.fields = [.init("inputs.site", "is required")]
        error.connection = ConnectionID("conn_1")
        error.connector = "acme"
        try check(.problem, Problem(error).answer(instance: "/x", requestID: "r").body)
    }
}
