import Foundation
import ProviderSimulator
import TestSupport
import Testing

extension Scenario {
    /// Runs a test on a host that serves and has its client configured. In the end the host must stop in good order.
    static func serving(
        _ name: String, client: SimulatedClient = SimulatedClient(id: "sandbox-client"),
        settings: [String: any Sendable] = [:], timing: [String: String] = TestHost.shortTiming,
        _ body: @Sendable (Scenario, ChildProcess) async throws -> Void
    ) async throws {
        try await run(name, environment: timing) { scenario in
            let child = try await scenario.host.start()
            scenario.provider.register(client)
            try await scenario.configure(client: client.id, class: settings)
            try await body(scenario, child)
            scenario.provider.release()
            child.kill(SIGTERM)
            try await child.waitForEnd()
            #expect(child.exitCode == 0)
        }
    }

    /// A connection of that client at generation 1; the provider's counters start afterwards.
    func connected(to client: SimulatedClient = SimulatedClient(id: "sandbox-client")) async throws -> String {
        let id = try await connect(client: client.id)
        provider.reset([.stats, .log])
        return id
    }

    /// Refreshes the provider has seen since then.
    var refreshCalls: Int { provider.statistics().refreshCalls }

    /// Waits for a generation of a connection.
    func reaches(_ generation: Int, _ id: String) async throws {
        try await eventually("\(id) reaches generation \(generation)", every: .milliseconds(50)) {
            try await show(id)["generation"] as? Int == generation
        }
    }

    /// Waits for a status of a connection.
    func reaches(_ status: String, _ id: String, within limit: Duration = .seconds(20)) async throws {
        var last = ""
        try await eventually("\(id) is \(status); last: \(last)", within: limit, every: .milliseconds(50)) {
            last = try await show(id)["status"] as? String ?? ""
            return last == status
        }
    }

    /// The sum of a metric's series.
    func metric(_ name: String) async throws -> Int {
        var sum = 0
        for port in host.allMetricsPorts {
            let text = try await host.probe.send("GET", "http://127.0.0.1:\(port)/metrics").text
            sum += text.split(separator: "\n").filter { $0.hasPrefix(name) }
                .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.map { Int($0) }.reduce(0, +)
        }
        return sum
    }

    /// Several refreshes at once.
    func refreshes(_ count: Int, of id: String, _ json: [String: any Sendable]) async throws -> [HTTPProbe.Answer] {
        try await withThrowingTaskGroup(of: HTTPProbe.Answer.self) { group in
            for _ in 0..<count { group.addTask { try await refresh(id, json) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// A command of an admin.
    func command(_ method: String, _ path: String, _ json: [String: any Sendable]? = nil) async throws
        -> HTTPProbe.Answer
    {
        try await host.call(method, "/api/v1" + path, token: callers.user(), json: json)
    }
}

extension HTTPProbe.Answer {
    var code: String { json["code"] as? String ?? "" }
    var outcome: String { json["outcome"] as? String ?? "" }
    var generation: Int { json["generation"] as? Int ?? 0 }
    var warnings: [String] { (json["warnings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String } }
}

/// Patience for storms: a soft deadline that no caller reaches.
let patientTiming = TestHost.shortTiming.merging([
    "REFRESH_SOFT_DEADLINE": "20s", "REFRESH_HARD_DEADLINE": "25s", "LEASE_DURATION": "35s",
    "REFRESH_OWNER_GRACE": "80s",
]) { $1 }

/// The same for calls that outlive their callers' patience: much time between the soft and the hard deadline.
let impatientTiming = patientTiming.merging(["REFRESH_SOFT_DEADLINE": "1s"]) { $1 }

/// Patience for hundreds of callers of one call that waits for the last of them.
let stormTiming = patientTiming.merging([
    "REFRESH_SOFT_DEADLINE": "60s", "REFRESH_HARD_DEADLINE": "65s", "LEASE_DURATION": "80s",
    "REFRESH_OWNER_GRACE": "170s",
]) { $1 }

/// Patience where a call's silence is waited for afterwards, which lasts as long as its hard deadline.
let unhurriedTiming = TestHost.shortTiming.merging([
    "REFRESH_SOFT_DEADLINE": "8s", "REFRESH_HARD_DEADLINE": "9s", "LEASE_DURATION": "15s",
    "REFRESH_OWNER_GRACE": "40s",
]) { $1 }
