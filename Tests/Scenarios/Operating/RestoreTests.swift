import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// PROTOCOL.md §9, SECURITY 59, R13: a store that went back presents no superseded refresh token.
@Suite(.hosts(1)) struct RestoreTests {
    private static let family = SimulatedClient(id: "sandbox-client", rotation: .singleUseFamily)
    private static let settings: [String: any Sendable] = ["rotation": "single_use_family"]
    /// Generations of an epoch begin here.
    private static func first(ofEpoch epoch: Int) -> Int { epoch << 32 }

    @Test("a restored store presents nothing until an operator speaks, and each way out of VERIFY works")
    func restore() async throws {
        try await Scenario.run("restore") { scenario in
            let (host, provider) = (scenario.host, scenario.provider)
            provider.register(Self.family)
            var child = try await host.start()
            try await scenario.configure(class: Self.settings)
            let (adopted, assumed, given) = (
                try await scenario.connect(), try await scenario.connect(), try await scenario.connect()
            )
            let file = host.folder.path + "/backup"
            let backup = try await host.command("store", "backup", file)
            #expect(backup.code == 0 && backup.output.contains("backup: 100 %\n"), "\(backup.output)")
            for _ in 0..<10 {
                for id in [adopted, given] {
                    let answer = try await scenario.refresh(id, ["force": true])
                    #expect(answer.outcome == "refreshed", "\(answer.text)")
                }
            }
            try await host.stop(child)
            try await die(refreshing: adopted, scenario)
            #expect(
                try HostFiles(folder: host.folder).spoolEntries().count == 1, "the newest answer is in the spool alone")
            provider.reset([.log])

            let restored = try await host.command("store", "restore", file)
            #expect(restored.code == 0 && restored.output.contains("epoch 2"), "\(restored.output)")
            child = try await host.start()
            for id in [adopted, assumed, given] {
                let shown = try await scenario.show(id)
                #expect(shown["status"] as? String == "verify")
                #expect(shown["generation"] as? Int == Self.first(ofEpoch: 2))
                let read = try await scenario.token(id)
                #expect(read.status == 200 && read.warnings == ["verify"], "\(read.text)")
                let refused = try await scenario.refresh(id, ["force": true])
                #expect(refused.status == 409 && refused.code == "needs_reauthorization", "\(refused.text)")
            }
            let waiting = try await host.command("connections", "list", "--status", "verify", "--format", "json")
            #expect(Set(waiting.items.compactMap { $0["id"] as? String }) == [adopted, assumed, given])
            // The scheduler has had its turns meanwhile: a connection made now is refreshed beside those that wait.
            let fresh = try await scenario.connect()
            #expect(try await scenario.refresh(fresh, ["force": true]).outcome == "refreshed")
            let families = Set(provider.log().compactMap(\.family))
            #expect(families.count == 1, "only the new connection was presented")
            provider.reset([.log])

            let nothing = try await host.command("connections", "verify", given, "--adopt")
            #expect(nothing.code == 1 && nothing.output.contains("nothing_newer"), "\(nothing.output)")
            let outcomes = try await host.assumeAllCurrent()
            #expect(outcomes == [adopted: "overtaken", assumed: "done", given: "overtaken"])
            for (id, way) in [(adopted, "--adopt"), (given, "--reauthorize")] {
                let result = try await host.command("connections", "verify", id, way)
                #expect(result.code == 0, "\(result.output)")
            }
            // Nothing of it was at work when the host ended: there is no silence to wait for.
            let atOnce = try await scenario.refresh(assumed, ["force": true])
            #expect(atOnce.status == 200 && atOnce.outcome != "pending", "\(atOnce.text)")
            for id in [adopted, assumed] { try await refreshed(id, scenario) }
            let lost = try await scenario.token(given)
            #expect(lost.status == 409 && lost.code == "needs_reauthorization", "\(lost.text)")
            #expect(try await scenario.show(given)["status_reason"] as? String == "restored")
            #expect(provider.log().allSatisfy { $0.verdict == .fresh }, "a superseded refresh token was presented")
            try audited(host)
            try await host.stop(child)
        }
    }

    @Test(
        "an older copy of the database is found by the journal's marks; static connections go on, also after a restart")
    func rolledBack() async throws {
        try await Scenario.run("rolled-back") { scenario in
            let (host, provider) = (scenario.host, scenario.provider)
            provider.register(SimulatedClient(id: "sandbox-static", rotation: .static))
            provider.register(Self.family)
            var child = try await host.start()
            try await scenario.configure(class: Self.settings)
            let rotating = try await scenario.connect()
            try await configureStatic(scenario)
            let grant = try #require(provider.issueGrant(clientID: "sandbox-static", scope: "read offline"))
            let still = try await scenario.importGrant(grant, client: "static")
            try await host.stop(child)
            let copy = host.folder.path + "/older.db"
            try FileManager.default.copyItem(atPath: host.database, toPath: copy)
            child = try await host.start()
            for id in [rotating, still] { #expect(try await scenario.refresh(id, ["force": true]).generation == 2) }
            try await host.stop(child)
            try FileManager.default.removeItem(atPath: host.database)
            try FileManager.default.moveItem(atPath: copy, toPath: host.database)
            provider.reset([.log])
            for round in 1...2 {
                child = try await host.start()
                #expect(try await scenario.show(rotating)["status"] as? String == "verify", "start \(round)")
                #expect(try await scenario.show(rotating)["generation"] as? Int == Self.first(ofEpoch: 2))
                try await refreshed(still, scenario)
                try await host.stop(child)
            }
            #expect(provider.log().allSatisfy { $0.clientID == "sandbox-static" })
            #expect(try HostFiles(folder: host.folder).audit("store_went_back").count == 1)
        }
    }

    @Test("what goes back right after a restore, before anything was presented, is another epoch")
    func rolledBackAfterRestore() async throws {
        try await Scenario.run("rolled-back-again") { scenario in
            let host = scenario.host
            scenario.provider.register(Self.family)
            var child = try await host.start()
            try await scenario.configure(class: Self.settings)
            let id = try await scenario.connect()
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
            let file = try await host.backUp()
            try await host.stop(child)
            let copy = host.folder.path + "/older.db"
            try FileManager.default.copyItem(atPath: host.database, toPath: copy)
            try await host.restore(file)
            child = try await host.start()
            #expect(try await scenario.show(id)["generation"] as? Int == Self.first(ofEpoch: 2))
            #expect(try await scenario.token(id).status == 200, "somebody knows that generation")
            try await host.stop(child)
            // The journal's last presentation is no later than the copy.
            try FileManager.default.removeItem(atPath: host.database)
            try FileManager.default.moveItem(atPath: copy, toPath: host.database)
            child = try await host.start()
            let shown = try await scenario.show(id)
            #expect(shown["status"] as? String == "verify")
            #expect(shown["generation"] as? Int == Self.first(ofEpoch: 3))
            try await host.stop(child)
        }
    }

    @Test("a command on another database refuses the spool of the first, which did not go back by it")
    func spoolOfAnother() async throws {
        try await Scenario.run("spool-of-another") { scenario in
            let host = scenario.host
            scenario.provider.register(Self.family)
            var child = try await host.start()
            try await scenario.configure(class: Self.settings)
            let id = try await scenario.connect()
            try await host.stop(child)
            let file = try await host.backUp()
            try FileManager.default.copyItem(atPath: host.database, toPath: host.folder.path + "/copy.db")
            child = try await host.start()
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
            try await host.stop(child)
            try await die(refreshing: id, scenario)
            let files = HostFiles(folder: host.folder)
            let waiting = try files.spoolEntries()
            #expect(waiting.count == 1)

            let other = ["STORE_URL": "sqlite:\(host.folder.path)/copy.db"]
            for arguments in [["connections", "list"], ["store", "restore", file], ["serve"]] {
                let log = host.folder.appendingPathComponent("\(arguments[0]).log")
                let run = try ChildProcess(TestHost.program, arguments, environment: host.settings(other), log: log)
                try await run.waitForEnd(within: .seconds(60))
                let output = try String(contentsOf: log, encoding: .utf8)
                #expect(run.exitCode == 2, "\(arguments): \(output)")
                #expect(output.contains("SPOOL_DIR") && output.contains("/spool/store"), "\(output)")
            }
            #expect(try files.spoolEntries() == waiting, "the answer was not given to the copy")
            child = try await host.start()
            #expect(try await scenario.show(id)["status"] as? String == "active")
            try await eventually("the answer is taken") { try files.spoolEntries().isEmpty }
            #expect(try files.audit("store_went_back").isEmpty)
            try await host.stop(child)
            // With its own one the copy is an installation like any other.
            let own = try await host.command(
                "connections", "list", more: other.merging(["SPOOL_DIR": host.folder.path + "/own"]) { $1 })
            #expect(own.code == 0, "\(own.output)")
        }
    }

    @Test("a refresh of which the spool alone knows is asked before all are let go, and a lost journal hides none")
    func journalLost() async throws {
        try await Scenario.run("journal-lost") { scenario in
            let (host, provider) = (scenario.host, scenario.provider)
            provider.register(Self.family)
            var child = try await host.start()
            try await scenario.configure(class: Self.settings)
            let (spooled, still) = (try await scenario.connect(), try await scenario.connect())
            let file = try await host.backUp()
            try await host.stop(child)
            try await die(refreshing: spooled, scenario)
            try FileManager.default.removeItem(atPath: host.folder.path + "/spool/journal")
            provider.reset([.log])
            try await host.restore(file)
            child = try await host.start()
            #expect(try await host.assumeAllCurrent() == [spooled: "overtaken", still: "done"])
            let adopted = try await host.command("connections", "verify", spooled, "--adopt")
            #expect(adopted.code == 0, "\(adopted.output)")
            for id in [spooled, still] { try await refreshed(id, scenario) }
            #expect(provider.log().allSatisfy { $0.verdict == .fresh }, "a superseded refresh token was presented")
            try await host.stop(child)
        }
    }

    @Test("a connection that was completed after the backup is completed again above all that its readers know")
    func pendingInBackup() async throws {
        try await Scenario.run("pending-in-backup") { scenario in
            let host = scenario.host
            scenario.provider.register(Self.family)
            let first = try await host.start()
            try await scenario.configure(class: Self.settings)
            let journey = try await Journey.start(scenario)
            let id = journey.connection
            let file = try await host.backUp()
            let before = try await journey.exchange()
            #expect(before.status == 201, "\(before.text)")
            #expect(try await scenario.token(id).generation == 1)
            try await host.stop(first)
            try await host.restore(file)
            let second = try await host.start()
            #expect(try await scenario.show(id)["status"] as? String == "pending")
            let again = try await journey.exchange()
            #expect(again.status == 201, "\(again.text)")
            #expect(try await scenario.token(id).generation == Self.first(ofEpoch: 2) + 1)
            try await host.stop(second)
        }
    }

    @Test("without its spool a restored store waits all the same, and a second restore is another epoch")
    func spoolLost() async throws {
        try await Scenario.run("spool-lost") { scenario in
            let host = scenario.host
            scenario.provider.register(Self.family)
            let first = try await host.start()
            try await scenario.configure(class: Self.settings)
            let id = try await scenario.connect()
            let file = try await host.backUp()
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
            let held = try await host.command("store", "restore", file)
            #expect(held.code == 3 && held.output.contains("stop it first"), "\(held.output)")
            try await host.stop(first)
            try FileManager.default.removeItem(atPath: host.folder.path + "/spool")
            scenario.provider.reset([.log])
            for epoch in [2, 3] {
                let restored = try await host.command("store", "restore", file)
                #expect(restored.code == 0 && restored.output.contains("epoch \(epoch)"), "\(restored.output)")
                let child = try await host.start()
                #expect(try await scenario.show(id)["status"] as? String == "verify")
                #expect(try await scenario.show(id)["generation"] as? Int == Self.first(ofEpoch: epoch))
                try await host.stop(child)
            }
            #expect(scenario.provider.log().isEmpty)
            let kept = try FileManager.default.contentsOfDirectory(atPath: host.folder.path)
            #expect(kept.contains { $0.hasPrefix("store.db.replaced-") })
        }
    }

    @Test("SECURITY 59: a changed backup, another key and another store's backup replace nothing")
    func refused() async throws {
        try await Scenario.run("restore-refused") { scenario in
            let host = scenario.host
            let child = try await host.start()
            try await scenario.configure()
            _ = try await scenario.connect()
            let file = try await host.backUp()
            #expect(try await host.command("store", "backup", file).code == 2, "a backup is never written over")
            #expect(try await host.command("store", "backup", file + ".none/backup").code == 2, "no such folder")
            try await host.stop(child)
            let before = try Data(contentsOf: URL(fileURLWithPath: host.database))
            var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: file + ".changed"))
            #expect(try await host.command("store", "restore", file + ".changed").code == 1)
            let missing = try await host.command("store", "restore", file + ".none")
            #expect(missing.code == 2 && missing.output.contains(".none"), "\(missing.output)")
            #expect(try await host.command("store", "restore", host.folder.path).code == 2, "a folder is no backup")

            let other = try TestHost("restore-other")
            let started = try await other.start()
            let foreign = try await other.backUp()
            try await other.stop(started)
            let sibling = try TestHost(
                "restore-sibling",
                environment: TestHost.shortTiming.merging(["KEY_PROVIDER": "file:\(host.folder.path)/master.key"]) {
                    $1
                })
            let running = try await sibling.start()
            let theirs = try await sibling.backUp()
            try await sibling.stop(running)
            let mixed = try await host.command("store", "restore", theirs)
            #expect(mixed.code == 1 && mixed.output.contains("another store's"), "\(mixed.output)")

            let key = ["KEY_PROVIDER": "file:\(other.folder.path)/master.key"]
            #expect(try await host.command("store", "restore", foreign).code == 3, "this store's key does not open it")
            let wrong = try await host.command("store", "restore", foreign, more: key)
            #expect(wrong.code == 3, "the other's key does not open this store: \(wrong.output)")
            #expect(try await host.command("store", "restore", file, more: key).code == 3)
            #expect(try Data(contentsOf: URL(fileURLWithPath: host.database)) == before)
            let names = try FileManager.default.contentsOfDirectory(atPath: host.folder.path)
            #expect(!names.contains { $0.contains(".draft") || $0.contains(".replaced") }, "\(names)")
        }
    }

    @Test("a copy that a backup did not get to seal is removed at the next start, and nothing that bears another name")
    func unsealedCopies() async throws {
        try await Scenario.run("backup-drafts") { scenario in
            let host = scenario.host
            let left = ["backup-0f3a.draft", "backup-0f3a.draft-wal"]
            let kept = ["backup-monday.draft", "backup-0f3a", "backup-0f3a.draft-1f", "my-backup-0f3a.draft"]
            for name in left + kept { try Data("copy".utf8).write(to: host.folder.appendingPathComponent(name)) }
            let child = try await host.start()
            let names = try FileManager.default.contentsOfDirectory(atPath: host.folder.path)
            #expect(Set(names).isDisjoint(with: left) && Set(names).isSuperset(of: kept), "\(names)")
            try await host.stop(child)
        }
    }

    /// A client of the organization beside the default one, whose refresh tokens stay.
    private func configureStatic(_ scenario: Scenario) async throws {
        let answer = try await scenario.command(
            "PUT", "/connectors/sandbox/config?client=static",
            [
                "client_id": "sandbox-static", "client_secret": "sandbox-secret",
                "inputs": ["port": "\(try await scenario.provider.port)"], "settings": ["rotation": "static"],
            ])
        guard answer.status == 200 else { throw Failure("config: \(answer.status) \(answer.text)") }
    }

    /// Refreshes until its host dies with the answer in the spool, and in the spool alone.
    private func die(refreshing id: String, _ scenario: Scenario) async throws {
        let child = try scenario.host.launch(fault: "spooled")
        defer { child.kill(SIGKILL) }
        try await eventually("the host ends once the answer is spooled", every: .milliseconds(50)) {
            _ = try? await scenario.refresh(id, ["force": true])
            return child.end != nil
        }
        guard child.wasKilled else { throw Failure("it ended with \(child.end ?? -1)") }
    }

    /// A refresh is possible again as soon as what the lost rows may have sent has come to rest.
    private func refreshed(_ id: String, _ scenario: Scenario) async throws {
        var last = ""
        try await eventually("\(id) is refreshed; last: \(last)", every: .milliseconds(100)) {
            let answer = try await scenario.refresh(id, ["force": true])
            last = answer.text
            return answer.status == 200 && answer.outcome == "refreshed"
        }
    }

    private func audited(_ host: TestHost) throws {
        let files = HostFiles(folder: host.folder)
        for action in ["store_restore", "verify_adopt", "verify_assume_current", "verify_reauthorize"] {
            let records = try files.audit(action)
            #expect(records.count == 1, "\(action): \(records)")
            #expect(records.allSatisfy { $0.contains("\"operator:") })
        }
    }
}
