import Foundation
import PostgresServer
import ProviderSimulator
import TestSupport
import Testing

/// Hosts whose first start is the same moment, on a database in which there is nothing yet.
@Suite(.hosts(3)) struct StartTests {
    @Test(
        "with one key file that none of them has made yet all come up, and each opens what another has sealed",
        arguments: Replicas.Way.allCases)
    func together(_ way: Replicas.Way) async throws {
        try await Self.hosts("start-together-\(way.rawValue)", through: way, sharesKey: true) { hosts, database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for host in hosts { group.addTask { try await host.start() } }
                try await group.waitForAll()
            }
            hosts[0].scenario.provider.register(SimulatedClient(id: "sandbox-client"))
            try await hosts[0].scenario.configure()
            let id = try await hosts[1].scenario.connect()
            for (number, host) in hosts.enumerated() {
                #expect(try await host.scenario.token(id).status == 200)
                let refreshed = try await host.scenario.refresh(id, ["force": true])
                #expect(refreshed.generation == number + 2, "\(refreshed.text)")
            }
            #expect(try database.count("data_key", where: "organization = 'org-1'") == 1)
            #expect(try database.count("host", where: "TRUE") == 3)
            for host in hosts { try await host.stop() }
        }
    }

    @Test("with a key folder each, one makes the installation; the others end with 3, say what to copy, and come up")
    func ownKeys() async throws {
        try await Self.hosts("start-own-keys", through: .direct, sharesKey: false) { hosts, _ in
            for host in hosts { try host.launch() }
            var ready: [Replica] = []
            try await eventually("one is ready, the others have ended", within: .seconds(60), every: .milliseconds(50))
            {
                ready = []
                for host in hosts where host.isRunning {
                    let url = host.host.url + "/ready"
                    if (try? await host.host.probe.send("GET", url).status) == 200 { ready.append(host) }
                }
                return ready.count == 1 && hosts.count { !$0.isRunning } == 2
            }
            let first = try #require(ready.first)
            first.scenario.provider.register(SimulatedClient(id: "sandbox-client"))
            try await first.scenario.configure()
            let id = try await first.scenario.connect()
            for host in hosts where !host.isRunning {
                #expect(host.child?.exitCode == 3)
                let (said, key) = (try host.said(), host.host.folder.path + "/master.key")
                #expect(said.contains("KEY_PROVIDER") && said.contains("copy the key file") && said.contains(key))
                try? FileManager.default.removeItem(atPath: key)
                try FileManager.default.copyItem(atPath: first.host.folder.path + "/master.key", toPath: key)
                try await host.start()
                #expect(try await host.scenario.token(id).status == 200)
            }
            for host in hosts { try await host.stop() }
        }
    }

    private static func hosts(
        _ name: String, through way: Replicas.Way, sharesKey: Bool,
        _ body: @Sendable ([Replica], TestDatabase) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let environment = TestHost.shortTiming.merging(way.settings(for: database)) { $1 }
            // With all definitions that are shipped: each host stores what it has loaded, at the same moment.
            try await Scenario.run("\(name)-1", environment: environment) { first in
                let key = sharesKey ? ["KEY_PROVIDER": "file:\(first.host.folder.path)/master.key"] : [:]
                let others = try (2...3).map { number in
                    first.on(try TestHost("\(name)-\(number)", environment: environment.merging(key) { $1 }))
                }
                try await body(([first] + others).map { Replica($0) }, database)
            }
        }
    }
}
