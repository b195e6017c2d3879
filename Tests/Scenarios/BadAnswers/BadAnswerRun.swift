import Foundation
import ProviderSimulator
import TestSupport

/// Plays one misbehaviour against a connection whose client is its own, so that many can be played beside each other.
struct BadAnswerRun: Sendable {
    let answer: BadAnswer
    let rotation: ProviderSimulator.RotationClass
    let scenario: Scenario
    /// The client here and at the provider.
    let client: String

    private var effect: BadAnswer.Effect { rotation == .static ? answer.static : answer.family }
    private var provider: SimulatedProvider { scenario.provider }

    /// What was not as it must be.
    func problems() async throws -> [String] {
        try await configure()
        let id = try await scenario.importGrant(try grant(), client: client)
        var fault = answer.fault
        (fault.operation, fault.clientID) = (.refresh, client)
        if answer.saysEnd {
            fault.value = "\(Int((Date().timeIntervalSince1970 + Double(answer.lifetime)) * 1000))"
        }
        provider.add(fault)
        let caller = try await scenario.refresh(id, ["force": true])
        // Whatever asks again by itself waits until its effect was looked at.
        provider.hold(GateRule(operation: .refresh, clientID: client))
        var problems: [String] = []
        let word = caller.outcome.isEmpty ? caller.code : caller.outcome
        if caller.status != effect.status || word != effect.word {
            problems.append("the caller got \(caller.status) \(word)")
        }
        if caller.status == 424, caller.header("Retry-After") == nil { problems.append("no Retry-After") }
        try await scenario.reaches(effect.state, id)
        problems += try await reading(id)
        provider.release(GateRelease(clientID: client))
        problems += try await healing(id)
        return problems
    }

    /// The line of the table.
    var text: String {
        "| \(answer.name) | \(rotation.rawValue) | \(effect.row) | \(effect.status) \(effect.word) | \(effect.state) | \(effect.healing) |"
    }

    private func configure() async throws {
        provider.register(SimulatedClient(id: client, rotation: rotation))
        let put = try await scenario.command(
            "PUT", "/connectors/sandbox/config?client=\(client)",
            [
                "client_id": client, "client_secret": "sandbox-secret",
                "inputs": ["port": "\(try await provider.port)"],
                "settings": ["rotation": rotation.rawValue],
            ])
        guard put.status == 200 else { throw Failure("config: \(put.status) \(put.text)") }
    }

    private func grant() throws -> IssuedGrant {
        guard let grant = provider.issueGrant(clientID: client, scope: "read offline") else {
            throw Failure("no grant")
        }
        return grant
    }

    private var calls: Int { provider.log().count { $0.clientID == client && $0.operation == .refresh } }

    /// The stored token is served while it is valid, with a warning where the refresh is ill.
    private func reading(_ id: String) async throws -> [String] {
        let read = try await scenario.token(id)
        guard read.status == 200 else { return ["a read got \(read.status) \(read.text)"] }
        let isIll = effect.state != "active" || effect.healing == .afterConfig
        var problems: [String] = []
        if read.warnings != (isIll ? ["refresh_failing"] : []) { problems.append("warnings \(read.warnings)") }
        if isIll, read.generation != 1 { problems.append("generation \(read.generation) is served") }
        let left = read.json["expires_in"] as? Int ?? -1
        if !isIll, read.generation == 2, !(answer.lifetime - 20...answer.lifetime).contains(left) {
            problems.append("expires_in \(left)")
        }
        return problems
    }

    private func healing(_ id: String) async throws -> [String] {
        switch effect.healing {
        case .none:
            let again = try await scenario.refresh(id, ["force": true])
            return again.generation == 3 ? [] : ["the next refresh: \(again.status) \(again.text)"]
        case .byItself:
            try await scenario.reaches(2, id)
            return []
        case .afterReport:
            try await report(id, until: { $0.generation == 2 })
            return []
        case .lost:
            try await report(id, until: { $0.code == "needs_reauthorization" })
            let reason = try await scenario.show(id)["status_reason"] as? String
            return reason == "lost_in_rotation" ? [] : ["status_reason \(reason ?? "-")"]
        case .afterConfig:
            return try await reconfigure(id)
        }
    }

    /// Nothing is presented until the access token is reported dead; then it is replayed.
    private func report(_ id: String, until done: (HTTPProbe.Answer) -> Bool) async throws {
        guard calls == 2 else { throw Failure("\(calls) presentations before the access token was reported") }
        try await eventually("it is out of recovery", every: .milliseconds(100)) {
            done(try await scenario.refresh(id, ["observed_generation": 1]))
        }
    }

    /// The breaker keeps the client quiet until its config changes.
    private func reconfigure(_ id: String) async throws -> [String] {
        var problems: [String] = []
        let held = try await scenario.refresh(id, ["force": true])
        if held.code != "client_misconfigured" || calls != 2 {
            problems.append("the breaker let \(calls) calls pass: \(held.text)")
        }
        try await configure()
        try await eventually("after the config it is refreshed, at each host", within: TestStore.hearing) {
            try await scenario.refresh(id, ["force": true]).outcome == "refreshed"
        }
        return problems
    }
}
