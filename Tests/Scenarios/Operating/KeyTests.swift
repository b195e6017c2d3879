import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// `keys status|rotate|rewrap` on a real host (SECURITY 23, 24).
@Suite(.hosts(1)) struct KeyTests {
    @Test("SECURITY 23: rotated and rewrapped beside a running host and without one; then the old key is not needed")
    func bothWays() async throws {
        try await Scenario.run("keys") { scenario in
            let host = scenario.host
            var child = try await host.start()
            let id = try await connected(scenario)
            let backup = host.folder.path + "/backup"
            #expect(try await host.command("store", "backup", backup).code == 0)
            let first = try await current(host)
            let second = try await rotate(host, from: first)
            #expect(try await use(host)[first] as? Bool == true, "it is still needed")
            let other = scenario.inOrganization("org-2")
            try await other.configure()
            let wraps = try await dataKeys(host)
            #expect(wraps["org-1"] == [first] && wraps["org-2"] == [second], "a new data key is wrapped by the new key")
            let early = try await host.command("store", "backup", backup + ".early")
            #expect(early.code == 2 && early.output.contains("keys rewrap"), "it would need both keys: \(early.output)")
            #expect(!FileManager.default.fileExists(atPath: backup + ".early"))
            try await rewrap(host, leaving: first)
            let later = try await host.command("store", "backup", backup + ".later", "--format", "json")
            #expect(later.code == 0 && later.object["key"] as? String == second, "\(later.output)")
            try await works(id, scenario)
            #expect(try await host.command("doctor").code == 0)
            try await host.stop(child)

            let third = try await rotate(host, from: second)
            try await rewrap(host, leaving: second)
            let away = host.folder.path + "/away"
            try FileManager.default.createDirectory(atPath: away, withIntermediateDirectories: true)
            for old in [first, second] { try move(file(old, host), to: away) }
            child = try await host.start()
            try await works(id, scenario)
            #expect(Set(try await use(host).keys) == [third])
            let files = HostFiles(folder: host.folder)
            #expect(try files.audit("keys_rotate").count == 4 && files.audit("keys_rewrap").count == 4)
            try await host.stop(child)

            let refused = try await host.command("store", "restore", backup)
            #expect(refused.code == 3 && refused.output.contains(file(first, host)), "\(refused.output)")
            try move(away + "/" + (file(first, host) as NSString).lastPathComponent, to: host.folder.path)
            let restored = try await host.command("store", "restore", backup)
            #expect(restored.code == 0, "a backup opens with the key that it was made with: \(restored.output)")
            child = try await host.start()
            #expect(try await scenario.token(id).status == 200)
            try await host.stop(child)
        }
    }

    @Test(
        "a rotation or rewrapping that kill -9 cut short loses nothing and is repeated",
        arguments: ["key_made", "key_in_use", "data_key_rewrapped"])
    func killed(_ point: String) async throws {
        try await Scenario.run("keys-\(point)") { scenario in
            let host = scenario.host
            let first = try await host.start(fault: point)
            let id = try await connected(scenario)
            try await scenario.inOrganization("org-2").configure()
            let old = try await current(host)
            if point == "data_key_rewrapped" { _ = try await rotate(host, from: old) }
            let cut = try await host.command("keys", point == "data_key_rewrapped" ? "rewrap" : "rotate")
            #expect(cut.code == 3, "\(cut.output)")
            try await first.waitForEnd()
            #expect(first.wasKilled)

            let child = try await host.start()
            try await works(id, scenario)
            let now = try await current(host)
            #expect((now == old) == (point == "key_made"))
            if point == "key_made" {
                let unused = try await use(host).filter { $0.key != old }.values
                #expect(unused.allSatisfy { $0 as? Bool == false } && unused.count == 1, "kept, and not used yet")
                _ = try await rotate(host, from: old)
            }
            try await rewrap(host, leaving: old)
            try FileManager.default.removeItem(atPath: file(old, host))
            try await host.stop(child)
            let again = try await host.start()
            try await works(id, scenario)
            try await host.stop(again)
        }
    }

    @Test("SECURITY 24: a key that is taken away while data keys need it fails closed, and says which file is missing")
    func takenAway() async throws {
        try await Scenario.run("keys-away") { scenario in
            let host = scenario.host
            var child = try await host.start()
            let id = try await connected(scenario)
            let old = try await current(host)
            _ = try await rotate(host, from: old)
            let away = host.folder.path + "/away"
            try FileManager.default.createDirectory(atPath: away, withIntermediateDirectories: true)
            try move(file(old, host), to: away)
            let rewrapped = try await host.command("keys", "rewrap")
            #expect(rewrapped.code != 0, "\(rewrapped.output)")
            try await host.stop(child)
            child = try host.launch()
            try await child.waitForEnd()
            let log = try String(contentsOf: child.log, encoding: .utf8)
            #expect(child.exitCode == 3 && log.contains(file(old, host)))
            try move(away + "/" + (file(old, host) as NSString).lastPathComponent, to: host.folder.path)
            child = try await host.start()
            try await works(id, scenario)
            try await rewrap(host, leaving: old)
            try await host.stop(child)
        }
    }

    @Test("an organization whose data key cannot be unwrapped keeps its spooled answer, and stops nobody else")
    func oneUnreadable() async throws {
        try await Scenario.run("keys-one-unreadable") { scenario in
            let (host, files) = (scenario.host, HostFiles(folder: scenario.host.folder))
            let first = try await host.start(fault: "spooled")
            let other = scenario.inOrganization("org-2")
            scenario.provider.register(SimulatedClient(id: "sandbox-client", rotation: .static))
            try await scenario.configure(class: ["rotation": "static"])
            try await other.configure(class: ["rotation": "static"])
            _ = try? await scenario.connect()
            try await first.waitForEnd()
            #expect(first.wasKilled)
            let waiting = try files.spoolEntries()
            #expect(waiting.count == 1)
            let key = "UPDATE data_key SET wrapped ="
            try files.change("\(key) CAST(wrapped || x'00' AS BLOB) WHERE organization = 'org-1'")

            let child = try await host.start()
            let id = try await other.connect()
            #expect(try await other.token(id).status == 200)
            #expect(try files.spoolEntries() == waiting && files.kept().isEmpty, "nothing of it is lost")
            #expect(!FileManager.default.fileExists(atPath: host.folder.path + "/spool/damaged"))
            #expect(try String(contentsOf: child.log, encoding: .utf8).contains("its answers stay in the spool"))
            try files.change("\(key) substr(wrapped, 1, length(wrapped) - 1) WHERE organization = 'org-1'")
            try await eventually("it is taken once the key is back") { try files.spoolEntries().isEmpty }
            let list = try await host.command("connections", "list", "--org", "org-1", "--format", "json")
            #expect(list.items.map { $0["status"] as? String } == ["active"], "\(list.output)")
            try await host.stop(child)
        }
    }

    private func connected(_ scenario: Scenario) async throws -> String {
        scenario.provider.register(SimulatedClient(id: "sandbox-client", rotation: .static))
        try await scenario.configure(class: ["rotation": "static"])
        return try await scenario.connect()
    }

    private func works(_ id: String, _ scenario: Scenario) async throws {
        #expect(try await scenario.token(id).status == 200)
        let refreshed = try await scenario.refresh(id, ["force": true])
        #expect(refreshed.outcome == "refreshed", "\(refreshed.text)")
    }

    private func status(_ host: TestHost) async throws -> [String: Any] {
        let status = try await host.command("keys", "status", "--format", "json")
        #expect(status.code == 0, "\(status.output)")
        return status.object
    }

    private func current(_ host: TestHost) async throws -> String {
        try #require(try await status(host)["key"] as? String)
    }

    /// Whether each key is needed.
    private func use(_ host: TestHost) async throws -> [String: Any] {
        let keys = try await status(host)["keys"] as? [[String: Any]] ?? []
        return keys.reduce(into: [:]) { $0[$1["id"] as? String ?? ""] = $1["used"] }
    }

    /// The keys that wrap an organization's data keys.
    private func dataKeys(_ host: TestHost) async throws -> [String: [String]] {
        let keys = try await status(host)["data_keys"] as? [[String: Any]] ?? []
        return keys.reduce(into: [:]) {
            $0[$1["organization"] as? String ?? "", default: []].append($1["key"] as? String ?? "")
        }
    }

    private func rotate(_ host: TestHost, from old: String) async throws -> String {
        let rotated = try await host.command("keys", "rotate", "--format", "json")
        #expect(rotated.code == 0 && rotated.object["replaced"] as? String == old, "\(rotated.output)")
        let new = try #require(rotated.object["key"] as? String)
        #expect(try await current(host) == new && new != old)
        for path in [host.folder.path + "/master.key", file(old, host), file(new, host)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600 && attributes[.size] as? Int == 32)
        }
        return new
    }

    private func rewrap(_ host: TestHost, leaving old: String) async throws {
        let done = try await host.command("keys", "rewrap", "--format", "json")
        #expect(done.code == 0 && done.object["unreadable"] as? Int == 0, "\(done.output)")
        #expect(done.output.contains("rewrap: 100 %\n"), "\(done.output)")
        let unused = done.object["unused"] as? [[String: Any]] ?? []
        #expect(unused.contains { $0["id"] as? String == old }, "\(done.output)")
        let key = try await current(host)
        #expect(try await dataKeys(host).values.allSatisfy { $0.allSatisfy { $0 == key } })
    }

    private func file(_ key: String, _ host: TestHost) -> String {
        host.folder.path + "/master.key." + key.dropFirst("file:".count)
    }

    private func move(_ file: String, to folder: String) throws {
        try FileManager.default.moveItem(atPath: file, toPath: folder + "/" + (file as NSString).lastPathComponent)
    }
}
