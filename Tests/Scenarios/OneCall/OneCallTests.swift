import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// N callers, one provider call (PROTOCOL.md §8).
@Suite(.hosts(1)) struct OneCallTests {
    private let atProvider = GateRule(operation: .refresh)

    @Test("300 concurrent refreshes of one connection: one provider call, one generation for all")
    func storm() async throws {
        try await Scenario.serving("storm", timing: stormTiming) { scenario, _ in
            let id = try await scenario.connected()
            scenario.provider.hold(atProvider)
            async let answers = scenario.refreshes(300, of: id, ["observed_generation": 1])
            #expect(await scenario.provider.whenWaiting() == 1)
            try await eventually("all have joined", within: .seconds(50), every: .milliseconds(50)) {
                try await scenario.metric("token_manager_refresh_joined_total") >= 299
            }
            scenario.provider.release()
            let all = try await answers
            #expect(all.allSatisfy { $0.status == 200 && $0.generation == 2 })
            #expect(all.count { $0.outcome == "refreshed" } == 1)
            #expect(all.count { $0.outcome == "joined" } == 299)
            #expect(Set(all.compactMap { $0.json["access_token"] as? String }).count == 1)
            #expect(scenario.refreshCalls == 1)
        }
    }

    @Test("1,000 refreshes that carry observed_generation cost one call")
    func thousand() async throws {
        try await Scenario.serving("thousand", timing: patientTiming) { scenario, _ in
            let id = try await scenario.connected()
            for _ in 0..<10 {
                let answers = try await scenario.refreshes(100, of: id, ["observed_generation": 1])
                #expect(answers.allSatisfy { $0.status == 200 && $0.generation == 2 })
            }
            #expect(scenario.refreshCalls == 1)
        }
    }

    @Test("observed_generation older than the stored one costs no call; a newer one is refused")
    func observed() async throws {
        try await Scenario.serving("observed") { scenario, _ in
            let id = try await scenario.connected()
            #expect(try await scenario.refresh(id, ["observed_generation": 1]).outcome == "refreshed")
            let late = try await scenario.refresh(id, ["observed_generation": 1])
            #expect(late.status == 200 && late.outcome == "current" && late.generation == 2)
            #expect(try await scenario.refresh(id, ["observed_generation": 3]).status == 422)
            #expect(scenario.refreshCalls == 1)
        }
    }

    @Test("a caller that leaves cancels nothing (M19)")
    func leaving() async throws {
        try await Scenario.serving("leaving") { scenario, _ in
            let id = try await scenario.connected()
            scenario.provider.hold(atProvider)
            let caller = Task { try await scenario.refresh(id, ["force": true]) }
            #expect(await scenario.provider.whenWaiting() == 1)
            caller.cancel()
            await #expect(throws: (any Error).self) { try await caller.value }
            scenario.provider.release()
            try await scenario.reaches(2, id)
            #expect(scenario.provider.log().map(\.answer) == [.sent])
        }
    }

    @Test("force is bound to the generation at its arrival, and comes through once per interval (M41)")
    func force() async throws {
        let timing = patientTiming.merging(["REFRESH_FORCE_INTERVAL": "60s"]) { $1 }
        try await Scenario.serving("force", timing: timing) { scenario, _ in
            let id = try await scenario.connected()
            scenario.provider.hold(atProvider)
            async let answers = scenario.refreshes(50, of: id, ["force": true])
            try await eventually("all have joined", every: .milliseconds(50)) {
                try await scenario.metric("token_manager_refresh_joined_total") >= 49
            }
            scenario.provider.release()
            #expect(try await answers.allSatisfy { $0.status == 200 && $0.generation == 2 })
            let again = try await scenario.refresh(id, ["force": true])
            #expect(again.status == 200 && again.outcome == "current" && again.header("Retry-After") != nil)
            #expect(scenario.refreshCalls == 1)
        }
    }

    @Test("different connections do not wait for each other")
    func independent() async throws {
        try await Scenario.serving("independent", timing: patientTiming) { scenario, _ in
            let first = try await scenario.connected()
            let second = try await scenario.connected()
            scenario.provider.hold(GateRule(operation: .refresh, times: 1))
            async let held = scenario.refresh(first, ["force": true])
            #expect(await scenario.provider.whenWaiting() == 1)
            #expect(try await scenario.refresh(second, ["force": true]).outcome == "refreshed")
            scenario.provider.release()
            #expect(try await held.outcome == "refreshed")
        }
    }

    @Test("rows 10, 11: at the soft deadline callers have the stored token; the late answer is committed all the same")
    func late() async throws {
        try await Scenario.serving("late", timing: impatientTiming) { scenario, _ in
            let id = try await scenario.connected()
            scenario.provider.hold(atProvider)
            let answer = try await scenario.refresh(id, ["force": true])
            #expect(answer.status == 200 && answer.outcome == "pending" && answer.generation == 1)
            #expect(answer.header("Retry-After") != nil)
            #expect(scenario.provider.log().map(\.answer) == [.pending])
            scenario.provider.release()
            try await scenario.reaches(2, id)
            #expect(try await scenario.token(id).generation == 2)
            #expect(scenario.refreshCalls == 1)
        }
    }
}
