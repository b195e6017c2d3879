import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// A provider that refuses all of a client's connections, at two hosts (PROTOCOL.md §3, rows 18, 19, 21, 22; R12).
@Suite(.hosts(2)) struct RefusedClientTests {
    /// How many single confirmations are waited for, a minute each; more for a release.
    private static let probes = ProcessInfo.processInfo.environment["REFUSED_PROBES"].flatMap { Int($0) } ?? 1
    private static let patience = TestHost.shortTiming.merging(["REFRESH_CONFIRM_DELAY": "10s"]) { $1 }
    /// The breaker's pause in milliseconds, less what two clocks may differ by.
    private static let pause = 59_000

    @Test("100 % invalid_grant: no connection is lost but by the breaker's own confirmations, one at a time")
    func refusals() async throws {
        try await Replicas.run("replicas-refused", hosts: 2, timing: Self.patience) { replicas in
            let scenario = replicas[0].scenario
            var ids: [String] = []
            for _ in 0..<(Self.probes + 12) { ids.append(try await scenario.connect()) }
            replicas.provider.reset([.stats, .log])
            replicas.provider.add(Fault(.invalidGrant, operation: .refresh, times: .forever))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, id) in ids.enumerated() {
                    group.addTask { _ = try await replicas[number % 2].scenario.refresh(id, ["force": true]) }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.count("needs_reauthorization", scenario) == 0)
            #expect(try await Self.count("suspect", scenario) >= 10)
            try await eventually(
                "the breaker lets \(Self.probes) through", within: .seconds(90 * Self.probes), every: .milliseconds(200)
            ) { try await Self.count("needs_reauthorization", scenario) == Self.probes }

            // Each that is lost was confirmed, and the pause was kept between any two of what the breaker let through.
            let log = replicas.provider.log()
            let confirmed = Self.repeated(log)
            #expect(confirmed.count == Self.probes)
            let first = log.filter { line in !confirmed.contains { $0.sequence == line.sequence } }
            let times = [first.map(\.arrivedAt).max() ?? 0] + confirmed.map(\.arrivedAt)
            #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= Self.pause }, "\(times)")

            // The provider is well again, and an admin says so by saving the client.
            replicas.provider.clearFaults()
            try await scenario.configure()
            try await eventually("all others are back", within: .seconds(60), every: .milliseconds(200)) {
                try await Self.count("active", replicas[1].scenario) == ids.count - Self.probes
            }
            #expect(try await Self.count("needs_reauthorization", replicas[1].scenario) == Self.probes)
        }
    }

    @Test("a wrong client secret changes no connection, and one call tells both hosts")
    func wrongSecret() async throws {
        try await Replicas.run("replicas-wrong-secret", hosts: 2) { replicas in
            let (scenario, provider) = (replicas[0].scenario, replicas.provider)
            var ids: [String] = []
            for _ in 0..<6 { ids.append(try await scenario.connected()) }
            provider.register(SimulatedClient(id: "sandbox-client", secret: "another-secret"))
            for (number, id) in ids.enumerated() {
                let answer = try await replicas[number % 2].scenario.refresh(id, ["force": true])
                #expect(answer.status == 424 && answer.code == "client_misconfigured", "\(answer.text)")
            }
            // A second one is on its way before the first one's answer is known at the other host.
            #expect((1...2).contains(scenario.refreshCalls))
            for id in ids {
                let view = try await replicas[1].scenario.show(id)
                #expect(view["status"] as? String == "active" && view["generation"] as? Int == 1, "\(view)")
                #expect(try await replicas[1].scenario.token(id).status == 200)
            }
            provider.register(SimulatedClient(id: "sandbox-client"))
            try await scenario.configure()
            for (number, id) in ids.enumerated() {
                let other = replicas[number % 2].scenario
                try await eventually("it refreshes again", every: .milliseconds(100)) {
                    try await other.refresh(id, ["force": true]).generation == 2
                }
            }
        }
    }

    private static func count(_ status: String, _ scenario: Scenario) async throws -> Int {
        let list = try await scenario.command("GET", "/connections?limit=200&status=\(status)")
        guard let items = list.json["items"] as? [Any] else { throw Failure("list: \(list.status) \(list.text)") }
        return items.count
    }

    /// Presentations of a grant that was presented before.
    private static func repeated(_ log: [Presentation]) -> [Presentation] {
        var seen: Set<Int> = []
        return log.filter { line in line.family.map { !seen.insert($0).inserted } ?? false }
    }
}
