import Foundation
import Glibc
import ProviderSimulator
import TestSupport
import Testing

/// DESIGN.md §5: commands reach the store through the host that holds it, or hold it themselves.
@Suite(.hosts(1)) struct DoorTests {
    @Test("SECURITY 37: the same commands beside a running host and without one, audited as the operator's")
    func bothWays() async throws {
        try await Scenario.run("door") { scenario in
            let host = scenario.host
            let none = try await host.command("connections", "list")
            #expect(none.code == 3 && none.output.contains("there is no database"), "\(none.output)")
            let child = try await host.start()
            scenario.provider.register(.init(id: "sandbox-client"))
            try await scenario.configure()
            let id = try await scenario.connect()
            try await commands(id, scenario, generation: 2)
            try await host.stop(child)
            #expect(!FileManager.default.fileExists(atPath: host.door), "a host takes its door away")
            try await commands(id, scenario, generation: 3)
            let revoked = try await host.command("connections", "revoke", id)
            #expect(revoked.code == 0, "\(revoked.output)")
            let files = HostFiles(folder: host.folder)
            let caller = "\"caller\":\"operator:"
            #expect(try files.audit("revoke").contains { $0.contains(caller) })
            #expect(try files.audit("refresh_claim").filter { $0.contains(caller) }.count == 2)
            let again = try await host.start()
            try await eventually("the provider is told by the next host", every: .milliseconds(50)) {
                scenario.provider.statistics().calls(of: .revoke) == 1
            }
            try await host.stop(again)
        }
    }

    @Test("two databases in one folder do not meet at its door: the second host is refused, commands tell them apart")
    func twoDatabases() async throws {
        try await Scenario.run("two-databases") { scenario in
            let host = scenario.host
            let making = [
                "STORE_URL": "sqlite:\(host.folder.path)/other.db", "SPOOL_DIR": "\(host.folder.path)/other-spool",
            ]
            let other = making.merging(["PORT": "\(try freePort())", "METRICS_PORT": "0"]) { $1 }
            let none = try await host.command("hosts", "list", more: other)
            #expect(none.code == 3 && none.output.contains("there is no database"), "\(none.output)")
            try await host.stop(try await host.start(more: making))
            let first = try await host.start()
            let own = try await host.command("hosts", "list", "--format", "json")
            let refused = try host.launch(more: other)
            try await refused.waitForEnd()
            #expect(refused.exitCode == 2)
            let log = try String(contentsOf: refused.log, encoding: .utf8)
            #expect(log.contains("the door of a host with another database"), "\(log.suffix(2000))")
            // Commands work on that database alone, beside the other's host.
            let alone = try await host.command("hosts", "list", "--format", "json", more: other)
            #expect(alone.code == 0, "\(alone.output)")
            #expect(
                Set(alone.items.compactMap { $0["id"] as? String }).isDisjoint(
                    with: own.items.compactMap { $0["id"] as? String }))
            #expect(try await host.command("doctor", more: other).code == 0)
            #expect(FileManager.default.fileExists(atPath: host.door), "the first one's door stands")
            let still = try await host.command("hosts", "list", "--format", "json")
            #expect(still.items.map { $0["this"] as? Bool } == [true], "\(still.output)")
            try await host.stop(first)
        }
    }

    @Test("SECURITY 53: what a command reads is in the audit of reads, beside a host and without one")
    func reads() async throws {
        try await Scenario.run("door-reads") { scenario in
            let host = scenario.host
            let child = try await host.start()
            scenario.provider.register(.init(id: "sandbox-client"))
            try await scenario.configure()
            let id = try await scenario.connect()
            try await read(id, host)
            try await host.stop(child)
            try await read(id, host)
            let records = try audit(of: host)
            for action in ["connections_list", "connections_show", "hosts_list", "keys_status", "webhooks_list"] {
                let found = records.filter { $0.contains("\"action\":\"\(action)\"") }
                #expect(found.count == 2, "\(action): \(found)")
                #expect(found.allSatisfy { $0.contains("\"caller\":\"operator:") })
            }
            #expect(records.contains { $0.contains("status=active") } && records.contains { $0.contains("id=\(id)") })
            #expect(try await host.command("audit", "verify").code == 0)
        }
    }

    private func read(_ id: String, _ host: TestHost) async throws {
        #expect(try await host.command("connections", "list", "--status", "active").code == 0)
        #expect(try await host.command("connections", "show", id).code == 0)
        #expect(try await host.command("hosts", "list").code == 0)
        #expect(try await host.command("keys", "status").code == 0)
        #expect(try await host.command("webhooks", "list").code == 0)
    }

    /// The lines of the chain of reads.
    private func audit(of host: TestHost) throws -> [String] {
        let folder = host.folder.path + "/spool/audit"
        return try FileManager.default.contentsOfDirectory(atPath: folder).flatMap { name in
            try String(contentsOfFile: folder + "/" + name, encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    private func commands(_ id: String, _ scenario: Scenario, generation: Int) async throws {
        let host = scenario.host
        let list = try await host.command("connections", "list", "--format", "json")
        #expect(list.code == 0 && list.items.map { $0["id"] as? String } == [id], "\(list.output)")
        #expect(list.items.first?["organization"] as? String == "org-1")
        let shown = try await host.command("connections", "show", id)
        #expect(shown.code == 0 && shown.output.contains("\"generation\":\(generation - 1)"), "\(shown.output)")
        let refreshed = try await host.command("connections", "refresh", id, "--force")
        #expect(refreshed.output.contains("refreshed, generation \(generation)"), "\(refreshed.output)")
        let missing = try await host.command("connections", "show", "conn_none")
        #expect(missing.code == 2 && missing.output.contains("no such connection"), "\(missing.output)")
        let keys = try await host.command("keys", "status")
        #expect(keys.code == 0 && keys.output.contains("org-1\tdk_"), "\(keys.output)")
        let status = try await host.command("keys", "status", "--format", "json")
        #expect(
            status.output.contains("\"key\":\"file:") && status.output.contains("\"data_keys\":[{"), "\(status.output)")
        let hosts = try await host.command("hosts", "list", "--format", "json")
        #expect(hosts.items.count == 1 && hosts.items.first?["this"] as? Bool == true)
        let own = hosts.items.first?["id"] as? String ?? ""
        #expect(try await host.command("hosts", "lost", own).code == 2, "a host is not lost that answers")
        #expect(try await host.command("hosts", "lost", "host_none").code == 2)
        let group = try await host.command("hosts")
        #expect(group.code == 2 && group.output.contains("list"), "a group is no command: \(group.output)")
        #expect(try await host.command("store", "migrate").code == 0)
        #expect(try await host.command("doctor").code == 0)
        for result in [list, shown, refreshed, keys] { #expect(!result.output.contains("sandbox_at_")) }
    }

    @Test("row 27: a lost host is said in the audit, and shown")
    func lostHost() async throws {
        try await Scenario.serving("lost-host") { scenario, child in
            let host = scenario.host
            try await host.stop(child)
            let files = HostFiles(folder: host.folder)
            try files.change("INSERT INTO host (id, boot, heartbeat_at, lost) VALUES ('host_gone', 'boot_1', 1, 0)")
            let again = try await host.start()
            let lost = try await host.command("hosts", "lost", "host_gone")
            #expect(lost.code == 0, "\(lost.output)")
            let hosts = try await host.command("hosts", "list", "--format", "json")
            let gone = hosts.items.first { $0["id"] as? String == "host_gone" }
            #expect(gone?["lost"] as? Bool == true, "\(hosts.output)")
            let records = try files.audit("host_lost")
            #expect(records.count == 1 && records[0].contains("operator:") && records[0].contains("host_gone"))
            try await host.stop(again)
        }
    }

    @Test("a door that a dead host left is no host, and the next one takes its place; it is for its user alone")
    func staleDoor() async throws {
        try await Scenario.run("stale-door") { scenario in
            let host = scenario.host
            let killed = try await host.start()
            killed.kill(SIGKILL)
            try await killed.waitForEnd()
            #expect(FileManager.default.fileExists(atPath: host.door))
            #expect(try await host.command("hosts", "list").code == 0, "the command holds the store itself")
            let child = try await host.start()
            let attributes = try FileManager.default.attributesOfItem(atPath: host.door)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(attributes[.type] as? FileAttributeType == .typeSocket)
            let hosts = try await host.command("hosts", "list")
            #expect(hosts.code == 0, "\(hosts.output)")
            // A host that is stopped in its tracks holds the store, and answers nobody.
            try FileManager.default.removeItem(atPath: host.door)
            let held = try await host.command("hosts", "list")
            #expect(held.code == 3 && held.output.contains("may be starting"), "\(held.output)")
            try await host.stop(child)
        }
    }

    @Test("a host that drains takes no command any more: exit code 3")
    func draining() async throws {
        try await Scenario.serving("draining-door", timing: patientTiming) { scenario, child in
            let id = try await scenario.connected()
            scenario.provider.hold(GateRule(operation: .refresh))
            async let caller = scenario.refresh(id, ["force": true])
            #expect(await scenario.provider.whenWaiting() == 1)
            #expect(try await scenario.host.command("hosts", "list").code == 0)
            child.kill(SIGTERM)
            try await eventually("commands are refused", every: .milliseconds(50)) {
                let answer = try await scenario.host.command("hosts", "list")
                return answer.code == 3 && answer.output.contains("shutting down")
            }
            scenario.provider.release()
            _ = try? await caller
        }
    }

    @Test("a file that is open to others, a missing key and a port that is taken: the doctor says so, with a remedy")
    func doctor() async throws {
        try await Scenario.run("doctor") { scenario in
            let host = scenario.host
            let child = try await host.start()
            try await host.stop(child)
            #expect(try await host.command("doctor").code == 0)
            let key = host.folder.path + "/master.key"
            #expect(chmod(key, 0o644) == 0)
            let open = try await host.command("doctor")
            #expect(open.code == 1 && open.output.contains("chmod 600 \(key)"), "\(open.output)")
            #expect(chmod(key, 0o600) == 0)
            let missing = try await host.command("doctor", more: ["KEY_PROVIDER": "file:\(key).none"])
            #expect(missing.code == 1 && missing.output.contains("key file"), "\(missing.output)")
            let taken = try await scenario.provider.port
            let port = try await host.command("doctor", "--format", "json", more: ["PORT": "\(taken)"])
            let verdicts = port.items.filter { $0["name"] as? String == "PORT" }.map { $0["verdict"] as? String }
            #expect(port.code == 1 && verdicts == ["fail"], "\(port.output)")
            let settings = try await host.command("doctor", more: ["PORT": "none"])
            #expect(settings.code == 1 && settings.output.contains("PORT"), "\(settings.output)")
        }
    }
}
