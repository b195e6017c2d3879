import ConnectorSDK
import RefreshProtocol
import Testing

@testable import Settings

/// What the store keeps of the settings, beside environment and file.
@Suite struct KeptSettingsTests {
    private static func kept(_ environment: [String: String] = [:], file: String? = nil) throws -> KeptSettings {
        let source = SettingsSource(environment: environment, file: file)
        return KeptSettings(source: source, base: try HostSettings.load(from: source))
    }

    private static func secrets(_ texts: [String: String]) -> [String: Secret] { texts.mapValues { Secret($0) } }

    private static let webhook = [
        "WEBHOOK_URL": "https://events.example.com/canary-path", "WEBHOOK_SECRET": "canary-0123456789-0123456789",
    ]

    @Test func `the defaults that are shown are those in force`() throws {
        let standard = try Self.kept().settle([:])
        #expect(standard.problems.isEmpty)
        for setting in KeptSettings.all {
            guard let text = setting.standard else { continue }
            let written = try Self.kept().settle([setting.name: Secret(text)])
            #expect(written.problems.isEmpty, "\(setting.name)")
            #expect(written.settings.logging == standard.settings.logging, "\(setting.name)")
            #expect(written.settings.timing == standard.settings.timing, "\(setting.name)")
        }
    }

    @Test func `what opens the store, decides who calls or where tokens go is not kept`() throws {
        let names = Set(KeptSettings.all.map(\.name))
        #expect(names.count == KeptSettings.all.count)
        for name in """
        STORE_URL STORE_MIGRATION_URL SPOOL_DIR KEY_PROVIDER DEK_CACHE_AGE CONFIG_URL JWT_SECRET SCOPED_JWT_SECRET
        JWKS_URL JWT_ISSUER JWT_AUDIENCE JWT_LEEWAY HOST PORT METRICS_PORT ALLOW_PLAINTEXT TLS_MODE TLS_CERT_FILE
        TLS_KEY_FILE MTLS_CERT_FILE MTLS_KEY_FILE MTLS_CLIENT_CERT_FILE MTLS_CALLERS_FILE CONNECTORS_DIR PLUGINS_DIR
        PLUGIN_SANDBOX EGRESS_ALLOW_PRIVATE EGRESS_PROXY EGRESS_CA_FILE PUBLIC_URL HTTP_READ_BUFFER_SIZE
        FIBER_READ_BUFFER_SIZE EVENTS_URL CACHE_URL SANDBOX_PORT
        """.split(whereSeparator: \.isWhitespace).map(String.init) {
            #expect(!names.contains(name))
            let refusal = try Self.kept().refusal(of: Secret("x"), for: name)
            #expect(refusal?.message == "it is not kept in the store", "\(name)")
            #expect(refusal?.remedy.contains("environment") == true)
        }
        let refusal = try Self.kept().refusal(of: Secret("debug"), for: "LOG_LEVLE")
        #expect(refusal?.message == "there is no such setting")
        #expect(refusal?.remedy.contains("LOG_LEVEL") == true)
    }

    @Test func `every kept setting reaches its place`() throws {
        let settled = try Self.kept().settle(
            Self.secrets(
                [
                    "SUBSYSTEM_NAME": "tm-2", "LOG_LEVEL": "debug", "LOG_FORMAT": "text", "LOG_HTTP_REQUESTS": "false",
                    "DEBUG_REQUESTS_ALLOWED": "true", "DEBUG_REQUESTS_REQUIRED": "true", "CALLER_RATE_LIMIT": "7/1s",
                    "FRONTEND_URL": "https://app.example", "RETURN_URLS": "https://a.example/x, https://b.example/y",
                    "LEASE_DURATION": "2m", "REFRESH_HEARTBEAT": "11s",
                ].merging(Self.webhook) { $1 }))
        #expect(settled.problems.isEmpty)
        let settings = settled.settings
        #expect(settings.logging.subsystem == "tm-2" && settings.logging.level == .debug)
        #expect(settings.logging.format == .text && !settings.logging.logsHTTPRequests)
        #expect(settings.logging.allowsDebugRequests && settings.logging.requiresDebugRequests)
        #expect(settings.callers.rateLimit == RateLimit(count: 7, per: .seconds(1)))
        #expect(settings.addresses.frontendURL == "https://app.example")
        #expect(settings.addresses.returnURLs == ["https://a.example/x", "https://b.example/y"])
        #expect(settings.webhook?.url == Secret("https://events.example.com/canary-path"))
        #expect(settings.timing.lease == .seconds(120) && settings.timing.heartbeat == .seconds(11))
    }

    @Test func `the environment comes first, then the file, then the store, then the default`() throws {
        try withFile("log_level: error\nlog_format: text\n") { path in
            let kept = try Self.kept(["LOG_LEVEL": "warning", "SUBSYSTEM_NAME": ""], file: path)
            let stored = Self.secrets(["LOG_LEVEL": "debug", "LOG_FORMAT": "json", "SUBSYSTEM_NAME": "kept"])
            let logging = kept.settle(stored).settings.logging
            #expect(logging.level == .warning && logging.format == .text && logging.subsystem == "kept")
            let shown = kept.values(stored).prefix(4).map {
                "\($0.setting.name) \($0.text ?? "") \($0.origin.rawValue)"
            }
            #expect(
                shown == [
                    "SUBSYSTEM_NAME kept app_config", "LOG_LEVEL warning environment", "LOG_FORMAT text file",
                    "LOG_HTTP_REQUESTS true default",
                ])
            #expect(kept.refusal(of: Secret("debug"), for: "LOG_LEVEL")?.message.contains("environment") == true)
            #expect(kept.refusal(of: Secret("json"), for: "LOG_FORMAT")?.message.contains("--config") == true)
            #expect(kept.refusal(of: Secret("tm"), for: "SUBSYSTEM_NAME") == nil)
        }
    }

    @Test func `a wrong value is refused with its remedy, and so is one that does not go with the others`() throws {
        let kept = try Self.kept(["REFRESH_SOFT_DEADLINE": "10s"])
        for (name, value) in [
            ("LOG_LEVEL", "loud"), ("CALLER_RATE_LIMIT", "0/1s"), ("LEASE_DURATION", "soon"), ("RETURN_URLS", "x"),
            ("WEBHOOK_SECRET", "short"), ("REFRESH_HEARTBEAT", "61s"), ("REFRESH_OWNER_GRACE", "2h"),
        ] {
            let refusal = kept.refusal(of: Secret(value), for: name)
            #expect(refusal?.variable == name && refusal?.remedy.isEmpty == false, "\(name)")
        }
        let broken = kept.problems(Self.secrets(["REFRESH_HARD_DEADLINE": "10s"]))
        #expect(broken.map(\.variable) == ["REFRESH_SOFT_DEADLINE"])
        #expect(broken.first?.message.contains("REFRESH_HARD_DEADLINE=10s") == true)
        let lease = kept.problems(Self.secrets(["LEASE_DURATION": "60s"]))
        // Once, though its rule names it twice.
        #expect(lease.first?.message.ranges(of: "LEASE_DURATION=60s").count == 1)
        let alone = kept.problems(Self.secrets(["WEBHOOK_URL": "https://events.example.com/x"]))
        #expect(alone.map(\.variable) == ["WEBHOOK_SECRET"])
        let plain = kept.problems(Self.secrets(["FRONTEND_URL": "http://app.example"]))
        #expect(plain.map(\.variable) == ["FRONTEND_URL"])
        let local = Self.webhook.merging(["WEBHOOK_URL": "http://127.0.0.1:9/x"]) { $1 }
        #expect(kept.problems(Self.secrets(local)).map(\.variable) == ["WEBHOOK_URL"])
        #expect(kept.problems(Self.secrets(Self.webhook)).isEmpty)
    }

    @Test func `what is wrong by now is left out, said, and leaves the rest in force`() throws {
        let stored = [
            "LOG_LEVEL": "loud", "CALLER_RATE_LIMIT": "7/1s", "OF_TOMORROW": "x", "STORE_URL": "sqlite:/tmp/x.db",
            "REFRESH_HARD_DEADLINE": "9s", "WEBHOOK_URL": "https://events.example.com/canary",
            "WEBHOOK_SECRET": "canary",
        ]
        let settled = try Self.kept().settle(Self.secrets(stored))
        #expect(settled.used == ["CALLER_RATE_LIMIT": Secret("7/1s")])
        #expect(settled.settings.callers.rateLimit?.count == 7)
        #expect(settled.settings.logging.level == .info && settled.settings.webhook == nil)
        #expect(Set(settled.problems.map(\.variable)) == Set(stored.keys).subtracting(["CALLER_RATE_LIMIT"]))
        for problem in settled.problems {
            #expect(problem.message.hasPrefix("the stored value has no effect: "))
            #expect(problem.remedy.contains("null instead of a value in PUT /api/v1/internal/app-config"))
            #expect(!problem.description.contains("canary"))
        }
    }

    @Test func `a value that the environment hides is nobody's problem`() throws {
        let settled = try Self.kept(["LOG_LEVEL": "error"]).settle(Self.secrets(["LOG_LEVEL": "loud"]))
        #expect(settled.problems.isEmpty && settled.settings.logging.level == .error)
    }

    @Test func `SECURITY 31: no description of what is kept shows a secret`() throws {
        let environment = ["JWT_SECRET": "canary-0123456789-0123456789-0123456789"]
        let kept = try Self.kept(environment)
        var dumped = ""
        dump(kept, to: &dumped)
        dump(kept.settle(Self.secrets(Self.webhook)), to: &dumped)
        #expect(!dumped.contains("canary") && !"\(kept)".contains("canary"))
    }
}
