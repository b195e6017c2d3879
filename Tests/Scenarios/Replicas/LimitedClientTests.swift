import Foundation
import PostgresServer
import ProviderSimulator
import TestSupport
import Testing

/// A client's rate limit, with callers and schedulers of three hosts at it (RELIABILITY.md R6).
@Suite(.hosts(3)) struct LimitedClientTests {
    private static let limit = (count: 6, per: 3000)
    private static let connections = 12
    /// What a call may be longer or shorter on its way than another, in milliseconds.
    private static let jitter = 500

    @Test("three hosts make no more calls than the one limit, however much is due, and all is refreshed in the end")
    func limited() async throws {
        let key = "client:\n"
        try await Replicas.run(
            "replicas-limited", hosts: 3,
            definition: {
                $0.replacing(key, with: key + "  rate_limit: \(Self.limit.count)/\(Self.limit.per / 1000)s\n")
            }
        ) { replicas in
            var ids: [String] = []
            for number in 0..<Self.connections {
                ids.append(try await Self.connect(replicas[number % 3].scenario))
            }
            // From here on each is due again three seconds after it was refreshed: twice as often as the limit lets them.
            replicas.provider.register(SimulatedClient(id: "sandbox-client", lifetime: 6))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, id) in ids.enumerated() {
                    let scenario = replicas[number % 3].scenario
                    group.addTask {
                        try await eventually(
                            "\(id) is refreshed by a caller", within: .seconds(60), every: .milliseconds(100)
                        ) {
                            try await scenario.refresh(id, ["observed_generation": 1]).status == 200
                        }
                    }
                }
                try await group.waitForAll()
            }
            for (number, id) in ids.enumerated() {
                let scenario = replicas[number % 3].scenario
                try await eventually(
                    "\(id) is refreshed by a scheduler", within: .seconds(120), every: .milliseconds(200)
                ) {
                    try await scenario.show(id)["generation"] as? Int ?? 0 >= 4
                }
            }
            let calls = replicas.provider.log().map(\.arrivedAt).sorted()
            let window = Self.limit.per - Self.jitter
            let most = calls.indices.map { first in calls[first...].prefix { $0 < calls[first] + window }.count }.max()
            #expect(calls.count >= 4 * ids.count)
            #expect(try #require(most) <= Self.limit.count, "\(calls)")
        }
    }

    /// Imports a grant as soon as the limit lets it: that is a call, too.
    private static func connect(_ scenario: Scenario) async throws -> String {
        guard
            let grant = scenario.provider.issueGrant(
                clientID: "sandbox-client", scope: "read offline", subject: "somebody")
        else { throw Failure("the provider gave no grant") }
        var id: String?
        try await eventually("a grant is imported", within: .seconds(60), every: .milliseconds(100)) {
            id = try? await scenario.importGrant(grant)
            return id != nil
        }
        guard let id else { throw Failure("no connection") }
        return id
    }
}
