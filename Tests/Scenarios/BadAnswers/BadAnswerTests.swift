import ProviderSimulator
import TestSupport
import Testing

/// Every misbehaviour of a provider has its row of PROTOCOL.md §4.
@Suite(.hosts(2)) struct BadAnswerTests {
    @Test("rows 12, 13, 18, 22–25: bad answers and their effects", arguments: [RotationClass.static, .singleUseFamily])
    func table(_ rotation: RotationClass) async throws {
        try await Scenario.serving("bad-answers-\(rotation.rawValue)") { scenario, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, answer) in BadAnswer.all.enumerated() {
                    let run = BadAnswerRun(
                        answer: answer, rotation: rotation, scenario: scenario, client: "client-\(number)")
                    group.addTask { try await Self.play(run) }
                }
                try await group.waitForAll()
            }
        }
    }

    private static func play(_ run: BadAnswerRun) async throws {
        do {
            let problems = try await run.problems()
            #expect(problems.isEmpty, "\(run.text)")
            print(run.text)
        } catch {
            Issue.record("\(run.text): \(error)")
        }
    }

    @Test(
        "row 13, M44: an empty or missing refresh_token leaves the old one in place",
        arguments: [Fault.Kind.emptyRefreshToken, .noRefreshToken])
    func kept(_ kind: Fault.Kind) async throws {
        let client = SimulatedClient(id: "sandbox-static", rotation: .static, repeatsRefreshToken: true)
        try await Scenario.serving("kept", client: client, settings: ["rotation": "static"]) { scenario, _ in
            let id = try await scenario.connected(to: client)
            scenario.provider.add(Fault(kind, operation: .refresh))
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
            #expect(try await scenario.refresh(id, ["force": true]).generation == 3)
            #expect(scenario.provider.log().map(\.verdict) == [.fresh, .fresh])
        }
    }

    @Test(
        "row 13, 19: a family whose provider gives no new refresh token is lost, and says so",
        arguments: [Fault.Kind.emptyRefreshToken, .noRefreshToken])
    func withheld(_ kind: Fault.Kind) async throws {
        try await Scenario.serving("withheld") { scenario, _ in
            let id = try await scenario.connected()
            scenario.provider.add(Fault(kind, operation: .refresh))
            let answer = try await scenario.refresh(id, ["force": true])
            #expect(answer.outcome == "refreshed" && answer.generation == 2, "its access token is good")
            #expect(
                try await scenario.refresh(id, ["force": true]).outcome == "pending", "row 18: refused, to be confirmed"
            )
            try await scenario.reaches("needs_reauthorization", id)
            #expect(try await scenario.token(id).code == "needs_reauthorization")
        }
    }

    @Test(
        "row 22, M35: a wrong client secret never marks a connection dead", arguments: ["static", "single_use_family"])
    func secret(_ rotation: String) async throws {
        let client = SimulatedClient(id: "mine", rotation: RotationClass(rawValue: rotation) ?? .static)
        try await Scenario.serving("secret", client: client, settings: ["rotation": rotation]) { scenario, _ in
            var ids: [String] = []
            for _ in 0..<5 { ids.append(try await scenario.connected(to: client)) }
            _ = try await scenario.command("PUT", "/connectors/sandbox/config", ["client_secret": "wrong-secret"])
            for id in ids + ids {
                let answer = try await scenario.refresh(id, ["force": true])
                #expect(answer.status == 424 && answer.code == "client_misconfigured")
                #expect(answer.header("Retry-After") != nil)
            }
            #expect(scenario.refreshCalls == 1, "the breaker is open")
            for id in ids {
                #expect(try await scenario.show(id)["status"] as? String == "active")
                #expect(try await scenario.token(id).status == 200)
            }
            _ = try await scenario.command("PUT", "/connectors/sandbox/config", ["client_secret": "sandbox-secret"])
            for id in ids {
                try await eventually("every host has heard of it", within: TestStore.hearing) {
                    try await scenario.refresh(id, ["force": true]).outcome == "refreshed"
                }
            }
        }
    }
}
