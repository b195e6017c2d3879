import Foundation
import Glibc
import ProviderSimulator
import TestSupport
import Testing

/// DESIGN.md §5, `organizations delete`: revoked at the providers, then erased with its keys.
@Suite(.hosts(1)) struct OrganizationTests {
    private static let client = SimulatedClient(id: "sandbox-client")

    @Test("an organization is deleted beside a running host: nothing of it is found, opened, begun or left in a file")
    func besideHost() async throws {
        try await Scenario.run("organization") { scenario in
            let (host, files) = (scenario.host, HostFiles(folder: scenario.host.folder))
            let child = try await host.start()
            let (ids, kept) = try await populate(scenario)
            let traces = try files.traces(of: "org-1")
            #expect(traces.count >= 4, "a data key, a client's secret, and a version of each connection")
            #expect(try !files.files(holding: traces).isEmpty, "the scan finds what is there")
            let asked = try await host.command("organizations", "delete", "org-1")
            #expect(asked.code == 2 && asked.output.contains("--yes"), "\(asked.output)")
            let unknown = try await host.command("organizations", "delete", "org-9", "--yes")
            #expect(unknown.code == 2 && unknown.output.contains("Nothing is stored"), "\(unknown.output)")
            #expect(try await scenario.token(ids[0]).status == 200, "nothing happened yet")

            let deleted = try await host.command("organizations", "delete", "org-1", "--yes", "--format", "json")
            #expect(deleted.code == 0 && deleted.output.contains("delete: 100 %\n"), "\(deleted.output)")
            #expect(deleted.object["connections"] as? Int == 2 && deleted.object["revoked"] as? Int == 2)
            #expect(scenario.provider.statistics().calls(of: .revoke) == 2)
            try await isGone(ids, scenario)
            try erased(files, traces)
            #expect(try await scenario.inOrganization("org-2").token(kept).status == 200)

            let again = try await host.command("organizations", "delete", "org-1", "--yes")
            #expect(again.code == 0 && again.output.contains("was deleted at"), "\(again.output)")
            let early = try await host.command("organizations", "reopen", "org-1")
            #expect(early.code == 1 && early.output.contains("in memory"), "\(early.output)")
            #expect(try files.audit("organization_delete").count == 1)
            let record = try files.audit("organization_erase")
            #expect(record.count == 1 && record[0].contains("operator:") && record[0].contains("org-1"))
            try await host.stop(child)
            try erased(files, traces)
        }
    }

    @Test("without a host too; reopened, the organization begins anew with other keys")
    func withoutHost() async throws {
        try await Scenario.run("organization-alone") { scenario in
            let (host, files) = (scenario.host, HostFiles(folder: scenario.host.folder))
            var child = try await host.start()
            let (ids, _) = try await populate(scenario)
            #expect(try await enable(scenario).status == 200)
            let traces = try files.traces(of: "org-1")
            try await host.stop(child)
            let deleted = try await host.command("organizations", "delete", "org-1", "--yes")
            #expect(deleted.code == 0 && deleted.output.contains("2 connections, 2 revoked"), "\(deleted.output)")
            #expect(scenario.provider.statistics().calls(of: .revoke) == 2)
            try erased(files, traces)
            child = try await host.start()
            try await isGone(ids, scenario)
            try await host.stop(child)
            // Some minutes later.
            try files.change("UPDATE organization_end SET ended_at = 1")
            let reopened = try await host.command("organizations", "reopen", "org-1")
            #expect(reopened.code == 0, "\(reopened.output)")
            #expect(try await host.command("organizations", "reopen", "org-1").code == 2)
            child = try await host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            #expect(try await scenario.token(id).status == 200)
            #expect(try await scenario.token(ids[0]).status == 404)
            let enabled = try await enable(scenario)
            #expect(enabled.status == 200 && enabled.header("Idempotency-Replayed") == nil, "\(enabled.text)")
            #expect(try await enable(scenario).header("Idempotency-Replayed") == "true")
            try await host.stop(child)
            #expect(try files.files(holding: traces) == [])
        }
    }

    @Test("a provider that does not confirm in time is named, and keeps nothing from being erased")
    func notRevoked() async throws {
        try await Scenario.run("organization-unrevoked") { scenario in
            let (host, files) = (scenario.host, HostFiles(folder: scenario.host.folder))
            let child = try await host.start()
            let (ids, _) = try await populate(scenario)
            let traces = try files.traces(of: "org-1")
            scenario.provider.add(Fault(.status, operation: .revoke, times: .forever, status: 503))
            let deleted = try await host.command(
                "organizations", "delete", "org-1", "--yes", "--within", "1s", "--format", "json")
            #expect(deleted.code == 1 && deleted.object["not_revoked"] as? Int == 2, "\(deleted.output)")
            let left = deleted.object["left"] as? [[String: Any]] ?? []
            #expect(Set(left.compactMap { $0["id"] as? String }) == Set(ids))
            #expect(try files.audit("revocation_given_up").count == 2)
            let again = try await host.command("organizations", "delete", "org-1", "--yes", "--format", "json")
            #expect(again.code == 1 && again.object["not_revoked"] as? Int == 2, "still so: \(again.output)")
            try erased(files, traces)
            try await isGone(ids, scenario)
            try await host.stop(child)
        }
    }

    @Test(
        "a deletion that kill -9 cut short is gone on with by the next host",
        arguments: ["organization_marked", "organization_hidden", "organization_revoked", "organization_erased"])
    func killed(_ point: String) async throws {
        try await Scenario.run("organization-\(point)") { scenario in
            let (host, files) = (scenario.host, HostFiles(folder: scenario.host.folder))
            let first = try await host.start(fault: point)
            let (ids, kept) = try await populate(scenario)
            let traces = try files.traces(of: "org-1")
            let cut = try await host.command("organizations", "delete", "org-1", "--yes")
            #expect(cut.code == 3, "\(cut.output)")
            try await first.waitForEnd()
            #expect(first.wasKilled)
            let second = try await host.start()
            try await eventually("the host goes on with it", every: .milliseconds(100)) {
                let list = try await host.command("organizations", "list", "--format", "json")
                let own = list.items.first { $0["organization"] as? String == "org-1" }
                return own?["status"] as? String == "deleted"
            }
            #expect(scenario.provider.statistics().calls(of: .revoke) == 2)
            try await isGone(ids, scenario)
            try erased(files, traces)
            #expect(try files.audit("organization_erase").count == 1)
            #expect(try await scenario.inOrganization("org-2").token(kept).status == 200)
            try await host.stop(second)
        }
    }

    @Test("what was given up is counted with what was erased: a repetition after kill -9 does not call it revoked")
    func killedAfterGivingUp() async throws {
        try await Scenario.run("organization-given-up") { scenario in
            let (host, files) = (scenario.host, HostFiles(folder: scenario.host.folder))
            let child = try await host.start()
            _ = try await populate(scenario)
            try await host.stop(child)
            scenario.provider.add(Fault(.status, operation: .revoke, times: .forever, status: 503))
            let cut = try await host.command(
                "organizations", "delete", "org-1", "--yes", "--within", "1s",
                more: ["FAULT_POINT": "organization_erased"])
            #expect(cut.code == nil, "\(cut.output)")
            let repeated = try await host.command("organizations", "delete", "org-1", "--yes", "--format", "json")
            #expect(repeated.code == 1 && repeated.object["not_revoked"] as? Int == 2, "\(repeated.output)")
            #expect(repeated.object["connections"] as? Int == 0 && repeated.object["revoked"] as? Int == 0)
            #expect(try files.audit("organization_erase").count == 1)
        }
    }

    @Test("a command without a host that kill -9 cut short is repeated")
    func commandKilled() async throws {
        try await Scenario.run("organization-command") { scenario in
            let (host, files) = (scenario.host, HostFiles(folder: scenario.host.folder))
            let child = try await host.start()
            _ = try await populate(scenario)
            let traces = try files.traces(of: "org-1")
            try await host.stop(child)
            let cut = try await host.command(
                "organizations", "delete", "org-1", "--yes", more: ["FAULT_POINT": "organization_hidden"])
            #expect(cut.code == nil, "\(cut.output)")
            let list = try await host.command("organizations", "list", "--format", "json")
            #expect(list.items.first { $0["organization"] as? String == "org-1" }?["status"] as? String == "deleting")
            let repeated = try await host.command("organizations", "delete", "org-1", "--yes")
            #expect(repeated.code == 0 && repeated.output.contains("2 revoked"), "\(repeated.output)")
            try erased(files, traces)
        }
    }

    @Test("an answer of a deleted organization that turns up in the spool is removed, and stops nothing")
    func lateEntry() async throws {
        try await Scenario.run("organization-spool") { scenario in
            let (host, files) = (scenario.host, HostFiles(folder: scenario.host.folder))
            let first = try await host.start(fault: "spooled")
            // The other one's first: it would end this host.
            let other = scenario.inOrganization("org-2")
            scenario.provider.register(Self.client)
            try await scenario.configure()
            try await other.configure()
            _ = try? await scenario.connect()
            try await first.waitForEnd()
            #expect(first.wasKilled)
            let name = try #require(try files.spoolEntries().first)
            let spool = host.folder.path + "/spool"
            let entry = try Data(contentsOf: URL(fileURLWithPath: "\(spool)/entries/\(name)"))
            var child = try await host.start()
            let kept = try await other.connect()
            #expect(try await host.command("organizations", "delete", "org-1", "--yes").code == 0)
            try await host.stop(child)
            for folder in ["entries", "kept"] {
                try entry.write(to: URL(fileURLWithPath: "\(spool)/\(folder)/\(name)"))
            }
            child = try await host.start()
            try await eventually("both are removed") { try files.spoolEntries().isEmpty && files.kept().isEmpty }
            #expect(try await other.refresh(kept, ["force": true]).outcome == "refreshed")
            #expect(try await other.show(kept)["status"] as? String == "active")
            try await host.stop(child)
            #expect(try files.rows(ofOrganization: "org-1").values.allSatisfy { $0 == 0 })
        }
    }

    @Test("a backup from before does not bring a deleted organization back, as long as the store knows of its end")
    func restored() async throws {
        try await Scenario.run("organization-restore") { scenario in
            let (host, files) = (scenario.host, HostFiles(folder: scenario.host.folder))
            var child = try await host.start()
            let (ids, kept) = try await populate(scenario)
            let traces = try files.traces(of: "org-1")
            let backup = try await host.backUp()
            #expect(try await host.command("organizations", "delete", "org-1", "--yes").code == 0)
            try await host.stop(child)
            try await host.restore(backup)
            try erased(files, traces)
            child = try await host.start()
            try await isGone(ids, scenario)
            #expect(try await scenario.inOrganization("org-2").token(kept).status == 200)
            try await host.stop(child)
        }
    }

    @Test(
        "an organization that was opened again does not get back from an older backup what was erased, only from a newer"
    )
    func restoredAfterReopening() async throws {
        try await Scenario.run("organization-reopened") { scenario in
            let (host, files) = (scenario.host, HostFiles(folder: scenario.host.folder))
            var child = try await host.start()
            let (ids, kept) = try await populate(scenario)
            let traces = try files.traces(of: "org-1")
            let older = try await host.backUp(as: "older")
            #expect(try await host.command("organizations", "delete", "org-1", "--yes").code == 0)
            try await host.stop(child)
            // Some minutes later.
            try files.change("UPDATE organization_end SET ended_at = 1")
            #expect(try await host.command("organizations", "reopen", "org-1").code == 0)
            child = try await host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            let newer = try await host.backUp(as: "newer")
            try await host.stop(child)
            for (backup, status) in [(newer, 200), (older, 404), (newer, 200)] {
                try await host.restore(backup)
                #expect(try files.files(holding: traces) == [], "nothing of before, whichever is restored")
                child = try await host.start()
                #expect(try await scenario.token(id).status == status)
                #expect(try await scenario.token(ids[0]).status == 404)
                #expect(try await scenario.inOrganization("org-2").token(kept).status == 200)
                try await scenario.configure()
                try await host.stop(child)
            }
        }
    }

    @Test("a database that a restore replaced holds the organization still: it is named, with a line that removes it")
    func replacedDatabase() async throws {
        try await Scenario.run("organization-replaced") { scenario in
            let (host, files) = (scenario.host, HostFiles(folder: scenario.host.folder))
            let child = try await host.start()
            _ = try await populate(scenario)
            let traces = try files.traces(of: "org-1")
            let backup = try await host.backUp()
            try await host.stop(child)
            try await host.restore(backup)
            let deleted = try await host.command("organizations", "delete", "org-1", "--yes", "--format", "json")
            #expect(deleted.code == 0, "\(deleted.output)")
            let copies = deleted.object["copies"] as? [String] ?? []
            let copy = try #require(copies.first, "\(deleted.output)")
            #expect(copies.allSatisfy { $0.hasPrefix(host.database + ".replaced-") })
            let holding = try files.files(holding: traces).map { host.folder.path + "/" + $0 }
            #expect(holding.contains(copy) && Set(holding).isSubset(of: copies), "\(holding)")
            let again = try await host.command("organizations", "delete", "org-1", "--yes")
            #expect(again.code == 0 && again.output.contains("rm -- '\(copy)'"), "\(again.output)")
            for copy in copies { try FileManager.default.removeItem(atPath: copy) }
            try erased(files, traces)
            let last = try await host.command("organizations", "delete", "org-1", "--yes")
            #expect(last.code == 0 && !last.output.contains("rm --"), "\(last.output)")
        }
    }

    /// Enables the connector for org-1, with an `Idempotency-Key` that is always the same.
    private func enable(_ scenario: Scenario) async throws -> HTTPProbe.Answer {
        try await scenario.host.call(
            "POST", "/api/v1/connectors/sandbox/enable", token: scenario.callers.user(),
            headers: ["Idempotency-Key": "once"])
    }

    /// Two connections of org-1, and one of org-2.
    private func populate(_ scenario: Scenario) async throws -> (ids: [String], kept: String) {
        scenario.provider.register(Self.client)
        let other = scenario.inOrganization("org-2")
        try await scenario.configure()
        try await other.configure()
        let ids = [try await scenario.connect(), try await scenario.connect()]
        for id in ids { #expect(try await scenario.token(id).status == 200) }
        let kept = try await other.connect()
        scenario.provider.reset([.stats])
        return (ids, kept)
    }

    /// Callers find nothing, and can begin nothing.
    private func isGone(_ ids: [String], _ scenario: Scenario) async throws {
        for id in ids {
            let read = try await scenario.token(id)
            #expect(read.status == 404 && read.code == "not_found", "\(read.text)")
            #expect(try await scenario.refresh(id, ["force": true]).status == 404)
        }
        let list = try await scenario.command("GET", "/connections")
        #expect((list.json["items"] as? [Any])?.isEmpty == true, "\(list.text)")
        let config: [String: any Sendable] = ["client_id": "sandbox-client"]
        for (method, path, body) in [
            ("PUT", "/connectors/sandbox/config", config), ("POST", "/connectors/sandbox/authorize", [:]),
            ("POST", "/connectors/sandbox/disable", [:]),
        ] {
            let refused = try await scenario.command(method, path, body)
            #expect(refused.status == 403 && refused.code == "forbidden", "\(method) \(path): \(refused.text)")
        }
    }

    private func erased(_ files: HostFiles, _ traces: [Data]) throws {
        #expect(try files.files(holding: traces) == [])
        let rows = try files.rows(ofOrganization: "org-1")
        #expect(rows.values.allSatisfy { $0 == 0 }, "\(rows)")
    }
}
