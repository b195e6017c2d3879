import Foundation
import PostgresServer
import ProviderSimulator
import TestSupport
import Testing

/// Hosts on one database whose definitions are not the same, as while one after the other is replaced.
@Suite(.hosts(3)) struct RollingTests {
    @Test("a connection whose definition one host lacks is refreshed and revoked by the other, and read at both")
    func lacking() async throws {
        let empty = try TestFolders.make("rolling-lacking-definitions")
        var client = SimulatedClient(id: "sandbox-client")
        client.lifetime = 10
        try await Replicas.run(
            "rolling-lacking", hosts: 2, client: client, own: [["CONNECTORS_DIR": empty.path]]
        ) { [client] replicas in
            let (has, lacks) = (replicas[0].scenario, replicas[1].scenario)
            let id = try await has.connected(to: client)
            for generation in 3...5 {
                try await eventually("generation \(generation), by the one that can", every: .milliseconds(100)) {
                    try await has.show(id)["generation"] as? Int ?? 0 >= generation
                }
                // Refreshed in time: the token in the store is always a valid one.
                #expect(try await lacks.token(id).status == 200)
                #expect(try await lacks.show(id)["status"] as? String == "active")
            }
            let asked = try await lacks.refresh(id, ["force": true])
            #expect(asked.status == 503 && asked.code == "connector_unavailable", "\(asked.text)")
            let claimed = try replicas.database.sql("SELECT count(DISTINCT host) FROM token_manager.attempt")
            #expect(claimed == "1", "it claims nothing")
            for host in [has, lacks] {
                try await eventually("health says so", every: .milliseconds(100)) {
                    try await host.host.health("degraded").text.contains("definitions differ from those of host_")
                }
            }
            #expect(try await lacks.command("POST", "/connections/\(id)/revoke").status == 202)
            try await eventually("the provider knows", every: .milliseconds(100)) {
                try replicas.database.count("connection", where: "revocation = 'done'") == 1
            }
        }
    }

    @Test("a changed definition that an admin has accepted at one host comes into force at the other that held it back")
    func accepted() async throws {
        let shipped = try TestFolders.sandboxDefinitions().appendingPathComponent("sandbox.yaml")
        let text = try String(contentsOf: shipped, encoding: .utf8)
        let folders = try ["a", "b"].map { try TestFolders.make("rolling-accepted-\($0)") }
        for folder in folders { try Self.write(text, in: folder) }
        let own = folders.map { ["CONNECTORS_DIR": $0.path] }
        // The first host of the run has the shipped one; these two are beside it.
        try await Replicas.run("rolling-accepted", hosts: 3, own: own) { replicas in
            let id = try await replicas[0].scenario.connected()
            let widened = text.replacingOccurrences(
                of: "http://127.0.0.1:{port}/revoke", with: "https://elsewhere.example.com/revoke")
            #expect(widened != text)
            for folder in folders { try Self.write(widened, in: folder) }
            let hosts = [replicas[1].scenario, replicas[2].scenario]
            for host in hosts {
                try await eventually("it is held back", every: .milliseconds(100)) { try await Self.holds(host) }
            }
            #expect(try await hosts[0].command("POST", "/connectors/sandbox/accept").status == 200)
            let other = hosts[1]
            try await eventually("the other has it too", every: .milliseconds(100)) { try await !Self.holds(other) }
            for host in hosts { #expect(try await host.token(id).status == 200) }
            let accepted = "record LIKE '%\"definition_accepted\"%'"
            #expect(try replicas.database.count("audit", where: accepted) == 1, "said once, where it was done")
        }
    }

    /// Whether a host holds a changed definition back.
    private static func holds(_ host: Scenario) async throws -> Bool {
        try await host.command("GET", "/connectors/sandbox").json["held"] != nil
    }

    private static func write(_ text: String, in folder: URL) throws {
        try text.write(to: folder.appendingPathComponent("sandbox.yaml"), atomically: true, encoding: .utf8)
    }
}
