import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// Grants and answers that come at a bad moment: nothing of them is presented twice, revived or lost.
@Suite(.hosts(1)) struct LateGrantTests {
    @Test(
        "I1, I6: an import whose answer is unclear is kept, so that its refresh token is not imported again beside it")
    func unclearImport() async throws {
        try await Scenario.serving("unclear-import", settings: ["rotation": "single_use"]) { scenario, _ in
            scenario.provider.add(Fault(.status, operation: .refresh, phase: .before, status: 504))
            let grant = try #require(scenario.provider.issueGrant(clientID: "sandbox-client"))
            let id = try await scenario.importGrant(grant)
            let again = try await scenario.command(
                "POST", "/connectors/sandbox/connections",
                ["grant": "refresh_token", "refresh_token": grant.refreshToken])
            #expect(again.code == "duplicate_grant" && again.json["connection_id"] as? String == id)
            try await scenario.reaches("active", id)
            let calls = scenario.provider.log().filter { $0.operation == .refresh }
            #expect(calls.count == 2 && calls.allSatisfy { !$0.overlapping })
        }
    }

    @Test("an import that was refused for certain is not kept, and its name and grant are free again")
    func refusedImport() async throws {
        try await Scenario.serving("refused-import") { scenario, _ in
            scenario.provider.add(Fault(.invalidGrant, operation: .refresh, phase: .before))
            let grant = try #require(scenario.provider.issueGrant(clientID: "sandbox-client"))
            let body = ["grant": "refresh_token", "refresh_token": grant.refreshToken, "name": "main"]
            let refused = try await scenario.command("POST", "/connectors/sandbox/connections", body)
            #expect(refused.status == 424 && refused.code == "provider_error")
            let made = try await scenario.command("POST", "/connectors/sandbox/connections", body)
            #expect(made.status == 201)
            let other = try #require(scenario.provider.issueGrant(clientID: "sandbox-client"))
            let taken = try await scenario.command(
                "POST", "/connectors/sandbox/connections",
                ["grant": "refresh_token", "refresh_token": other.refreshToken, "name": "main"])
            #expect(taken.status == 422 && taken.code == "invalid_input", "\(taken.text)")
        }
    }

    @Test("a client that gets another secret while its call is on the wire makes the next call with that one")
    func changedClient() async throws {
        try await Scenario.serving("changed-client", timing: patientTiming) { scenario, _ in
            let id = try await scenario.connected()
            scenario.provider.hold(GateRule(operation: .refresh, phase: .after))
            async let refreshed = scenario.refresh(id, ["force": true])
            #expect(await scenario.provider.whenWaiting() == 1)
            scenario.provider.register(SimulatedClient(id: "sandbox-client", secret: "another-secret"))
            let changed = try await scenario.command(
                "PUT", "/connectors/sandbox/config",
                [
                    "client_id": "sandbox-client", "client_secret": "another-secret",
                    "inputs": ["port": "\(try await scenario.provider.port)"],
                ])
            #expect(changed.status == 200, "\(changed.text)")
            scenario.provider.release()
            #expect(try await refreshed.status == 200)
            let next = try await scenario.refresh(id, ["force": true])
            #expect(next.status == 200 && next.json["outcome"] as? String == "refreshed", "\(next.text)")
        }
    }

    @Test("section 7: revoked while the consent page is open: the grant that comes is revoked, and revives nothing")
    func revokedDuringConsent() async throws {
        try await Scenario.serving("revoked-during-consent") { scenario, _ in
            let id = try await scenario.connected()
            let journey = try await Journey.start(scenario, ["connection": id])
            #expect(try await scenario.command("POST", "/connections/\(id)/revoke").status == 202)
            try await isDone(id, scenario)
            let answer = try await journey.exchange()
            #expect(answer.code == "revoked", "\(answer.text)")
            #expect(try await scenario.token(id).code == "revoked")
            try await eventually("both grants are revoked at the provider", every: .milliseconds(50)) {
                scenario.provider.statistics().calls(of: .revoke) == 2
            }
            try await isDone(id, scenario)
            #expect(try await scenario.show(id)["status"] as? String == "revoked")
        }
    }

    @Test("I5: deleted while its code is exchanged: the answer is stored, revoked, and then the rows go")
    func deletedDuringExchange() async throws {
        try await Scenario.serving("deleted-during-exchange", timing: patientTiming) { scenario, _ in
            let id = try await scenario.connected()
            let journey = try await Journey.start(scenario, ["connection": id])
            scenario.provider.hold(GateRule(operation: .exchange, phase: .after))
            async let exchanged = journey.exchange()
            #expect(await scenario.provider.whenWaiting() == 1)
            #expect(try await scenario.command("DELETE", "/connections/\(id)").status == 202)
            try await eventually("the old grant is revoked", every: .milliseconds(50)) {
                scenario.provider.statistics().calls(of: .revoke) == 1
            }
            scenario.provider.release()
            #expect(try await exchanged.code == "revoked")
            try await eventually("the new one, too", every: .milliseconds(50)) {
                scenario.provider.statistics().calls(of: .revoke) == 2
            }
            let files = HostFiles(folder: scenario.host.folder)
            try await eventually("its rows are gone", every: .milliseconds(50)) { try files.rows(of: id) == 0 }
        }
    }

    @Test("row 25: an answer that nobody can read is kept sealed, and a mended definition reads it")
    func unreadableAnswer() async throws {
        let connectors = try TestFolders.make("unreadable-connectors")
        let shipped = TestFolders.repository.appendingPathComponent("connectors.d/sandbox.yaml")
        let definition = connectors.appendingPathComponent("sandbox.yaml")
        let text = try String(contentsOf: shipped, encoding: .utf8)
        try text.write(to: definition, atomically: true, encoding: .utf8)
        try TestFolders.noteCanaries(["canary-nested-access", "canary-nested-refresh"])
        try await Scenario.run("unreadable", connectors: connectors) { scenario in
            let first = try await scenario.host.start()
            try await scenario.configure(class: ["rotation": "single_use"])
            let id = try await scenario.connect()
            let body = #"{"data":{"access_token":"canary-nested-access","refresh_token":"canary-nested-refresh"}}"#
            scenario.provider.add(
                Fault(
                    .respond, operation: .refresh, phase: .after, status: 200,
                    headers: ["content-type": "application/json"], body: body))
            #expect(try await scenario.refresh(id, ["force": true]).generation == 1)
            let files = HostFiles(folder: scenario.host.folder)
            try await eventually("the answer is kept", every: .milliseconds(50)) {
                try files.kept().count == 1 && files.spoolEntries().isEmpty
            }
            first.kill(SIGTERM)
            try await first.waitForEnd()
            let map =
                "response:\n  map:\n    access_token: /data/access_token\n    refresh_token: /data/refresh_token\n"
            try text.replacingOccurrences(of: "\nexamples:", with: "\n" + map + "\nexamples:")
                .replacingOccurrences(of: "body: '{\"access_token\"", with: "body: '{\"data\": {\"access_token\"")
                .replacingOccurrences(of: "\"scope\": \"read offline\"}'", with: "\"scope\": \"read offline\"}}'")
                .write(to: definition, atomically: true, encoding: .utf8)
            let second = try await scenario.host.start()
            let read = try await scenario.token(id)
            #expect(read.generation == 2, "\(read.text)")
            #expect(read.json["access_token"] as? String == "canary-nested-access")
            #expect(try files.kept().isEmpty)
            second.kill(SIGTERM)
            try await second.waitForEnd()
            #expect(second.exitCode == 0)
        }
    }

    private func isDone(_ id: String, _ scenario: Scenario) async throws {
        try await eventually("revocation is certain", every: .milliseconds(50)) {
            try await scenario.show(id)["revocation"] as? String == "done"
        }
    }
}
