import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// The host that made a call dies with it on the wire: kill -9, and nobody hears the answer (R9).
@Suite(.hosts(2)) struct LostOwnerTests {
    /// A grace that does not run out in a test: what releases a family is the owner's word alone.
    private static let timing = KillLane.timing.merging(["REFRESH_OWNER_GRACE": "180s"]) { $1 }

    @Test(
        "another host has refreshed within the lease and 5 s (rows 4, 5)",
        arguments: [KillRotation.static, .overlap, .singleUse])
    func takenOver(_ rotation: KillRotation) async throws {
        try await lost("taken-over", rotation, spends: !rotation.usesUp) { replicas, id in
            try await eventually("the other host has refreshed", within: .seconds(5 + 5), every: .milliseconds(50)) {
                try await replicas[1].scenario.show(id)["generation"] as? Int == 2
            }
            #expect(try await replicas[1].scenario.token(id).generation == 2)
            let log = replicas.provider.log()
            #expect(log.count == 2 && log.allSatisfy { !$0.overlapping })
            let again = rotation == .overlap ? Verdict.replayInWindow : .fresh
            #expect(log.last?.verdict == again)
        }
    }

    @Test("a family grant is served and waits for its owner, whose restart speaks (row 26)")
    func restarted() async throws {
        try await lost("restarted", .family, spends: false) { replicas, id in
            try await waits(replicas, id)
            try await replicas[0].start()
            try await isRefreshed(replicas, id)
        }
    }

    @Test("a family grant is served and waits for its owner, whom an operator declares lost (row 27)")
    func declaredLost() async throws {
        try await lost("declared-lost", .family, spends: false) { replicas, id in
            try await waits(replicas, id)
            let other = replicas[1].host
            let hosts = try await other.command("hosts", "list", "--format", "json")
            let owner = try #require(hosts.items.first { $0["this"] as? Bool == false }?["id"] as? String)
            try await eventually("its heartbeat is old", every: .milliseconds(200)) {
                try await other.command("hosts", "lost", owner).code == 0
            }
            try await isRefreshed(replicas, id)
            let said = "record LIKE '%\"host_lost\"%'"
            #expect(try await other.command("hosts", "lost", owner).code == 0, "said again, it is the same")
            #expect(try replicas.database.count("audit", where: said) == 1)
            try await replicas[0].start()
            #expect(try replicas.database.count("audit", where: "record LIKE '%\"host_returned\"%'") == 1)
            #expect(try replicas[0].said().contains("was declared lost and is back"))
            let now = try await other.command("hosts", "list", "--format", "json")
            #expect(now.items.allSatisfy { $0["lost"] as? Bool == false }, "\(now.output)")
        }
    }

    /// The token is served, and its refresh token is not presented, though the lease and the silence are over.
    private func waits(_ replicas: Replicas, _ id: String) async throws {
        let other = replicas[1].scenario
        try await other.reaches("recovering", id)
        let silent = "state = 'recovering' AND quiet_at < extract(epoch FROM clock_timestamp()) * 1000"
        try await eventually("the silence is over", every: .milliseconds(100)) {
            try replicas.database.count("line", where: silent) == 1
        }
        let asked = try await other.refresh(id, ["observed_generation": 1])
        #expect(asked.status == 200 && asked.outcome == "pending" && asked.generation == 1, "\(asked.text)")
        #expect(try await other.token(id).generation == 1)
        #expect(other.refreshCalls == 1)
    }

    private func isRefreshed(_ replicas: Replicas, _ id: String) async throws {
        try await replicas[1].scenario.reaches(2, id)
        try await replicas[1].scenario.reaches("active", id)
        let log = replicas.provider.log()
        #expect(log.map(\.verdict) == [.unprocessed, .fresh] && log.allSatisfy { !$0.overlapping })
    }

    /// - Parameter spends: whether the provider has rotated before the answer is lost; else it never looked at the token.
    private func lost(
        _ name: String, _ rotation: KillRotation, spends: Bool,
        _ body: @Sendable (Replicas, String) async throws -> Void
    ) async throws {
        var client = rotation.client(round: 1)
        client.lifetime = 3600
        try await Replicas.run(
            "\(name)-\(rotation.rawValue)", hosts: 2, client: client, settings: rotation.settings(round: 1),
            timing: Self.timing
        ) { [client] replicas in
            let (owner, provider) = (replicas[0], replicas.provider)
            let id = try await owner.scenario.connected(to: client)
            provider.hold(GateRule(operation: .refresh, phase: spends ? .after : .before))
            if !spends { provider.add(Fault(.reset, operation: .refresh, phase: .before)) }
            // Reported as rejected: nothing but the owner's word is waited for.
            let caller = Task { try await owner.scenario.refresh(id, ["observed_generation": 1]) }
            #expect(await provider.whenWaiting() == 1)
            try await owner.kill()
            provider.release()
            _ = await caller.result
            try await body(replicas, id)
        }
    }
}
