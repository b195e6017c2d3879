import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// kill -9 while a code is redeemed: it is spent, so its answer is all there is (PROTOCOL.md §7, §12).
@Suite(.hosts(1)) struct ExchangeCrashTests {
    @Test(
        "an exchange that was spooled is connected after the restart, without another call",
        arguments: [
            KillCell.Point.spooled, .committed,
        ])
    func kept(_ point: KillCell.Point) async throws {
        try await crashing(at: point) { (scenario: Scenario, id: String) async throws -> Void in
            try await scenario.reaches("active", id)
            #expect(try await scenario.token(id).generation == 1)
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
            #expect(scenario.provider.statistics().calls(of: .exchange) == 1)
        }
    }

    @Test("one whose answer reached no spool is lost with its code, and the same connection can be authorized anew")
    func lost() async throws {
        try await crashing(at: .answerReceived) { (scenario: Scenario, id: String) async throws -> Void in
            #expect(try await scenario.show(id)["status"] as? String == "pending")
            #expect(try await scenario.token(id).code == "pending")
            #expect(try await Journey.start(scenario, ["connection": id]).exchange().generation == 1)
            #expect(scenario.provider.statistics().calls(of: .exchange) == 2)
        }
    }

    @Test("a refusal that was spooled ends its authorization after the restart: nothing waits for it any more")
    func refused() async throws {
        let fault = Fault(.invalidGrant, operation: .exchange)
        try await crashing(at: .spooled, fault) { (scenario: Scenario, id: String) async throws -> Void in
            let files = HostFiles(folder: scenario.host.folder)
            #expect(try files.endedFlows(of: id) == 1 && files.spoolEntries().isEmpty)
            #expect(try await scenario.show(id)["status"] as? String == "pending")
            #expect(try await scenario.command("DELETE", "/connections/\(id)").status == 202)
            try await eventually("its rows are gone", every: .milliseconds(50)) { try files.rows(of: id) == 0 }
            #expect(scenario.provider.statistics().calls(of: .exchange) == 1)
        }
    }

    private func crashing(
        at point: KillCell.Point, _ fault: Fault? = nil, _ body: @Sendable (Scenario, String) async throws -> Void
    ) async throws {
        try await Scenario.run("exchange-\(point.rawValue)", environment: KillLane.timing) { scenario in
            let first = try await scenario.host.start(fault: point.rawValue)
            try await scenario.configure()
            scenario.provider.reset([.stats, .log])
            let journey = try await Journey.start(scenario)
            if let fault { scenario.provider.add(fault) }
            _ = try? await journey.exchange()
            try await first.waitForEnd()
            #expect(first.wasKilled)
            let second = try await scenario.host.start()
            try await body(scenario, journey.connection)
            second.kill(SIGTERM)
            try await second.waitForEnd()
            #expect(second.exitCode == 0)
        }
    }
}
