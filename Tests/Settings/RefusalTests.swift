import Testing

@testable import Settings

@Suite struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let variable: String
        let value: String
        /// A part of the message that says what is wrong.
        let says: String

        init(_ variable: String, _ value: String, _ says: String) {
            self.variable = variable
            self.value = value
            self.says = says
        }

        var testDescription: String { "\(variable)=\(value)" }
    }

    static let wrong = [
        Case("PORT", "80a", "no port"), Case("PORT", "65536", "no port"), Case("PORT", "-1", "no port"),
        Case("HOST", "http://x", "no host"), Case("HOST", "a b", "no host"),
        Case("HOST", "0.0.0.0", "reachable from outside"), Case("HOST", "::", "reachable from outside"),
        Case("HOST", "127.0.0.1.example.com", "reachable from outside"),
        Case("METRICS_PORT", "8080", "same as PORT"), Case("HTTP_READ_BUFFER_SIZE", "10", "no buffer size"),
        Case("SUBSYSTEM_NAME", "a b", "no name"), Case("LOG_LEVEL", "inf", "not known"),
        Case("LOG_FORMAT", "xml", "not known"),
        Case("LOG_HTTP_REQUESTS", "maybe", "neither true nor false"), Case("JWT_SECRET", "short", "at least 32"),
        Case("SCOPED_JWT_SECRET", String(repeating: "x", count: 31), "31 bytes"),
        Case("JWT_LEEWAY", "30", "no duration"), Case("DEK_CACHE_AGE", "5 m", "no duration"),
        Case("DEK_CACHE_AGE", "0s", "which is 90s"), Case("DEK_CACHE_AGE", "89s", "which is 90s"),
        Case("TLS_MODE", "on", "not known"),
        Case("TLS_CERT_FILE", "/no/such/file", "cannot be read"),
        Case("TLS_KEY_FILE", "/no/such/file", "cannot be read"),
        Case("MTLS_CERT_FILE", "/no/such/file", "cannot be read"),
        Case("MTLS_KEY_FILE", "/no/such/file", "cannot be read"),
        Case("MTLS_CLIENT_CERT_FILE", "/no/such/file", "cannot be read"),
        Case("MTLS_CALLERS_FILE", "/no/such/file", "cannot be read"),
        Case("CALLER_RATE_LIMIT", "1000", "no rate"), Case("CALLER_RATE_LIMIT", "0/1s", "no rate"),
        Case("DEBUG_REQUESTS_ALLOWED", "yes", "neither true nor false"),
        Case("DEBUG_REQUESTS_REQUIRED", "on", "neither true nor false"),
        Case("JWKS_URL", "iam.example/jwks", "no http or https URL"),
        Case("JWKS_URL", "http://iam.example/jwks", "over http"),
        Case("JWKS_URL", "http://127.0.0.1/jwks", "over http"),
        Case("PUBLIC_URL", "tokens.example.com", "no http or https URL"),
        Case("PUBLIC_URL", "https://u:p@x.example", "user name"),
        Case("PUBLIC_URL", "https://x.example/?a=b", "has a query"),
        Case("PUBLIC_URL", "http://x.example", "shows codes"),
        Case("FRONTEND_URL", "javascript:alert(1)", "no http or https URL"),
        Case("FRONTEND_URL", "http://x.example", "shows codes"),
        Case("RETURN_URLS", "https://a.example https://b example", "no http or https URL"),
        Case("EGRESS_PROXY", "proxy:3128", "no proxy URL"), Case("EGRESS_CA_FILE", "/no/such/file", "cannot be read"),
        Case("STORE_URL", "var/x.db", "names no store"), Case("STORE_URL", "sqlite::memory:", "no file that lasts"),
        Case("STORE_URL", "sqlite://x.db", "no file that lasts"),
        Case("STORE_MIGRATION_URL", "sqlite:other.db", "another store"),
        Case("STORE_MIGRATION_URL", "postgres://u:hunter2@db/tm", "another store"),
        Case("STORE_URL", "mysql://u:hunter2@db/tm", "names no store"),
        Case("KEY_PROVIDER", "var/key", "names no key provider"),
        Case("REFRESH_SOFT_DEADLINE", "45s", "E1"), Case("LEASE_DURATION", "70s", "E2"),
        Case("REFRESH_CONFIRM_DELAY", "15s", "E4"), Case("REFRESH_OWNER_GRACE", "3m", "E5"),
        Case("REFRESH_HEARTBEAT", "0s", "no time at all"),
        Case("WEBHOOK_URL", "https://h.example/hunter2", "WEBHOOK_SECRET: it is not set"),
        Case("WEBHOOK_URL", "http://h.example/hunter2", "must start with https"),
        Case("WEBHOOK_URL", "https://u:hunter2@h.example", "user name"),
        Case("WEBHOOK_SECRET", String(repeating: "hunter2", count: 4), "WEBHOOK_URL: it is not set"),
        Case("WEBHOOK_SECRET", "hunter2", "7 bytes"),
        Case("WEBHOOK_SECRET", "whsec_plJ3nmyCDGBKInavdOK15jsl", "18 bytes"),
        Case("WEBHOOK_SECRET", "whsec_hunter2", "no base64"),
        Case("WEBHOOK_SECRET", "whsec_" + String(repeating: "aHVu", count: 22), "66 bytes"),
    ]

    static let absent = [
        Case("EVENTS_URL", "kafka://k:9092", "not in this build"),
        Case("CACHE_URL", "redis://r", "not in this build"), Case("CACHE_URL", "rediss://r", "not in this build"),
        Case("CONFIG_URL", "etcd://e:2379", "not in this build"),
        Case("CONFIG_URL", "etcds://e:2379", "not in this build"),
        Case("KEY_PROVIDER", "env:KEY", "not in this build"),
        Case("KEY_PROVIDER", "gcp-kms:projects/x", "not in this build"),
        Case("KEY_PROVIDER", "aws-kms:arn", "not in this build"),
        Case("KEY_PROVIDER", "pkcs11:token", "not in this build"),
        Case("EVENTS_PASSWORD", "hunter2", "not in this build"),
        Case("BACKEND_CA_FILE", "/x", "not in this build"),
    ]

    @Test(arguments: wrong + absent) func `a wrong value is refused, named, explained and with a remedy`(_ wrong: Case)
        throws
    {
        let found = problems([wrong.variable: wrong.value])
        // A wrong deadline may break two inequalities.
        let problem = try #require(found.first { $0.description.contains(wrong.says) }, "\(found)")
        #expect(problem.description.contains(wrong.variable))
        #expect(!problem.remedy.isEmpty)
        #expect(!problem.description.contains("hunter2"))
        if !wrong.variable.hasPrefix("REFRESH_"), wrong.variable != "LEASE_DURATION" { #expect(found.count == 1) }
    }

    @Test func `all problems are told at once`() {
        let found = problems([
            "PORT": "x", "LOG_LEVEL": "loud", "JWT_SECRET": "x", "STORE_URL": "mysql://db", "HOST": "0.0.0.0",
        ])
        #expect(Set(found.map(\.variable)) == ["PORT", "LOG_LEVEL", "JWT_SECRET", "STORE_URL", "HOST"])
    }

    @Test func `a public HOST without TLS needs ALLOW_PLAINTEXT`() throws {
        let settings = try HostSettings.load(environment: ["HOST": "0.0.0.0", "ALLOW_PLAINTEXT": "true"])
        #expect(settings.listener.host == "0.0.0.0")
        #expect(settings.warnings.contains { $0.contains("PUBLIC_URL") })
        #expect(problems(["HOST": "127.8.9.1"]).isEmpty)
    }

    @Test func `a key set over http comes from this machine only, and only with EGRESS_ALLOW_PRIVATE`() throws {
        let local = ["JWKS_URL": "http://127.0.0.1:1/jwks", "EGRESS_ALLOW_PRIVATE": "true"]
        #expect(try HostSettings.load(environment: local).callers.keySetURL == "http://127.0.0.1:1/jwks")
        #expect(
            problems(["JWKS_URL": "http://iam.example/jwks", "EGRESS_ALLOW_PRIVATE": "true"]).map(\.variable) == [
                "JWKS_URL"
            ])
    }

    @Test func `a key set without issuer and audience is warned of, and is enough for callers`() throws {
        let bare = try HostSettings.load(environment: ["JWKS_URL": "https://iam.example/jwks"])
        #expect(bare.warnings.count == 2)
        #expect(bare.warnings.allSatisfy { $0.hasPrefix("JWKS_URL is set without JWT_") })
        let full = try HostSettings.load(environment: [
            "JWKS_URL": "https://iam.example/jwks", "JWT_ISSUER": "i", "JWT_AUDIENCE": "a",
        ])
        #expect(full.warnings.isEmpty)
    }

    @Test func `the two secrets must differ`() {
        #expect(
            problems(["JWT_SECRET": secretA, "SCOPED_JWT_SECRET": secretA]).map(\.variable) == ["SCOPED_JWT_SECRET"])
    }

    @Test func `a broken inequality is named with the values in force (PROTOCOL §3)`() {
        let found = problems(["REFRESH_HARD_DEADLINE": "10s"])
        #expect(found.map(\.variable) == ["REFRESH_SOFT_DEADLINE"])
        #expect(found.first?.message.contains("REFRESH_SOFT_DEADLINE=10s, REFRESH_HARD_DEADLINE=10s") == true)
    }

    @Test func `a setting without effect here is noted, its default is not`() throws {
        let set = try HostSettings.load(environment: ["PPROF_PORT": "6064", "PLUGINS_DIR": "p", "JWT_SECRET": secretA])
        #expect(set.warnings.map { String($0.prefix { $0 != " " }) } == ["PPROF_PORT", "PLUGINS_DIR"])
        let standard = try HostSettings.load(environment: [
            "PLUGINS_DIR": "plugins.d", "PLUGIN_SANDBOX": "on", "PPROF_PORT": "0", "JWT_SECRET": secretA,
            "TLS_MODE": "disabled",
            "EVENTS_URL": "store:", "CACHE_URL": "memory:", "CONFIG_URL": "store:", "DEBUG_REQUESTS_ALLOWED": "false",
            "STORE_MIGRATION_URL": "sqlite:var/token-manager.db",
        ])
        #expect(standard.warnings.isEmpty)
    }
}
