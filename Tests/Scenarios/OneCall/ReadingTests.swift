import ProviderSimulator
import TestSupport
import Testing

/// Reads that refresh first, and refreshes that nobody asked for.
@Suite(.hosts(1)) struct ReadingTests {
    @Test("a read refreshes first when less validity is left than asked")
    func minimumValidity() async throws {
        let client = SimulatedClient(id: "brief", lifetime: 120)
        try await Scenario.serving("validity", client: client) { scenario, _ in
            let id = try await scenario.connected(to: client)
            let whole = try await read(id, validFor: 120, scenario)
            #expect(whole.generation == 1 && whole.warnings == ["shorter_than_asked"], "the provider grants no more")
            #expect(scenario.refreshCalls == 0)
            try await eventually("some seconds have passed", every: .milliseconds(100)) {
                try await read(id, validFor: 0, scenario).json["expires_in"] as? Int ?? 0 < 116
            }
            let fresh = try await read(id, validFor: 116, scenario)
            #expect(fresh.status == 200 && fresh.generation == 2 && fresh.warnings.isEmpty)
            #expect(scenario.refreshCalls == 1)
        }
    }

    @Test("a token past its end is never served; a read refreshes it")
    func expired() async throws {
        let client = SimulatedClient(id: "brief", rotation: .static, lifetime: 8)
        try await Scenario.serving("expired", client: client, settings: ["rotation": "static"]) { scenario, _ in
            let id = try await scenario.connected(to: client)
            scenario.provider.add(Fault(.status, operation: .refresh, times: .forever, status: 503))
            try await scenario.reaches("degraded", id)
            #expect(try await read(id, validFor: 0, scenario).warnings == ["refresh_failing"])
            var last: HTTPProbe.Answer?
            try await eventually("it is past", every: .milliseconds(100)) {
                last = try await read(id, validFor: 0, scenario)
                return last?.status != 200
            }
            #expect(last?.status == 424 && last?.code == "provider_unavailable" && last?.header("Retry-After") != nil)
            scenario.provider.clearFaults()
            try await eventually("it is served again", within: .seconds(40), every: .milliseconds(100)) {
                try await read(id, validFor: 0, scenario).status == 200
            }
        }
    }

    @Test("the scheduler refreshes before the end")
    func proactive() async throws {
        let client = SimulatedClient(id: "brief", lifetime: 6)
        try await Scenario.serving("proactive", client: client) { scenario, _ in
            let id = try await scenario.connected(to: client)
            try await scenario.reaches(2, id)
            let line = try #require(scenario.provider.log().first)
            #expect(line.arrivedAt < line.accessTokenExpiresAt ?? 0)
        }
    }

    @Test("keep-alive: idle_lifetime of the organization's config")
    func keepAlive() async throws {
        let client = SimulatedClient(id: "sandbox-static", rotation: .static)
        let settings: [String: any Sendable] = ["rotation": "static", "idle_lifetime": "5s"]
        try await Scenario.serving("keep-alive", client: client, settings: settings) { scenario, _ in
            let id = try await scenario.connected(to: client)
            try await scenario.reaches(2, id)
            #expect(scenario.provider.log().map(\.verdict) == [.fresh])
        }
    }

    private func read(_ id: String, validFor seconds: Int, _ scenario: Scenario) async throws -> HTTPProbe.Answer {
        try await scenario.host.call(
            "GET", "/api/v1/connections/\(id)/token?min_validity=\(seconds)",
            token: scenario.callers.service("token:read"))
    }
}
