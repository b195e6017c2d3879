import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// N callers at three hosts, one provider call (PROTOCOL.md §8, R5).
@Suite(.serialized, .hosts(3)) struct ReplicasOneCallTests {
    @Test(
        "1,000 concurrent reads of one expired token at three hosts: one provider call, one generation for all",
        arguments: Replicas.Way.allCases)
    func expired(_ way: Replicas.Way) async throws {
        let brief = SimulatedClient(id: "sandbox-client", lifetime: 6)
        try await Replicas.run(
            "replicas-expired-\(way.rawValue)", hosts: 3, through: way, client: brief, timing: patientTiming
        ) { replicas in
            let (provider, id) = (replicas.provider, try await replicas[0].scenario.connected())
            provider.hold(GateRule(operation: .refresh))
            // One host's scheduler, before the end.
            #expect(await provider.whenWaiting() == 1)
            let end = try #require(provider.log().last?.accessTokenExpiresAt)
            try await eventually("the token is past", every: .milliseconds(50)) {
                Date().timeIntervalSince1970 * 1000 > Double(end)
            }
            async let answers = replicas.calls(1_000) { try await $0.token(id) }
            try await eventually("all wait", within: .seconds(60), every: .milliseconds(100)) {
                try await replicas.metric("token_manager_refresh_joined_total") >= 1_000
            }
            provider.register(SimulatedClient(id: "sandbox-client"))
            provider.release()
            let all = try await answers
            #expect(all.allSatisfy { $0.status == 200 && $0.generation == 2 }, "\(Set(all.map(\.status)))")
            #expect(Set(all.compactMap { $0.json["access_token"] as? String }).count == 1)
            #expect(replicas[0].scenario.refreshCalls == 1)
        }
    }

    @Test(
        "300 refreshes that carry observed_generation, at three hosts in turns: one call",
        arguments: Replicas.Way.allCases)
    func observed(_ way: Replicas.Way) async throws {
        try await Replicas.run(
            "replicas-observed-\(way.rawValue)", hosts: 3, through: way, timing: patientTiming
        ) { replicas in
            let id = try await replicas[0].scenario.connected()
            let answers = try await replicas.calls(300) { try await $0.refresh(id, ["observed_generation": 1]) }
            #expect(answers.allSatisfy { $0.status == 200 && $0.generation == 2 }, "\(Set(answers.map(\.status)))")
            #expect(replicas[0].scenario.refreshCalls == 1)
            for replica in replicas.all {
                let late = try await replica.scenario.refresh(id, ["observed_generation": 1])
                #expect(late.outcome == "current" && late.generation == 2)
            }
        }
    }
}
