import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// Commands that meet a call on the wire (PROTOCOL.md §7).
@Suite(.hosts(1)) struct RaceTests {
    @Test("disable: reads and refreshes are 409, and the call on the wire commits")
    func disable() async throws {
        try await Scenario.serving("disable", timing: patientTiming) { scenario, _ in
            let id = try await scenario.connected()
            scenario.provider.hold(GateRule(operation: .refresh))
            async let caller = scenario.refresh(id, ["force": true])
            #expect(await scenario.provider.whenWaiting() == 1)
            #expect(try await scenario.command("POST", "/connectors/sandbox/disable").status == 200)
            let read = try await scenario.token(id)
            #expect(read.status == 409 && read.code == "connector_disabled")
            #expect(try await scenario.refresh(id).status == 409)
            #expect(try await scenario.show(id)["status"] as? String == "disabled")
            scenario.provider.release()
            #expect(try await caller.status == 409)
            #expect(try await scenario.command("POST", "/connectors/sandbox/enable").status == 200)
            try await scenario.reaches(2, id)
            #expect(try await scenario.token(id).generation == 2)
            #expect(scenario.refreshCalls == 1)
        }
    }

    @Test("row 15: revoked while a refresh is on the wire: nothing is served, the late child is revoked too")
    func revoke() async throws {
        try await Scenario.serving("revoke", timing: unhurriedTiming) { scenario, _ in
            let id = try await scenario.connected()
            scenario.provider.hold(GateRule(operation: .refresh, phase: .after))
            async let caller = scenario.refresh(id, ["force": true])
            #expect(await scenario.provider.whenWaiting() == 1)
            let answer = try await scenario.command("POST", "/connections/\(id)/revoke")
            #expect(answer.status == 202 && answer.json["revocation"] as? String == "pending")
            #expect(try await scenario.token(id).code == "revoked")
            scenario.provider.release()
            #expect(try await caller.code == "revoked")
            try await eventually("both are revoked at the provider", within: .seconds(40), every: .milliseconds(50)) {
                scenario.provider.statistics().calls(of: .revoke) == 2
            }
            try await eventually("it is certain", every: .milliseconds(50)) {
                try await scenario.show(id)["revocation"] as? String == "done"
            }
            #expect(try await scenario.show(id)["status"] as? String == "revoked")
        }
    }

    @Test("delete: 404 from now on, and the rows go once revocation is certain (SECURITY 15)")
    func delete() async throws {
        try await Scenario.serving("delete") { scenario, _ in
            let id = try await scenario.connected()
            scenario.provider.add(Fault(.status, operation: .revoke, status: 503))
            #expect(try await scenario.command("DELETE", "/connections/\(id)").status == 202)
            #expect(try await scenario.command("GET", "/connections/\(id)").status == 404)
            #expect(try await scenario.token(id).status == 404)
            let files = HostFiles(folder: scenario.host.folder)
            try await eventually("its rows are gone", every: .milliseconds(50)) { try files.rows(of: id) == 0 }
            #expect(scenario.provider.statistics().calls(of: .revoke) == 2, "one 503, one answer")
        }
    }

    @Test("import of a grant that is known: 409, in another organization without its id (M42)")
    func duplicate() async throws {
        try await Scenario.serving("duplicate") { scenario, _ in
            let grant = try #require(scenario.provider.issueGrant(clientID: "sandbox-client"))
            let id = try await scenario.importGrant(grant)
            scenario.provider.reset([.stats])
            let here = try await redeem(grant, scenario)
            #expect(here.status == 409 && here.code == "duplicate_grant" && here.json["connection_id"] as? String == id)
            let other = scenario.inOrganization("org-2")
            try await other.configure()
            let there = try await redeem(grant, other)
            #expect(there.status == 409 && there.code == "duplicate_grant" && there.json["connection_id"] == nil)
            #expect(scenario.refreshCalls == 0, "it was presented")
        }
    }

    private func redeem(_ grant: IssuedGrant, _ scenario: Scenario) async throws -> HTTPProbe.Answer {
        try await scenario.command(
            "POST", "/connectors/sandbox/connections", ["grant": "refresh_token", "refresh_token": grant.refreshToken])
    }
}
