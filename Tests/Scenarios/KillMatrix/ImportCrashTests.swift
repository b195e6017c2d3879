import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// kill -9 while an imported refresh token is verified: it is stored before it is presented (PROTOCOL.md §7).
@Suite(.hosts(1)) struct ImportCrashTests {
    @Test(
        "a grant whose import was cut short is connected after the restart, or its loss is said",
        arguments: KillCell.Point.allCases)
    func cut(_ point: KillCell.Point) async throws {
        try await Scenario.run("import-\(point.rawValue)", environment: KillLane.timing) { scenario in
            let first = try await scenario.host.start(fault: point.rawValue)
            try await scenario.configure()
            let grant = try #require(scenario.provider.issueGrant(clientID: "sandbox-client"))
            let answer = try? await scenario.importGrant(grant)
            try await first.waitForEnd()
            #expect(first.wasKilled && (answer == nil || point == .acknowledged || point == .spoolEntryDeleted))

            let second = try await scenario.host.start()
            let id = try await onlyConnection(scenario)
            let expected = point.isUnspooled ? "needs_reauthorization" : "active"
            try await scenario.reaches(expected, id)
            if expected == "active" {
                try await scenario.reaches(1, id)
                #expect(try await scenario.token(id).generation == 1)
            }
            let log = scenario.provider.log()
            #expect(log.map(\.overlapping).allSatisfy { !$0 })
            #expect(log.count == (point.isUnspooled ? 3 : 1), "presented, and after a loss replayed and confirmed")
            let again = try await scenario.command(
                "POST", "/connectors/sandbox/connections",
                ["grant": "refresh_token", "refresh_token": grant.refreshToken])
            #expect(again.code == "duplicate_grant" && again.json["connection_id"] as? String == id)
            second.kill(SIGTERM)
            try await second.waitForEnd()
            #expect(second.exitCode == 0)
        }
    }

    private func onlyConnection(_ scenario: Scenario) async throws -> String {
        let list = try await scenario.command("GET", "/connections").json["items"] as? [[String: Any]] ?? []
        guard list.count == 1, let id = list[0]["id"] as? String else { throw Failure("\(list.count) connections") }
        return id
    }
}
