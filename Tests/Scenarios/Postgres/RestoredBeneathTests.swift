import Foundation
import PostgresServer
import ProviderSimulator
import TestSupport
import Testing

/// PROTOCOL.md §9, SECURITY 59, R13 on PostgreSQL: the database goes back while the host runs.
@Suite(.hosts(2)) struct RestoredBeneathTests {
    @Test(
        "what only another host has presented since the dump keeps a family in VERIFY, whichever host is asked about all"
    )
    func presentedElsewhere() async throws {
        let family = SimulatedClient(id: "sandbox-client", rotation: .singleUseFamily)
        try await Replicas.run(
            "restored-elsewhere", hosts: 2, client: family, settings: ["rotation": "single_use_family"]
        ) { replicas in
            let (asked, other, database) = (replicas[0], replicas[1], replicas.database)
            let (idle, used) = (try await asked.scenario.connect(), try await asked.scenario.connect())
            let own = try await asked.scenario.connect()
            let dump = asked.host.folder.path + "/dump"
            try database.dump(to: dump)
            // The host that is asked knows by its own mark that the store went back, and nothing of the other's.
            for (replica, id) in [(other, used), (asked, own)] {
                #expect(try await replica.scenario.refresh(id, ["force": true]).outcome == "refreshed")
            }
            try await other.stop()
            replicas.provider.reset([.log])
            try database.restore(dump)
            for id in [idle, used, own] { try await asked.scenario.reaches("verify", id, within: .seconds(60)) }

            for way in ["--assume-current", "--adopt"] {
                let early = try await asked.host.command("connections", "verify", "--all", way)
                #expect(
                    early.code != 0 && early.output.contains("has not said yet what it has presented"),
                    "\(early.output)")
            }
            try await other.start()
            var all = try await asked.host.command("hosts", "list")
            try await eventually("the other has said what it knows", every: .milliseconds(100)) {
                all = try await asked.host.command(
                    "connections", "verify", "--all", "--assume-current", "--format", "json")
                return all.code == 0 || !all.output.contains("has not said yet")
            }
            #expect(all.outcomes == [idle: "done", used: "overtaken", own: "overtaken"], "\(all.output)")
            try await eventually("it refreshes again", within: .seconds(60), every: .milliseconds(100)) {
                try await asked.scenario.refresh(idle, ["force": true]).outcome == "refreshed"
            }
            #expect(try await asked.scenario.show(used)["status"] as? String == "verify")
            #expect(replicas.provider.log().allSatisfy { $0.verdict == .fresh }, "a superseded one was presented")
            let said = "record LIKE '%host_statement%'"
            let (entered, before) = ("id LIKE 'journal-%'", try database.count("audit", where: said))
            #expect(try database.count("attempt", where: entered) == 2, "one of each host")
            try await other.stop()
            try await other.start()
            #expect(try database.count("attempt", where: entered) == 2)
            #expect(try database.count("audit", where: said) == before, "there is nothing new to say of it")
        }
    }

    @Test(
        "a dump restored beneath a running host: nothing superseded is presented, and the ways out work without a restart"
    )
    func restored() async throws {
        let family = SimulatedClient(id: "sandbox-client", rotation: .singleUseFamily)
        try await TestDatabase.with { database in
            let environment = TestHost.shortTiming.merging([
                "STORE_URL": database.url, "STORE_MIGRATION_URL": database.migrationURL,
            ]) { $1 }
            try await Scenario.run("postgres-restored", environment: environment) { scenario in
                let (host, provider) = (scenario.host, scenario.provider)
                let child = try await host.start()
                provider.register(family)
                try await scenario.configure(client: family.id, class: ["rotation": "single_use_family"])
                let (assumed, given) = (try await scenario.connect(), try await scenario.connect())
                let dump = host.folder.path + "/dump"
                try database.dump(to: dump)
                for _ in 0..<10 {
                    #expect(try await scenario.refresh(given, ["force": true]).outcome == "refreshed")
                }
                provider.reset([.log])
                try database.restore(dump)

                for id in [assumed, given] {
                    try await eventually("\(id) waits for the operator", within: .seconds(60), every: .milliseconds(50))
                    {
                        (try? await scenario.show(id))?["status"] as? String == "verify"
                    }
                    #expect(try await scenario.show(id)["generation"] as? Int == 2 << 32)
                    let read = try await scenario.token(id)
                    #expect(read.status == 200 && read.warnings == ["verify"], "\(read.text)")
                    let refused = try await scenario.refresh(id, ["force": true])
                    #expect(refused.status == 409 && refused.code == "needs_reauthorization", "\(refused.text)")
                }
                #expect(provider.log().isEmpty, "nothing is presented before an operator speaks")
                for (id, way) in [(assumed, "--assume-current"), (given, "--reauthorize")] {
                    let result = try await host.command("connections", "verify", id, way)
                    #expect(result.code == 0, "\(result.output)")
                }
                try await eventually("it refreshes again", within: .seconds(60), every: .milliseconds(100)) {
                    try await scenario.refresh(assumed, ["force": true]).outcome == "refreshed"
                }
                #expect(try await scenario.show(given)["status_reason"] as? String == "restored")
                #expect(provider.log().allSatisfy { $0.verdict == .fresh }, "a superseded refresh token was presented")
                try await host.stop(child)
            }
        }
    }
}

extension TestDatabase {
    fileprivate func dump(to file: String) throws {
        let program = PostgresServer.program("pg_dump")
        try PostgresServer.run([program] + place + ["-d", name, "-Fc", "-f", file], asRoot: true)
    }

    /// Ends all sessions, makes the database anew, and fills it in one transaction.
    fileprivate func restore(_ file: String) throws {
        try server.sql("DROP DATABASE \(name) WITH (FORCE)")
        try server.sql("CREATE DATABASE \(name) OWNER \(name)_owner")
        let program = PostgresServer.program("pg_restore")
        try PostgresServer.run([program] + place + ["--single-transaction", "-d", name, file], asRoot: true)
    }

    private var place: [String] { ["-h", server.folder, "-p", "\(server.port)", "-U", "postgres"] }
}
