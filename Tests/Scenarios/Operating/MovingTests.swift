import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// `connections export` and `import`: from one host to another, and from other systems.
@Suite(.hosts(2)) struct MovingTests {
    static let family = SimulatedClient(id: "sandbox-client", rotation: .singleUseFamily)

    @Test("SECURITY 28: an export is sealed to one key; what it hands over is presented by the receiving host alone")
    func moved() async throws {
        try await Scenario.run("moving") { scenario in
            let (host, other) = (scenario.host, try TestHost("moving-other"))
            let receiver = scenario.on(other)
            let (child, started) = (try await host.start(), try await other.start())
            for side in [scenario, receiver] { try await Self.configure(side) }
            let rotating = try await scenario.connect()
            let still = try await scenario.importGrant(
                try Self.grant(scenario, client: "sandbox-static"), client: "static")
            let (publicKey, key) = try await Self.newKey(other)

            let bare = try await host.command("connections", "export", "--to", publicKey, host.folder.path + "/bare")
            #expect(bare.code == 1 && bare.output.contains("--hand-over"), "\(bare.output)")
            #expect(bare.output.contains("1 connections in "), "\(bare.output)")
            #expect(try await scenario.show(rotating)["status"] as? String == "active")
            let file = host.folder.path + "/export"
            let export = try await host.command(
                "connections", "export", "--to", publicKey, "--hand-over", file, "--format", "json")
            #expect(export.code == 0 && export.output.contains("export: 100 %\n"), "\(export.output)")
            #expect(export.outcomes == [rotating: "handed_over", still: "exported"])
            let taken = try await host.command("connections", "export", "--to", publicKey, file)
            #expect(taken.code == 2, "an export is never written over: \(taken.output)")

            #expect(try await scenario.show(rotating)["status"] as? String == "verify")
            let served = try await scenario.token(rotating)
            #expect(served.status == 200 && served.warnings == ["verify"], "\(served.text)")
            #expect(try await scenario.refresh(rotating, ["force": true]).code == "needs_reauthorization")
            scenario.provider.reset([.log])
            try await receive(file, key, from: scenario, receiver)
            #expect(try await scenario.refresh(still, ["force": true]).outcome == "refreshed", "it goes on here, too")
            let presented = scenario.provider.log()
            #expect(presented.allSatisfy { !$0.overlapping })
            #expect(presented.filter { $0.clientID == "sandbox-client" }.allSatisfy { $0.verdict == .fresh })
            let audit = HostFiles(folder: host.folder)
            #expect(try audit.audit("connection_hand_over").count == 1)
            #expect(try audit.audit("connections_export").allSatisfy { $0.contains("\"operator:") })
            try await host.stop(child)
            try await other.stop(started)
        }
    }

    @Test(
        "an export that cannot be written hands nothing over; one that came to nothing is taken back; also without a host"
    )
    func takenBack() async throws {
        try await Scenario.run("taken-back") { scenario in
            let host = scenario.host
            scenario.provider.register(Self.family)
            let child = try await host.start()
            try await scenario.configure(class: ["rotation": "single_use_family"])
            let id = try await scenario.connect()
            let (publicKey, _) = try await Self.newKey(host)
            let failed = try await host.command(
                "connections", "export", "--to", publicKey, "--hand-over", host.folder.path + "/nowhere/export")
            #expect(failed.code == 2, "\(failed.output)")
            #expect(try await scenario.show(id)["status"] as? String == "active")
            let wrong = try await host.command("connections", "export", "--to", publicKey + "A", "file")
            #expect(wrong.code == 2 && wrong.output.contains("--new-key"), "\(wrong.output)")
            try await host.stop(child)
            let export = try await host.command(
                "connections", "export", "--to", publicKey, "--hand-over", host.folder.path + "/export")
            #expect(export.code == 0 && export.output.contains("handed_over"), "\(export.output)")
            #expect(try await host.assumeAllCurrent() == [id: "handed_over"], "a word about all is none about it")
            let back = try await host.command("connections", "verify", id, "--assume-current")
            #expect(back.code == 0, "\(back.output)")
            let again = try await host.start()
            try await eventually("it is refreshed here again", every: .milliseconds(100)) {
                try await scenario.refresh(id, ["force": true]).generation >= 2
            }
            try await host.stop(again)
        }
    }

    @Test("F30: a host that stops during an export hands over all of it or nothing")
    func stopped() async throws {
        try await Scenario.run("export-stopped") { scenario in
            let host = scenario.host
            scenario.provider.register(Self.family)
            let child = try await host.start()
            try await scenario.configure(class: ["rotation": "single_use_family"])
            var ids: [String] = []
            for _ in 0..<40 { ids.append(try await scenario.connect()) }
            let (publicKey, _) = try await Self.newKey(host)
            let file = host.folder.path + "/export"
            async let running = host.command("connections", "export", "--to", publicKey, "--hand-over", file)
            let files = HostFiles(folder: host.folder)
            try await eventually("it hands over") { try !files.audit("connection_hand_over").isEmpty }
            child.kill(SIGTERM)
            let export = try await running
            try await child.waitForEnd()
            #expect(child.exitCode == 0)
            let isDone = FileManager.default.fileExists(atPath: file)
            #expect(isDone || export.code != 0, "\(export.output)")
            let again = try await host.start()
            for id in ids { try await scenario.reaches(isDone ? "verify" : "active", id) }
            try await host.stop(again)
        }
    }

    @Test("a client whose breaker is open presents nothing that is imported either, and nothing of it stays")
    func breaker() async throws {
        try await Scenario.serving("import-breaker") { scenario, _ in
            let id = try await scenario.connect()
            scenario.provider.add(Fault(.invalidClient, operation: .refresh, phase: .before))
            let refused = try await scenario.refresh(id, ["observed_generation": 1])
            #expect(refused.code == "client_misconfigured", "\(refused.text)")
            let calls = scenario.refreshCalls
            let grant = try Self.grant(scenario, client: "sandbox-client")
            let held = try await scenario.command(
                "POST", "/connectors/sandbox/connections",
                ["grant": "refresh_token", "refresh_token": grant.refreshToken])
            #expect(held.status == 424 && held.code == "client_misconfigured", "\(held.text)")
            #expect(held.header("Retry-After") != nil)
            #expect(scenario.refreshCalls == calls)
            let list = try await scenario.command("GET", "/connections").json["items"] as? [Any]
            #expect(list?.count == 1)
        }
    }

    @Test("JSON lines of another system: each line on its own; the same command again presents nothing that is in")
    func lines() async throws {
        try await Scenario.run("import-lines") { scenario in
            let host = scenario.host
            let child = try await host.start()
            try await Self.configure(scenario)
            let held = try Self.grant(scenario, client: "sandbox-static")
            let there = try await scenario.importGrant(held, client: "static")
            let shown = try await scenario.show(there)
            let (name, owner) = (try #require(shown["name"] as? String), try #require(shown["owner"] as? String))
            let tokens = try (0..<3).map { _ in try Self.grant(scenario, client: "sandbox-static").refreshToken }
            let lines = [
                Self.line(["organization": "org-1", "refresh_token": tokens[0], "name": "first"]), "{", "",
                Self.line(["refresh_token": held.refreshToken, "name": "twin"]),
                Self.line(["refresh_token": tokens[1], "metadata": "none"]),
                Self.line(["refresh_token": tokens[1]]),
                Self.line(["refresh_token": tokens[2], "name": name, "owner": owner]),
                Self.line(["refresh_token": "sandbox_rt_unknown"]),
                Self.line(["refresh_token": tokens[2], "connector": "nobody"]),
            ]
            let file = host.folder.path + "/lines"
            // It holds refresh tokens in the clear: nothing of it may stay.
            defer { try? FileManager.default.removeItem(atPath: file) }
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: file))
            try await host.stop(child)
            scenario.provider.reset([.log])
            let expected = [
                1: "imported", 2: "malformed", 4: "duplicate_grant", 5: "invalid_input", 6: "imported",
                7: "invalid_input", 8: "provider_error", 9: "not_found",
            ]
            let alone = try await Self.importLines(host, file)
            #expect(alone.code == 1 && alone.output.contains("import: 100 %\n"), "\(alone.output)")
            #expect(Self.numbered(alone) == expected, "\(alone.output)")
            #expect(!alone.output.contains("sandbox_rt_"), "\(alone.output)")
            #expect(scenario.provider.log().count == 3, "two new ones and the one that nobody knows")

            let again = try await host.start()
            let beside = try await Self.importLines(host, file)
            let known = expected.mapValues { $0 == "imported" ? "known" : $0 }
            #expect(beside.code == 1 && Self.numbered(beside) == known, "\(beside.output)")
            #expect(scenario.provider.log().count == 4, "only the one that was refused is presented again")
            let list = try await host.command("connections", "list", "--format", "json")
            #expect(list.items.count == 3, "\(list.output)")
            for id in list.items.compactMap({ $0["id"] as? String }) {
                #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
            }
            let missing = try await host.command("connections", "import", file + ".none")
            #expect(missing.code == 2, "\(missing.output)")
            try await host.stop(again)
        }
    }

    @Test("a grant that was refused after an unclear first try makes no known connection: its line is presented again")
    func refusedLater() async throws {
        try await Scenario.run("import-refused-later") { scenario in
            let (host, provider) = (scenario.host, scenario.provider)
            let child = try await host.start()
            try await Self.configure(scenario)
            let line = Self.line(["refresh_token": try Self.grant(scenario, client: "sandbox-static").refreshToken])
            let file = host.folder.path + "/lines"
            defer { try? FileManager.default.removeItem(atPath: file) }
            try Data(line.utf8).write(to: URL(fileURLWithPath: file))
            provider.add(Fault(.status, operation: .refresh, phase: .before, status: 504))
            provider.add(Fault(.invalidGrant, operation: .refresh, times: .forever, phase: .before))
            let first = try await Self.importLines(host, file)
            #expect(Self.numbered(first) == [1: "pending"], "\(first.output)")
            let id = try #require(first.items.first?["id"] as? String)
            try await scenario.reaches("needs_reauthorization", id, within: .seconds(40))
            let refused = try await Self.importLines(host, file)
            #expect(refused.code == 1 && Self.numbered(refused) == [1: "provider_error"], "\(refused.output)")
            provider.clearFaults()
            for outcome in ["imported", "known"] {
                let result = try await Self.importLines(host, file)
                #expect(result.code == 0 && Self.numbered(result) == [1: outcome], "\(result.output)")
            }
            #expect(try await scenario.command("GET", "/connections/\(id)").status == 404)
            try await host.stop(child)
        }
    }

    @Test("killed in the middle: the same command goes on, and each line ends up as one connection")
    func killed() async throws {
        try await Scenario.run("import-killed") { scenario in
            let host = scenario.host
            let child = try await host.start()
            try await Self.configure(scenario)
            try await host.stop(child)
            let lines = try (0..<4).map { _ in
                Self.line(["refresh_token": try Self.grant(scenario, client: "sandbox-static").refreshToken])
            }
            let file = host.folder.path + "/lines"
            defer { try? FileManager.default.removeItem(atPath: file) }
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: file))
            let cut = try await host.command(
                "connections", "import", file, "--organization", "org-1", more: ["FAULT_POINT": "spooled"])
            #expect(cut.code != 0 && !cut.output.contains("4 imported"), "\(cut.output)")
            let rest = try await Self.importLines(host, file)
            #expect(rest.code == 0, "\(rest.output)")
            let outcomes = rest.outcomes
            let taken = ["imported", "known", "pending"]
            #expect(outcomes.count == 4 && outcomes.values.allSatisfy { taken.contains($0) }, "\(rest.output)")
            #expect(outcomes.values.contains("known"), "the one that was cut short is known: \(rest.output)")
            let again = try await host.start()
            for id in outcomes.keys { try await scenario.reaches("active", id) }
            #expect(try await host.command("connections", "list", "--format", "json").items.count == 4)
            try await host.stop(again)
        }
    }

    // MARK: Helpers

    /// Imports an export, at first with what must not open it, then twice as it is.
    private func receive(_ file: String, _ key: String, from scenario: Scenario, _ receiver: Scenario) async throws {
        let (host, other) = (scenario.host, receiver.host)
        let (_, foreign) = try await Self.newKey(host)
        let wrong = try await other.command("connections", "import", file, "--key", foreign)
        #expect(wrong.code == 2 && wrong.output.contains("is sealed to"), "\(wrong.output)")
        #expect(try await other.command("connections", "import", file).code == 2, "without a key")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(bytes.range(of: Data("sandbox_rt_".utf8)) == nil)
        try bytes.dropLast(40).write(to: URL(fileURLWithPath: file + ".cut"))
        let cut = try await other.command("connections", "import", file + ".cut", "--key", key)
        #expect(cut.code == 1 && cut.output.contains("cut short"), "\(cut.output)")
        #expect(try await other.command("connections", "list", "--format", "json").items.isEmpty)

        for outcome in ["imported", "known"] {
            let result = try await other.command("connections", "import", file, "--key", key, "--format", "json")
            #expect(result.code == 0, "\(result.output)")
            #expect(result.items.map { $0["outcome"] as? String } == [outcome, outcome], "\(result.output)")
            #expect(!result.output.contains("sandbox_rt_"))
        }
        #expect(scenario.provider.log().count == 2, "each was presented once")
        let names = try await host.command("connections", "list", "--format", "json").items.map {
            $0["name"] as? String
        }
        let list = try await other.command("connections", "list", "--format", "json").items
        #expect(Set(list.map { $0["name"] as? String }) == Set(names))
        for id in list.compactMap({ $0["id"] as? String }) {
            #expect(try await receiver.token(id).generation == 1)
            #expect(try await receiver.refresh(id, ["force": true]).generation == 2)
        }
    }

    /// Both kinds of clients.
    private static func configure(_ scenario: Scenario) async throws {
        scenario.provider.register(family)
        scenario.provider.register(SimulatedClient(id: "sandbox-static", rotation: .static))
        try await scenario.configure(class: ["rotation": "single_use_family"])
        let answer = try await scenario.command(
            "PUT", "/connectors/sandbox/config?client=static",
            [
                "client_id": "sandbox-static", "client_secret": "sandbox-secret",
                "inputs": ["port": "\(try await scenario.provider.port)"], "settings": ["rotation": "static"],
            ])
        guard answer.status == 200 else { throw Failure("config: \(answer.status) \(answer.text)") }
    }

    static func newKey(_ host: TestHost) async throws -> (publicKey: String, file: String) {
        let file = host.folder.path + "/import-\(UUID().uuidString.prefix(8)).key"
        let made = try await host.command("connections", "import", "--new-key", file)
        let shown = try await host.command("connections", "import", "--key", file)
        let text = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        guard made.code == 0, text.hasPrefix("tmx1_"), shown.output == made.output else {
            throw Failure("\(made.output) \(shown.output)")
        }
        let again = try await host.command("connections", "import", "--new-key", file)
        guard again.code == 2 else { throw Failure("a key was written over: \(again.output)") }
        return (text, file)
    }

    private static func grant(_ scenario: Scenario, client: String) throws -> IssuedGrant {
        guard let grant = scenario.provider.issueGrant(clientID: client, scope: "read offline") else {
            throw Failure("the provider gave no grant")
        }
        try TestFolders.noteCanaries([grant.refreshToken])
        return grant
    }

    /// A line for the static client of the sandbox.
    private static func line(_ members: [String: String]) -> String {
        let all = ["connector": "sandbox", "client": "static"].merging(members) { $1 }
        let data = (try? JSONSerialization.data(withJSONObject: all, options: .sortedKeys)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    private static func importLines(_ host: TestHost, _ file: String) async throws -> CommandResult {
        try await host.command("connections", "import", file, "--organization", "org-1", "--format", "json")
    }

    /// By line: the outcome, or the code of a refusal.
    private static func numbered(_ result: CommandResult) -> [Int: String] {
        let pairs = result.items.map {
            ($0["line"] as? Int ?? 0, $0["code"] as? String ?? $0["outcome"] as? String ?? "")
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
