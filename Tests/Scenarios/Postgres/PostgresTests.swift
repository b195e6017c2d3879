import Foundation
import PostgresServer
import ProviderSimulator
import TestSupport
import Testing

/// A host on PostgreSQL does what one on SQLite does, and outlives its server.
@Suite(.hosts(2)) struct PostgresTests {
    private let atProvider = GateRule(operation: .refresh)

    @Test("300 concurrent refreshes on PostgreSQL: one provider call, one generation for all, and events of it")
    func storm() async throws {
        try await Self.serving("postgres-storm", timing: stormTiming) { scenario, _, _ in
            let id = try await scenario.connected()
            scenario.provider.hold(atProvider)
            async let answers = scenario.refreshes(300, of: id, ["observed_generation": 1])
            #expect(await scenario.provider.whenWaiting() == 1)
            try await eventually("all have joined", within: .seconds(50), every: .milliseconds(50)) {
                try await scenario.metric("token_manager_refresh_joined_total") >= 299
            }
            scenario.provider.release()
            #expect(try await answers.allSatisfy { $0.status == 200 && $0.generation == 2 })
            #expect(scenario.refreshCalls == 1)
            let events = try await scenario.host.call(
                "GET", "/api/v1/events", token: scenario.callers.service("events:read"))
            let kinds = (events.json["events"] as? [[String: Any]])?.compactMap { $0["eventType"] as? String }
            #expect(kinds == ["TOKEN_CREATED", "TOKEN_REFRESHED"])
        }
    }

    @Test("PostgreSQL is started anew: valid tokens are served throughout, refresh goes on by itself (R9)")
    func restart() async throws {
        let server = try PostgresServer()
        try await Self.serving("postgres-restart", on: server) { scenario, _, _ in
            let id = try await scenario.connected()
            #expect(try await scenario.token(id).status == 200)
            try server.stopImmediately()
            for _ in 0..<20 {
                let answer = try await scenario.token(id)
                #expect(answer.status == 200)
                let warnings = answer.json["warnings"] as? [[String: Any]] ?? []
                #expect(warnings.contains { $0["code"] as? String == "unverified" })
            }
            let health = try await scenario.host.probe.send("GET", scenario.host.url + "/api/v1/health")
            #expect(health.status == 503)
            try server.start()
            try await eventually("it refreshes again", every: .milliseconds(50)) {
                try await scenario.refresh(id, ["observed_generation": 1]).generation == 2
            }
            #expect(scenario.refreshCalls == 1)
        }
    }

    @Test("a host that is killed while an answer is under way presents again when it is back, on PostgreSQL too")
    func killed() async throws {
        let client = SimulatedClient(id: "steady", rotation: .static)
        try await Self.serving("postgres-killed", client, ["rotation": "static"], timing: TestHost.shortTiming) {
            scenario, child, _ in
            let id = try await scenario.connected(to: client)
            scenario.provider.hold(GateRule(operation: .refresh, phase: .after))
            let caller = Task { try await scenario.refresh(id, ["observed_generation": 1]) }
            #expect(await scenario.provider.whenWaiting() == 1)
            child.kill(SIGKILL)
            try await child.waitForEnd()
            _ = await caller.result
            scenario.provider.release()
            let again = try await scenario.host.start()
            try await scenario.reaches(2, id)
            #expect(try await scenario.token(id).status == 200)
            again.kill(SIGTERM)
            try await again.waitForEnd()
            #expect(again.exitCode == 0)
        }
    }

    @Test("a second host on the same database serves beside the first; each ends cleanly, and the other goes on")
    func second() async throws {
        try await Self.serving("postgres-second") { scenario, first, _ in
            let (folder, port) = (scenario.host.folder.path, try freePort())
            let ready = "http://127.0.0.1:\(port)/ready"
            let ownSettings = [
                "PORT": "\(port)", "METRICS_PORT": "\(try freePort())", "SPOOL_DIR": folder + "/second/spool",
            ]
            try FileManager.default.createDirectory(atPath: folder + "/second", withIntermediateDirectories: true)
            let second = try scenario.host.launch(more: ownSettings)
            try await eventually("the second host is ready", within: .seconds(60), every: .milliseconds(20)) {
                if let end = second.end { throw Failure("the second host ended (\(end)); see \(second.log.path)") }
                return (try? await scenario.host.probe.send("GET", ready).status) == 200
            }
            #expect(try await scenario.host.probe.send("GET", scenario.host.url + "/ready").status == 200)
            let hosts = try await scenario.host.command("hosts", "list", "--format", "json")
            #expect(hosts.items.count == 2, "\(hosts.output)")
            #expect(hosts.items.filter { $0["this"] as? Bool == true }.count == 1, "\(hosts.output)")
            let other = hosts.items.first { $0["this"] as? Bool == false }?["id"] as? String ?? ""
            let lost = try await scenario.host.command("hosts", "lost", other)
            #expect(lost.code == 2 && lost.output.contains("its heartbeat is fresh"), "\(lost.output)")
            let doctor = try await scenario.host.command("doctor")
            #expect(doctor.code == 0, "\(doctor.output)")
            let migrated = try await scenario.host.command("store", "migrate")
            #expect(migrated.code == 0, "\(migrated.output)")
            let backup = try await scenario.host.command("store", "backup", folder + "/backup")
            #expect(backup.code != 0 && backup.output.contains("pg_dump"), "\(backup.output)")
            let restore = try await scenario.host.command("store", "restore", folder + "/backup")
            #expect(restore.code == 2 && restore.output.contains("pg_restore"), "\(restore.output)")
            first.kill(SIGTERM)
            try await first.waitForEnd()
            #expect(first.exitCode == 0)
            #expect(try await scenario.host.probe.send("GET", ready).status == 200)
            let again = try await scenario.host.start()
            second.kill(SIGTERM)
            try await second.waitForEnd()
            #expect(second.exitCode == 0)
            #expect(try await scenario.host.probe.send("GET", scenario.host.url + "/ready").status == 200)
            again.kill(SIGTERM)
            try await again.waitForEnd()
            #expect(again.exitCode == 0)
        }
    }

    @Test("a spool folder is of one database: with another one the host does not start, and changes nothing there")
    func spool() async throws {
        try await Self.serving("postgres-spool") { scenario, child, database in
            child.kill(SIGTERM)
            try await child.waitForEnd()
            try await TestDatabase.with(database.server) { other in
                let result = try await scenario.host.command(
                    "serve", more: ["STORE_URL": other.url, "STORE_MIGRATION_URL": other.migrationURL])
                #expect(result.code == 2)
                let name = "postgres:127.0.0.1:\(database.server.port)/\(database.name)"
                #expect(result.output.contains("belongs to the store \(name), not to"), "\(result.output)")
                let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'token_manager'"
                #expect(try other.sql(schemas) == "0")
            }
            let again = try await scenario.host.start()
            again.kill(SIGTERM)
            try await again.waitForEnd()
            #expect(again.exitCode == 0)
        }
    }

    @Test(
        "an import whose store fails before it is presented was refused by nobody: nothing is left, and it is taken later"
    )
    func importWithoutStore() async throws {
        try await Self.serving("postgres-import") { scenario, _, database in
            let grant = try #require(scenario.provider.issueGrant(clientID: "sandbox-client"))
            try TestFolders.noteCanaries([grant.refreshToken])
            let schema = "SET search_path = token_manager;"
            _ = try database.sql(
                """
                \(schema) CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN RAISE EXCEPTION ''away'' USING ERRCODE = ''57P03''; END';
                CREATE TRIGGER away BEFORE UPDATE ON attempt FOR EACH ROW WHEN (NEW.state = 'sent') EXECUTE FUNCTION away()
                """)
            let body = ["grant": "refresh_token", "refresh_token": grant.refreshToken]
            let refused = try await scenario.command("POST", "/connectors/sandbox/connections", body)
            #expect(refused.status == 503 && refused.code == "store_unavailable", "\(refused.text)")
            #expect(scenario.provider.log().isEmpty)
            #expect(try database.count("connection", where: "TRUE") == 0)
            _ = try database.sql("\(schema) DROP TRIGGER away ON attempt")
            let taken = try await scenario.command("POST", "/connectors/sandbox/connections", body)
            #expect(taken.status == 201, "\(taken.text)")
        }
    }

    @Test("an address that would go over a network unverified is refused, and shows no password (SECURITY 39)")
    func unverified() async throws {
        let host = try TestHost(
            "postgres-unverified", environment: ["STORE_URL": "postgres://tm:hunter2@db.example/tm?sslmode=require"])
        let result = try await host.command("serve")
        #expect(result.code == 2)
        #expect(result.output.contains("STORE_URL") && result.output.contains("sslmode=verify-full"))
        #expect(!result.output.contains("hunter2"))
    }

    /// As `Scenario.serving`, on a fresh database.
    private static func serving(
        _ name: String, _ client: SimulatedClient = SimulatedClient(id: "sandbox-client"),
        _ settings: [String: any Sendable] = [:], timing: [String: String] = patientTiming,
        on server: PostgresServer = .shared,
        _ body: @Sendable (Scenario, ChildProcess, TestDatabase) async throws -> Void
    ) async throws {
        try await TestDatabase.with(server) { database in
            let environment = timing.merging([
                "STORE_URL": database.url, "STORE_MIGRATION_URL": database.migrationURL,
            ]) { $1 }
            try await Scenario.run(name, environment: environment) { scenario in
                let child = try await scenario.host.start()
                scenario.provider.register(client)
                try await scenario.configure(client: client.id, class: settings)
                try await body(scenario, child, database)
                scenario.provider.release()
                guard child.end == nil else { return }
                child.kill(SIGTERM)
                try await child.waitForEnd()
                #expect(child.exitCode == 0)
            }
        }
    }
}
