import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// docs/decisions/0028: what was handed over is presented here again on an operator's word about it alone, whatever
/// database lies there, and the provider is told nothing of it.
@Suite(.hosts(1)) struct HandOverTests {
    /// How the database comes to be older than the hand-over.
    enum Return: String, CaseIterable, Sendable {
        case restored
        /// What is replaced tells nothing any more: the notes outside it do.
        case damaged
        case byHand = "by-hand"
    }

    @Test("a database from before a hand-over does not forget it", arguments: Return.allCases)
    func forgetsNothing(_ way: Return) async throws {
        try await Scenario.run("handed-over-\(way.rawValue)") { scenario in
            let (host, provider) = (scenario.host, scenario.provider)
            let (given, kept) = try await Self.connectTwo(scenario)
            let (backup, copy) = (host.folder.path + "/backup", host.folder.path + "/older.db")
            #expect(try await host.command("store", "backup", backup).code == 0)
            try FileManager.default.copyItem(atPath: host.database, toPath: copy)
            try await Self.handOver(given, host)
            switch way {
            case .restored: break
            case .damaged:
                try Data("no database".utf8).write(to: URL(fileURLWithPath: host.database))
            case .byHand:
                try FileManager.default.removeItem(atPath: host.database)
                try FileManager.default.moveItem(atPath: copy, toPath: host.database)
                let first = try await host.command("connections", "verify", "--all", "--adopt")
                #expect(first.output.contains("the store went back"), "\(first.output)")
            }
            if way != .byHand {
                let restored = try await host.command("store", "restore", backup)
                #expect(restored.code == 0, "\(restored.output)")
                let isNamed = restored.output.contains("by the notes in SPOOL_DIR alone")
                #expect(isNamed == (way == .damaged), "\(restored.output)")
            }
            provider.reset([.log])
            for way in ["--adopt", "--assume-current"] {
                let all = try await host.command("connections", "verify", "--all", way, "--format", "json")
                let ofKept = way == "--adopt" ? "nothing_newer" : "done"
                #expect(all.outcomes == [given: "handed_over", kept: ofKept], "\(all.output)")
            }
            let child = try await host.start()
            try await Self.refreshed(kept, scenario.inOrganization("org-2"))
            #expect(try await scenario.refresh(given, ["force": true]).code == "needs_reauthorization")
            #expect(Set(provider.log().compactMap(\.family)).count == 1, "only what was kept was presented")
            let back = try await host.command("connections", "verify", given, "--assume-current")
            #expect(back.code == 0, "\(back.output)")
            try await Self.refreshed(given, scenario)
            try await host.stop(child)
        }
    }

    @Test("what an earlier version handed over, without a note and without a mark, is noted when the host starts")
    func earlier() async throws {
        try await Scenario.run("handed-over-earlier") { scenario in
            let (host, files) = (scenario.host, FileManager.default)
            let (given, kept) = try await Self.connectTwo(scenario)
            let (copy, journal) = (host.folder.path + "/older.db", host.folder.path + "/spool/journal")
            try files.copyItem(atPath: host.database, toPath: copy)
            try files.copyItem(atPath: journal, toPath: host.folder.path + "/journal")
            try await Self.handOver(given, host)
            // As that version left it.
            try files.removeItem(atPath: journal)
            try files.moveItem(atPath: host.folder.path + "/journal", toPath: journal)
            try HostFiles(folder: host.folder).change("UPDATE mark SET value = value - 1")
            let notes = host.folder.path + "/spool/handed-over"
            for note in try files.contentsOfDirectory(atPath: notes) {
                try files.removeItem(atPath: notes + "/" + note)
            }
            try await host.stop(try await host.start())
            let noted = try files.contentsOfDirectory(atPath: notes)
            #expect(noted.count == 1)
            try await host.stop(try await host.start())
            #expect(try files.contentsOfDirectory(atPath: notes) == noted)
            try files.removeItem(atPath: host.database)
            try files.moveItem(atPath: copy, toPath: host.database)
            let first = try await host.command("connections", "verify", "--all", "--adopt")
            #expect(first.output.contains("the store went back"), "\(first.output)")
            let all = try await host.command(
                "connections", "verify", "--all", "--assume-current", "--format", "json")
            #expect(all.outcomes == [given: "handed_over", kept: "done"], "\(all.output)")
        }
    }

    @Test("to delete or revoke what was handed over ends it here alone, and the answer, the event and the audit say so")
    func ended() async throws {
        try await Scenario.run("handed-over-ended") { scenario in
            let host = scenario.host
            let (given, kept) = try await Self.connectTwo(scenario)
            try await Self.handOver(given, host)
            let child = try await host.start()
            let files = HostFiles(folder: host.folder)
            let revoked = try await scenario.command("POST", "/connections/\(given)/revoke")
            #expect(revoked.status == 202 && revoked.json["revocation"] as? String == "handed_over", "\(revoked.text)")
            #expect(try await scenario.token(given).code == "revoked")
            #expect(try files.audit("revoke").filter { $0.contains("\"handed_over\"") }.count == 1)
            let events = try await host.call(
                "GET", "/api/v1/events?types=TOKEN_REVOKED", token: scenario.callers.service("events:read"))
            let told = try #require(events.json["events"] as? [[String: Any]], "\(events.text)")
            #expect(told.map { $0["reason"] as? String } == ["handed_over"])
            let deleted = try await scenario.command("DELETE", "/connections/\(given)")
            #expect(deleted.status == 202 && deleted.json["revocation"] as? String == "handed_over", "\(deleted.text)")
            #expect(try files.rows(of: given) == 0, "nothing is waited for")
            // Whoever waits longest is told of first: by then the provider would have heard of the other one.
            let other = try await scenario.inOrganization("org-2").command("DELETE", "/connections/\(kept)")
            #expect(other.json["revocation"] as? String == "pending", "\(other.text)")
            try await eventually("its rows are gone", every: .milliseconds(50)) { try files.rows(of: kept) == 0 }
            #expect(scenario.provider.statistics().calls(of: .revoke) == 1)
            try await host.stop(child)
        }
    }

    @Test("what was handed over is taken back when the export fails later, and refreshes here as before")
    func takenBack() async throws {
        try await Scenario.run("hand-over-fails-later") { scenario in
            let host = scenario.host
            let (first, second) = try await Self.connectTwo(scenario)
            let files = HostFiles(folder: host.folder)
            try files.change("UPDATE version SET sealed = X'00' WHERE connection = '\(second)'")
            let (publicKey, _) = try await MovingTests.newKey(host)
            let file = host.folder.path + "/export"
            let export = try await host.command("connections", "export", "--to", publicKey, "--hand-over", file)
            #expect(export.code != 0, "\(export.output)")
            #expect(try files.audit("connection_hand_over").count == 1, "the first was handed over by then")
            #expect(try files.audit("verify_assume_current").count == 1)
            let names = try FileManager.default.contentsOfDirectory(atPath: host.folder.path)
            #expect(!names.contains { $0.hasPrefix("export") }, "\(names)")
            let notes = try FileManager.default.contentsOfDirectory(atPath: host.folder.path + "/spool/handed-over")
            #expect(notes.isEmpty)
            let child = try await host.start()
            try await Self.refreshed(first, scenario)
            try await host.stop(child)
        }
    }

    // MARK: Helpers

    /// Of two organizations, made one after the other; the host is stopped.
    private static func connectTwo(_ scenario: Scenario) async throws -> (String, String) {
        scenario.provider.register(MovingTests.family)
        let child = try await scenario.host.start()
        let other = scenario.inOrganization("org-2")
        for side in [scenario, other] { try await side.configure(class: ["rotation": "single_use_family"]) }
        let both = (try await scenario.connect(), try await other.connect())
        try await scenario.host.stop(child)
        return both
    }

    /// That of the first organization.
    private static func handOver(_ id: String, _ host: TestHost) async throws {
        let (publicKey, _) = try await MovingTests.newKey(host)
        let export = try await host.command(
            "connections", "export", "--to", publicKey, "--hand-over", "--org", "org-1", host.folder.path + "/export",
            "--format", "json")
        #expect(export.outcomes == [id: "handed_over"], "\(export.output)")
    }

    /// As soon as what the lost rows may have sent has come to rest.
    private static func refreshed(_ id: String, _ side: Scenario) async throws {
        var last = ""
        try await eventually("\(id) is refreshed; last: \(last)", every: .milliseconds(100)) {
            let answer = try await side.refresh(id, ["force": true])
            last = answer.text
            return answer.status == 200 && answer.outcome == "refreshed"
        }
    }
}
