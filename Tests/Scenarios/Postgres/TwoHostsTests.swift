import Foundation
import PostgresServer
import ProviderSimulator
import TestSupport
import Testing

/// What callers of one host see of what another does at the same moment.
@Suite(.hosts(2)) struct TwoHostsTests {
    private let atProvider = GateRule(operation: .refresh)

    @Test("callers at two hosts share one provider call, and those of the other host have joined it (PROTOCOL.md §8)")
    func waiting() async throws {
        try await Self.serving("two-waiting") { first, second in
            let id = try await first.connected()
            first.provider.hold(atProvider)
            async let owner = first.refresh(id, ["observed_generation": 1])
            #expect(await first.provider.whenWaiting() == 1)
            async let others = second.refreshes(50, of: id, ["observed_generation": 1])
            try await eventually("all wait at the other host", every: .milliseconds(50)) {
                try await second.metric("token_manager_refresh_joined_total") >= 50
            }
            first.provider.release()
            #expect(try await owner.outcome == "refreshed")
            for answer in try await others {
                #expect(answer.status == 200 && answer.generation == 2 && answer.outcome == "joined")
            }
            #expect(first.refreshCalls == 1)
        }
    }

    @Test(
        "force is bound to the generation at its arrival, and comes through once per interval, at whichever host (M41)")
    func force() async throws {
        let timing = patientTiming.merging(["REFRESH_FORCE_INTERVAL": "60s"]) { $1 }
        try await Self.serving("two-force", timing: timing) { first, second in
            let id = try await first.connected()
            first.provider.hold(atProvider)
            async let here = first.refreshes(25, of: id, ["force": true])
            async let there = second.refreshes(25, of: id, ["force": true])
            try await eventually("all but the one that calls have joined", every: .milliseconds(50)) {
                let name = "token_manager_refresh_joined_total"
                return try await first.metric(name) + second.metric(name) >= 49
            }
            first.provider.release()
            for answer in try await here + there { #expect(answer.status == 200 && answer.generation == 2) }
            for host in [first, second] {
                let again = try await host.refresh(id, ["force": true])
                #expect(again.status == 200 && again.outcome == "current" && again.header("Retry-After") != nil)
            }
            #expect(first.refreshCalls == 1)
        }
    }

    @Test("a connection that is revoked at one host while another refreshes it is served by neither")
    func revoked() async throws {
        try await Self.serving("two-revoked") { first, second in
            let id = try await first.connected()
            first.provider.hold(atProvider)
            async let owner = first.refresh(id, ["observed_generation": 1])
            #expect(await first.provider.whenWaiting() == 1)
            async let waiter = second.refresh(id, ["observed_generation": 1])
            try await eventually("the other host waits", every: .milliseconds(50)) {
                try await second.metric("token_manager_refresh_joined_total") >= 1
            }
            #expect(try await second.command("POST", "/connections/\(id)/revoke").status == 202)
            #expect(try await waiter.code == "revoked")
            first.provider.release()
            #expect(try await owner.code == "revoked")
            for host in [first, second] { #expect(try await host.token(id).code == "revoked") }
        }
    }

    @Test("one Idempotency-Key at two hosts at once is one import, and both have its answer")
    func oneKey() async throws {
        try await Self.serving("two-keys") { first, second in
            let grant = try #require(
                first.provider.issueGrant(clientID: "sandbox-client", scope: "read offline", subject: "somebody"))
            try TestFolders.noteCanaries([grant.refreshToken])
            first.provider.hold(atProvider)
            async let here = Self.importing(grant, at: first, key: "k1")
            #expect(await first.provider.whenWaiting() == 1)
            async let there = Self.importing(grant, at: second, key: "k1")
            async let unkeyed = Self.importing(grant, at: second, key: nil)
            #expect(try await unkeyed.code == "duplicate_grant")
            first.provider.release()
            let (answer, repeated) = (try await here, try await there)
            #expect(answer.status == 201 && repeated.status == 201 && answer.text == repeated.text)
            #expect(repeated.header("Idempotency-Replayed") == "true")
        }
    }

    @Test("a stream at one host has what another commits, in order and once, and goes on at either by its last id")
    func events() async throws {
        try await Self.serving("two-events") { first, second in
            let token = first.callers.service("events:read")
            let reader = EventReader(second.host.url + "/api/v1/events", token: token)
            let reading = Task { await reader.follow() }
            for number in 1...20 {
                try await (number.isMultiple(of: 3) ? second : first).toggle(enabled: number.isMultiple(of: 2))
            }
            let ids = try await first.eventIDs()
            #expect(ids.count == 20 && Set(ids).count == 20)
            try await eventually("the reader has all", every: .milliseconds(50)) { reader.events.count >= 20 }
            #expect(reader.events.map { $0.text("eventId") } == ids)
            reading.cancel()
            let rest = EventReader(first.host.url + "/api/v1/events?after=\(reader.events[9].id)", token: token)
            let resumed = Task { await rest.follow() }
            try await eventually("the rest at the other host", every: .milliseconds(50)) { rest.events.count >= 10 }
            #expect(rest.events.map { $0.text("eventId") } == Array(ids.dropFirst(10)))
            resumed.cancel()
        }
    }

    private static func importing(
        _ grant: IssuedGrant, at scenario: Scenario, key: String?
    ) async throws -> HTTPProbe.Answer {
        try await scenario.host.call(
            "POST", "/api/v1/connectors/sandbox/connections", token: scenario.callers.user(),
            json: ["grant": "refresh_token", "refresh_token": grant.refreshToken],
            headers: key.map { ["Idempotency-Key": $0] } ?? [:])
    }

    /// Two hosts with one key and one fresh database, and a client that both know.
    private static func serving(
        _ name: String, timing: [String: String] = patientTiming,
        _ body: @Sendable (_ first: Scenario, _ second: Scenario) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let environment = timing.merging([
                "STORE_URL": database.url, "STORE_MIGRATION_URL": database.migrationURL,
            ]) { $1 }
            try await Scenario.run(name, environment: environment) { first in
                let sameKey = ["KEY_PROVIDER": "file:\(first.host.folder.path)/master.key"]
                let second = first.on(try TestHost(name + "-b", environment: environment.merging(sameKey) { $1 }))
                let children = [try await first.host.start(), try await second.host.start()]
                first.provider.register(SimulatedClient(id: "sandbox-client"))
                try await first.configure()
                try await body(first, second)
                first.provider.release()
                for child in children {
                    child.kill(SIGTERM)
                    try await child.waitForEnd()
                    #expect(child.exitCode == 0)
                }
            }
        }
    }
}
