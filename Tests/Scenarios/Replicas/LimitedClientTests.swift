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

    @Test("to wait long for a place takes nothing from the time in which a refresh may be sent")
    func waiting() async throws {
        let key = "client:\n"
        try await Replicas.run(
            "replicas-waiting", hosts: 1, definition: { $0.replacing(key, with: key + "  rate_limit: 100/1s\n") }
        ) { replicas in
            let (scenario, database) = (replicas[0].scenario, replicas.database)
            let id = try await Self.connect(scenario)
            let holding = "LOCK TABLE token_manager.call_window; SELECT pg_sleep(600)"
            Thread.detachNewThread { _ = try? database.sql("BEGIN; \(holding)") }
            let activity = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            try await eventually("windows are locked") {
                try database.sql(activity + " AND wait_event = 'PgSleep'") == "1"
            }
            async let answer = scenario.refresh(id, ["observed_generation": 1])
            // As long as a claim may be old when it is sent (row 8), and longer.
            try await eventually("the host has waited for a place", every: .milliseconds(100)) {
                let waits = " AND wait_event_type = 'Lock' AND query_start < clock_timestamp() - interval '5 s'"
                return try database.sql(activity + waits) != "0"
            }
            _ = try database.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            _ = try await answer
            try await eventually("it is refreshed") { try await scenario.show(id)["generation"] as? Int == 2 }
            #expect(try database.count("attempt", where: "state = 'not_sent'") == 0)
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
