import ConnectorSDK
import RefreshProtocol
import Testing

@testable import Settings

@Suite struct LoadTests {
    @Test func `without anything set the defaults of DESIGN §6 hold`() throws {
        let settings = try HostSettings.load(environment: [:])
        #expect(settings.listener.host == "127.0.0.1")
        #expect(settings.listener.port == 8080)
        #expect(settings.listener.metricsPort == 9994)
        #expect(settings.listener.readBufferSize == 4096)
        #expect(settings.listener.writeBufferSize == 4096)
        #expect(
            settings.logging == .init(subsystem: "token-manager", level: .info, format: .json, logsHTTPRequests: true))
        #expect(
            settings.storage
                == .init(
                    databasePath: "var/token-manager.db", spoolFolder: "var/spool", keyFile: "var/master.key",
                    dataKeyCacheAge: .seconds(300)))
        #expect(settings.connectors.folder == "connectors.d")
        #expect(settings.callers == .init(leeway: .seconds(30)))
        #expect(settings.addresses == .init(publicURL: "http://127.0.0.1:8080", returnURLs: []))
        #expect(settings.egress == .init(allowsPrivate: false))
        #expect(settings.sandbox.port == 8083)
        #expect(settings.timing == Timing())
        #expect(settings.warnings.map { $0.prefix(27) } == ["nobody can call the API: ne"])
    }

    @Test func `every variable reaches its place`() throws {
        let settings = try HostSettings.load(environment: [
            "HOST": "[::1]", "PORT": "1", "METRICS_PORT": "0", "HTTP_READ_BUFFER_SIZE": "8192",
            "HTTP_WRITE_BUFFER_SIZE": "16384", "SUBSYSTEM_NAME": "tm-2", "LOG_LEVEL": "debug", "LOG_FORMAT": "text",
            "LOG_HTTP_REQUESTS": "false", "STORE_URL": "sqlite:///srv/tm.db", "SPOOL_DIR": "/srv/spool",
            "KEY_PROVIDER": "file:/srv/key", "DEK_CACHE_AGE": "1h", "CONNECTORS_DIR": "d", "JWT_SECRET": secretA,
            "SCOPED_JWT_SECRET": secretB, "JWKS_URL": "https://iam.example.com/jwks", "JWT_ISSUER": "i",
            "JWT_AUDIENCE": "a", "JWT_LEEWAY": "5s",
            "CALLER_RATE_LIMIT": "1000/1s", "DEBUG_REQUESTS_ALLOWED": "true", "DEBUG_REQUESTS_REQUIRED": "true",
            "PUBLIC_URL": "https://tokens.example.com/", "FRONTEND_URL": "https://app.example.com/?a=b",
            "RETURN_URLS": "https://app.example.com/done, http://localhost:3000/x", "EGRESS_ALLOW_PRIVATE": "true",
            "EGRESS_PROXY": "http://user:pass@proxy.example.com:3128", "EGRESS_CA_FILE": "/dev/null",
            "SANDBOX_PORT": "9",
            "REFRESH_SOFT_DEADLINE": "9s", "REFRESH_HARD_DEADLINE": "44s", "LEASE_DURATION": "2m",
            "REFRESH_SEND_WINDOW": "4s", "REFRESH_COMMIT_BUDGET": "14s", "REFRESH_SETTLE": "13s",
            "REFRESH_CLOCK_TOLERANCE": "3s", "REFRESH_CONFIRM_DELAY": "61s", "REFRESH_OWNER_GRACE": "1h",
            "REFRESH_FORCE_INTERVAL": "0s", "REFRESH_HEARTBEAT": "11s",
        ])
        #expect(settings.listener.host == "::1")
        #expect(settings.listener.port == 1)
        #expect(settings.listener.metricsPort == nil)
        #expect(settings.listener.readBufferSize == 8192)
        #expect(settings.listener.writeBufferSize == 16384)
        #expect(settings.logging.subsystem == "tm-2" && settings.logging.level == .debug)
        #expect(settings.logging.format == .text && !settings.logging.logsHTTPRequests)
        #expect(
            settings.storage
                == .init(
                    databasePath: "/srv/tm.db", spoolFolder: "/srv/spool", keyFile: "/srv/key",
                    dataKeyCacheAge: .seconds(3600)))
        #expect(settings.connectors.folder == "d")
        #expect(
            settings.callers
                == .init(
                    userSecret: Secret(secretA), serviceSecret: Secret(secretB),
                    keySetURL: "https://iam.example.com/jwks", issuer: "i", audience: "a", leeway: .seconds(5),
                    rateLimit: RateLimit(count: 1000, per: .seconds(1))))
        #expect(settings.logging.allowsDebugRequests && settings.logging.requiresDebugRequests)
        #expect(
            settings.addresses
                == .init(
                    publicURL: "https://tokens.example.com", frontendURL: "https://app.example.com/?a=b",
                    returnURLs: ["https://app.example.com/done", "http://localhost:3000/x"]))
        #expect(
            settings.egress
                == .init(allowsPrivate: true, proxy: "http://user:pass@proxy.example.com:3128", caFile: "/dev/null"))
        #expect(settings.sandbox.port == 9)
        var timing = Timing()
        timing.soft = .seconds(9)
        timing.hard = .seconds(44)
        timing.lease = .seconds(120)
        timing.sendWindow = .seconds(4)
        timing.commitBudget = .seconds(14)
        timing.settle = .seconds(13)
        timing.clockTolerance = .seconds(3)
        timing.confirmDelay = .seconds(61)
        timing.ownerGrace = .seconds(3600)
        timing.forceInterval = .zero
        timing.heartbeat = .seconds(11)
        #expect(settings.timing == timing)
        #expect(settings.warnings.isEmpty)
    }

    @Test func `the file has the same names in lower case, and the environment comes first`() throws {
        let text =
            "port: 7000\nhost: localhost\nreturn_urls:\n  - https://a.example/x\n  - https://b.example/y\nlog_level: ~\n"
        let settings = try withFile(text) {
            try HostSettings.load(environment: ["PORT": "7001", "HOST": ""], file: $0)
        }
        #expect(settings.listener.port == 7001)
        #expect(settings.listener.host == "localhost")
        #expect(settings.addresses.returnURLs == ["https://a.example/x", "https://b.example/y"])
        #expect(settings.logging.level == .info)
    }

    @Test func `the predecessor's buffer names are read too`() throws {
        let settings = try HostSettings.load(environment: [
            "FIBER_READ_BUFFER_SIZE": "8192", "FIBER_WRITE_BUFFER_SIZE": "2048", "FIBER_IMMUTABLE": "true",
        ])
        #expect(settings.listener.readBufferSize == 8192)
        #expect(settings.listener.writeBufferSize == 2048)
        let both = problems(["FIBER_READ_BUFFER_SIZE": "8192", "HTTP_READ_BUFFER_SIZE": "4096"])
        #expect(both.map(\.variable) == ["FIBER_READ_BUFFER_SIZE"])
    }

    @Test func `a webhook's secret is written one way, whichever way it was given`() throws {
        let key = "0123456789-0123456789-0123456789"
        let (url, encoded) = (
            "https://events.example.com/hooks/s3cret", "whsec_MDEyMzQ1Njc4OS0wMTIzNDU2Nzg5LTAxMjM0NTY3ODk="
        )
        for secret in [key, encoded] {
            let settings = try HostSettings.load(environment: ["WEBHOOK_URL": url, "WEBHOOK_SECRET": secret])
            #expect(settings.webhook == .init(url: Secret(url), secret: Secret(encoded)))
        }
        #expect(try HostSettings.load(environment: [:]).webhook == nil)
        let local = ["WEBHOOK_URL": "http://127.0.0.1:9/x", "WEBHOOK_SECRET": key]
        #expect(problems(local).map(\.variable) == ["WEBHOOK_URL"])
        let allowed = local.merging(["EGRESS_ALLOW_PRIVATE": "true"]) { $1 }
        #expect(try HostSettings.load(environment: allowed).webhook?.url == Secret("http://127.0.0.1:9/x"))
    }

    @Test func `commands that need one setting do not stumble over others`() throws {
        let environment = ["PORT": "x", "CONNECTORS_DIR": "d", "SANDBOX_PORT": "12", "JWT_SECRET": secretA]
        #expect(try HostSettings.connectorsFolder(environment: environment) == "d")
        #expect(try HostSettings.sandboxPort(environment: environment) == 12)
        #expect(try HostSettings.callers(environment: environment).userSecret == Secret(secretA))
    }
}
