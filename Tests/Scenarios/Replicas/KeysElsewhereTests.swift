import Foundation
import Glibc
import ProviderSimulator
import TestSupport
import Testing

/// Two hosts on one database, each with a folder of its own for the key files: what `keys rotate` makes at one has to be
/// carried to the other.
@Suite(.hosts(2)) struct KeysElsewhereTests {
    @Test(
        "a host without a new key says which one it lacks and goes on with the rest; once copied it is used without a restart"
    )
    func rotated() async throws {
        let folder = try TestFolders.make("keys-elsewhere")
        let there = folder.path + "/master.key"
        // The first host makes the key, and the second finds its copy.
        try await Replicas.run(
            "keys-elsewhere", hosts: 2, own: [["KEY_PROVIDER": "file:\(there)"]],
            whenFirstRuns: {
                try FileManager.default.copyItem(atPath: $0.host.folder.path + "/master.key", toPath: there)
            }
        ) { replicas in
            let (first, second) = (replicas[0], replicas[1])
            let origin = first.host.folder.path + "/master.key"
            let id = try await first.scenario.connected()
            let rotated = try await first.host.command("keys", "rotate", "--format", "json")
            let (new, old) = (
                try #require(rotated.object["key"] as? String), try #require(rotated.object["replaced"] as? String)
            )
            var brief = SimulatedClient(id: "brief-client")
            brief.lifetime = 10
            replicas.provider.register(brief)
            let other = first.scenario.inOrganization("org-2")
            try await other.configure(client: brief.id)
            let due = try await other.connect(client: brief.id)

            let missing = there + "." + new.dropFirst("file:".count)
            let closed = try await configure("org-2", at: second)
            #expect(closed.status == 503 && closed.code == "keys_unavailable", "\(closed.text)")
            let detail = closed.json["detail"] as? String
            #expect(detail?.contains(missing) == true, "it says which file to put where: \(closed.text)")
            #expect(try await second.scenario.refresh(id, ["force": true]).generation == 2, "others go on")
            try await eventually("health says so", every: .milliseconds(100)) {
                try await second.host.health("degraded").text.contains(new)
            }

            try await eventually("it is refreshed in time by the one that can", every: .milliseconds(100)) {
                try await other.show(due)["generation"] as? Int ?? 0 >= 3
            }

            let early = try await first.host.command("keys", "rewrap")
            #expect(early.code == 2 && early.output.contains("copy the files"), "\(early.output)")
            let status = try await first.host.command("keys", "status", "--format", "json")
            let hosts = status.object["hosts"] as? [[String: Any]] ?? []
            #expect(hosts.map { $0["has_key"] as? Bool } == [false] && hosts.first?["key"] as? String == old)

            for key in [old, new] {
                let end = "." + key.dropFirst("file:".count)
                try FileManager.default.copyItem(atPath: origin + end, toPath: there + end)
            }
            #expect(try await configure("org-2", at: second).status == 200, "it has read the folder again")
            // Whole or not at all.
            try FileManager.default.copyItem(atPath: origin, toPath: there + ".copy")
            #expect(rename(there + ".copy", there) == 0)

            async let here = first.host.command("keys", "rewrap", "--format", "json")
            async let beside = second.host.command("keys", "rewrap", "--format", "json")
            for done in [try await here, try await beside] {
                #expect(done.code == 0 && done.object["key"] as? String == new, "\(done.output)")
                #expect(done.object["unreadable"] as? Int == 0)
            }
            for path in [origin, there] {
                try FileManager.default.removeItem(atPath: path + "." + old.dropFirst("file:".count))
            }
            try await second.stop()
            try await second.start()
            for (number, host) in [first, second].enumerated() {
                #expect(try await host.scenario.refresh(id, ["force": true]).generation == number + 3)
                #expect(try await configure("org-2", at: host).status == 200)
            }
            _ = try await second.host.health("healthy")
        }
    }

    /// Sets a client's secret, which is sealed with the organization's key.
    private func configure(_ organization: String, at replica: Replica) async throws -> HTTPProbe.Answer {
        try await replica.scenario.inOrganization(organization)
            .command("PUT", "/connectors/sandbox/config", ["client_secret": "sandbox-secret"])
    }
}
