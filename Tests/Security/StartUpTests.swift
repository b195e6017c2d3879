import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// What keeps the host from starting, and with which exit code (DESIGN.md §5).
@Suite(.serialized) struct StartUpTests {
    @Test(
        "wrong settings are named and end with exit code 2",
        arguments: [
            (["HOST": "0.0.0.0"], ["HOST", "ALLOW_PLAINTEXT"]),
            (["JWT_SECRET": "too-short-canary-secret"], ["JWT_SECRET", "32"]),
            (["SCOPED_JWT_SECRET": CallerTokens.userSecret], ["SCOPED_JWT_SECRET", "JWT_SECRET"]),
            (["LEASE_DURATION": "1s"], ["LEASE_DURATION", "REFRESH_HARD_DEADLINE"]),
            (["REFRESH_SOFT_DEADLINE": "soon"], ["REFRESH_SOFT_DEADLINE"]),
            (["PORT": "99999"], ["PORT"]), (["METRICS_PORT": "http"], ["METRICS_PORT"]),
            (["STORE_URL": "mysql://somewhere"], ["STORE_URL"]), (["KEY_PROVIDER": "somewhere"], ["KEY_PROVIDER"]),
            (["PUBLIC_URL": "http://provider.example"], ["PUBLIC_URL"]),
            (["EGRESS_CA_FILE": "/nowhere/ca.pem"], ["EGRESS_CA_FILE"]), (["TLS_MODE": "mtls"], ["TLS_MODE"]),
            (["LOG_LEVEL": "everything"], ["LOG_LEVEL"]),
        ] as [([String: String], [String])])
    func wrongSettings(_ change: [String: String], _ named: [String]) async throws {
        let host = try TestHost("settings")
        let result = try await host.command("serve", more: change)
        #expect(result.code == 2, "\(result.output)")
        for name in named { #expect(result.output.contains(name), "\(result.output)") }
        #expect(!result.output.contains(CallerTokens.userSecret) && !result.output.contains("too-short-canary"))
        #expect(!FileManager.default.fileExists(atPath: host.database.path), "nothing was made")
    }

    @Test("an unknown key in the file of --config is named with line and column")
    func unknownKey() async throws {
        let host = try TestHost("config-file")
        let file = host.folder.appendingPathComponent("settings.yaml")
        try Data("log_level: info\nlog_levle: debug\n".utf8).write(to: file)
        let result = try await host.command("serve", "--config", file.path)
        #expect(result.code == 2)
        #expect(result.output.contains("settings.yaml:2:1"), "\(result.output)")
        #expect(result.output.contains("log_levle") && result.output.contains("log_level"))
        let usage = try await host.command("serve", "--nonsense")
        #expect(usage.code == 2)
    }

    @Test("a second host on the same database or the same spool ends with exit code 3 and says why")
    func secondHost() async throws {
        let host = try TestHost("second")
        let child = try await host.start()
        let ports = ["PORT": "\(try freePort())", "METRICS_PORT": "\(try freePort())"]
        let database = try await host.command(
            "serve", more: ports.merging(["SPOOL_DIR": host.folder.path + "/spool-2"]) { $1 })
        #expect(database.code == 3)
        #expect(
            database.output.contains("store.db") && database.output.contains("another process"), "\(database.output)")
        let spool = try await host.command(
            "serve",
            more: ports.merging([
                "STORE_URL": "sqlite:\(host.folder.path)/other.db",
                "KEY_PROVIDER": "file:\(host.folder.path)/other.key",
            ]) { $1 })
        #expect(spool.code == 3)
        #expect(spool.output.contains("spool") && spool.output.contains("another process"), "\(spool.output)")
        for made in ["other.db", "other.db.lock", "other.key"] {
            #expect(!FileManager.default.fileExists(atPath: host.folder.path + "/" + made), "\(made) is left behind")
        }
        let third = host.folder.path + "/third"
        try FileManager.default.createDirectory(atPath: third, withIntermediateDirectories: true)
        let door = try await host.command(
            "serve", more: ["STORE_URL": "sqlite:\(host.folder.path)/third.db", "SPOOL_DIR": third + "/spool"])
        #expect(door.code == 2 && door.output.contains("a folder of its own"), "\(door.output)")
        #expect(!FileManager.default.fileExists(atPath: host.folder.path + "/third.db"), "no database is left behind")
        #expect(!FileManager.default.fileExists(atPath: third + "/spool"), "nor a spool")
        let port = try await host.command(
            "serve",
            more: [
                "STORE_URL": "sqlite:\(third)/third.db", "KEY_PROVIDER": "file:\(third)/third.key",
                "SPOOL_DIR": third + "/spool-2",
            ])
        #expect(port.code == 3, "the port is taken: \(port.output)")
        #expect(try await host.probe.send("GET", host.url + "/ready").status == 200, "the first one works on")
        try await host.stop(child)
    }

    @Test("a wrong definition is left out and told, the others load; with --strict the host does not start")
    func wrongDefinition() async throws {
        let good = Definitions.text("good", at: "https://provider.example")
        let folder = try Definitions.folder(
            "wrong",
            [
                "good": good,
                "typo": good.replacing("id: good", with: "id: typo").replacing("endpoint:", with: "endpiont:"),
                "broken": "format: 1\n  id: [",
                "huge": "format: 1\nid: huge\ntitle: \(String(repeating: "x", count: 300_000))",
                "tagged": "format: 1\nid: !!python/object tagged", "aliased": "a: &a [1]\nb: *a",
            ])
        let host = try TestHost("wrong-definition", connectors: folder)
        let child = try await host.start()
        let list = try await host.call("GET", "/api/v1/connectors", token: CallerTokens().user())
        #expect((list.json["items"] as? [[String: Any]])?.compactMap { $0["id"] as? String } == ["good"])
        _ = try await host.health("degraded")
        let metrics = try await host.saveMetrics()
        let errors = metrics.split(separator: "\n").first { $0.hasPrefix("token_manager_definition_errors ") }
        #expect(errors.flatMap { Double($0.split(separator: " ")[1]) } ?? 0 >= 5)
        try await host.stop(child)
        let log = try host.printed()
        for name in ["typo.yaml:", "broken.yaml:", "huge.yaml", "tagged.yaml:", "aliased.yaml:"] {
            #expect(log.contains(name))
        }
        #expect(log.contains("did you mean"))
        let strict = try await host.command("serve", "--strict")
        #expect(strict.code == 1, "\(strict.output)")
        #expect(strict.output.contains("typo.yaml"))
    }

    @Test("health names every part, readiness ends with draining, and the metrics of DESIGN.md are there")
    func health() async throws {
        try await Scenario.run("health") { scenario in
            let host = scenario.host
            let child = try await host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            _ = try await scenario.token(id)
            _ = try await scenario.refresh(id, ["force": true])
            let health = try await host.health("healthy")
            #expect(health.json["timestamp"] is String)
            let parts = health.json["services"] as? [String: [String: Any]] ?? [:]
            #expect(Set(parts.keys) == ["store", "keys", "audit", "connectors", "events", "cache", "config"])
            for part in parts.values { #expect(part["status"] as? String == "healthy" && part["latency"] is Double) }
            let metrics = try await host.saveMetrics()
            for name in Self.metrics {
                #expect(metrics.contains("# TYPE token_manager_\(name) "), "\(name)")
                #expect(metrics.contains("\ntoken_manager_\(name)"), "\(name) has a value")
            }
            #expect(!metrics.contains(id), "no id in a label")
            // A call in flight keeps the host draining.
            scenario.provider.hold(GateRule(operation: .refresh))
            let running = Task { try await scenario.refresh(id, ["force": true]) }
            #expect(await scenario.provider.whenWaiting() == 1)
            child.kill(SIGTERM)
            var seen: Set<Int> = []
            try await eventually("it ends") {
                if let status = try? await host.probe.send("GET", host.url + "/ready").status { seen.insert(status) }
                if seen.contains(503) { scenario.provider.release() }
                return child.end != nil
            }
            #expect(seen == [503] || seen == [200, 503], "not ready while draining: \(seen)")
            #expect(child.exitCode == 0)
            #expect(try await running.value.status == 200, "the call in flight was answered")
        }
    }

    private static let metrics = [
        "http_requests_total", "http_request_duration_seconds", "http_request_size_bytes", "http_response_size_bytes",
        "refresh_total", "refresh_joined_total", "provider_request_duration_seconds", "lease_wait_seconds",
        "connections",
        "outbox_lag_seconds", "spool_entries", "audit_flush_seconds", "definition_errors",
    ]
}
