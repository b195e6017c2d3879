import ConnectorSDK
import Testing

@testable import Settings

@Suite struct FileTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        /// What the problem's description must hold: its place and its words.
        let says: [String]
        var testDescription: String { says[0] }
    }

    static let wrong = [
        Case(
            text: "port: 1\nprot: 80\n",
            says: ["settings.yaml:2:1: prot: there is no such setting", "did you mean `port`?"]),
        Case(text: "PORT: 80\n", says: [":1:1: PORT: there is no such setting", "did you mean `port`?"]),
        Case(text: "store_ur: x\n", says: ["did you mean `store_url`?"]),
        Case(text: "host: localhost\nport: 80a\n", says: ["settings.yaml:2:7: PORT: `80a` is no port"]),
        Case(text: "port: {a: 1}\n", says: [":1:7: port: a map instead of a value"]),
        Case(text: "port: [[1]]\n", says: ["port: a list instead of a value"]),
        Case(text: "- port\n", says: ["--config: a list instead of a map"]),
        Case(text: "port: 1\nport: 2\n", says: [":2:1: --config: `port` stands here a second time"]),
        Case(text: "port: &x 1\n", says: ["--config: an anchor"]),
        Case(text: "port: \"1\n", says: ["--config:", "close the quote"]),
        Case(text: "cache_url: redis://r\n", says: [":1:12: CACHE_URL: the cache Redis is not in this build"]),
    ]

    @Test(arguments: wrong) func `a wrong file is refused at file, line and column`(_ wrong: Case) throws {
        let found = try withFile(wrong.text) { problems([:], file: $0) }
        #expect(found.count == 1)
        for words in wrong.says { #expect(found.first?.description.contains(words) == true, "\(found)") }
    }

    @Test func `a missing file is refused, an empty one is fine`() throws {
        #expect(problems([:], file: "/no/such/settings.yaml").map(\.variable) == ["--config"])
        #expect(try withFile("# nothing\n") { problems([:], file: $0) }.isEmpty)
    }

    @Test func `SECURITY 31: no description shows a secret, whether from the environment or the file`() throws {
        let canary = "canary-0123456789-0123456789-0123456789"
        try withFile("scoped_jwt_secret: \(canary)-file\nwebhook_secret: \(canary)\n") { path in
            let file = SettingsFile(path: path)
            var reader = SettingsReader(environment: ["JWT_SECRET": canary], file: file)
            let (user, service) = (reader.value(Settings.userSecret), reader.value(Settings.serviceSecret))
            #expect(user?.reveal() == canary)
            #expect(service?.reveal() == canary + "-file")
            let settings = try HostSettings.load(environment: ["JWT_SECRET": canary, "SCOPED_JWT_SECRET": canary + "2"])
            var (dumped, providers) = ("", "")
            dump(settings, to: &dumped)
            for provider in reader.providers { providers += "\(provider)" + String(reflecting: provider) }
            for shown in [
                "\(settings)", dumped, providers, String(reflecting: settings), "\(problems([:], file: path))",
            ] {
                #expect(!shown.contains("canary"))
            }
        }
    }

    @Test func `the environment of DESIGN §6 is all there`() {
        let names = Set(Settings.all.flatMap { [$0.name] + $0.aliases })
        let missing = Set(designNames).subtracting(names)
        #expect(missing.isEmpty)
        #expect(names.subtracting(designNames).isEmpty)
        #expect(Settings.all.count == Set(Settings.all.map(\.name)).count)
    }
}

private let designNames = """
    PORT HOST ALLOW_PLAINTEXT SUBSYSTEM_NAME TLS_MODE TLS_CERT_FILE TLS_KEY_FILE MTLS_CERT_FILE MTLS_KEY_FILE
    MTLS_CLIENT_CERT_FILE MTLS_CALLERS_FILE METRICS_PORT PPROF_PORT PROFILE_HOST LOG_HTTP_REQUESTS LOG_LEVEL LOG_FORMAT
    DEBUG_REQUESTS_ALLOWED DEBUG_REQUESTS_REQUIRED HTTP_READ_BUFFER_SIZE HTTP_WRITE_BUFFER_SIZE FIBER_READ_BUFFER_SIZE
    FIBER_WRITE_BUFFER_SIZE FIBER_IMMUTABLE STORE_URL STORE_MIGRATION_URL CONNECTORS_DIR PLUGINS_DIR PLUGIN_SANDBOX
    KEY_PROVIDER JWT_SECRET SCOPED_JWT_SECRET JWKS_URL JWT_ISSUER JWT_AUDIENCE JWT_LEEWAY CALLER_RATE_LIMIT
    EVENTS_USERNAME EVENTS_PASSWORD EVENTS_SASL_MECHANISM BACKEND_CA_FILE DEK_CACHE_AGE EVENTS_URL TOKEN_EVENTS_TOPIC
    ENTITY_EVENTS_TOPIC WEBHOOK_URL WEBHOOK_SECRET CACHE_URL CONFIG_URL PUBLIC_URL FRONTEND_URL RETURN_URLS
    EGRESS_ALLOW_PRIVATE EGRESS_PROXY EGRESS_CA_FILE SANDBOX_PORT REFRESH_SOFT_DEADLINE REFRESH_HARD_DEADLINE
    LEASE_DURATION REFRESH_SEND_WINDOW REFRESH_COMMIT_BUDGET REFRESH_SETTLE REFRESH_CLOCK_TOLERANCE
    REFRESH_CONFIRM_DELAY REFRESH_OWNER_GRACE REFRESH_FORCE_INTERVAL REFRESH_HEARTBEAT SPOOL_DIR
    """.split { $0 == " " || $0 == "\n" }.map(String.init)
