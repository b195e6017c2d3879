import Foundation
import TestSupport
import Testing

/// What a callback brings beside the code: the issuer, and values that requests use.
@Suite(.hosts(1)) struct CallbackValueTests {
    @Test(
        "a code without state that fails for certain leaves nothing, and its name is free; what may be read yet, stays")
    func names() async throws {
        try await StepScenario.run(
            "without-state-names", { "issuer: \"\($0.address)\"" }, change: Self.capturing("iss"),
            settings: ["exchange_without_state": true]
        ) { steps, _ in
            let issuer = ["iss": steps.provider.address]
            for parameters in [[:], ["iss": "https://evil.example"]] {
                let refused = try await Self.exchange(parameters, steps)
                #expect(refused.status == 422 && refused.code == "invalid_state", "\(refused.text)")
                #expect(try await Self.connections(steps) == 0)
            }
            #expect(steps.provider.requests("/token").isEmpty)
            steps.provider.set("/token", #"{"error":"invalid_grant"}"#, status: 400)
            #expect(try await Self.exchange(issuer, steps).code == "provider_error")
            #expect(try await Self.connections(steps) == 0)
            steps.provider.hangUp("/token")
            #expect(try await Self.exchange(issuer, steps).code == "provider_unavailable")
            #expect(try await Self.connections(steps) == 0, "no answer can come any more")
            steps.provider.set("/token", "[]")
            #expect(try await Self.exchange(issuer, steps).code == "provider_unavailable")
            #expect(try await Self.connections(steps) == 1, "a mended definition may read what came")
            let taken = try await Self.exchange(issuer, steps)
            #expect(taken.code == "invalid_input" && taken.text.contains("name"), "\(taken.text)")
            #expect(steps.provider.requests("/token").count == 3)
        }
    }

    @Test("a renewal's code goes where its own callback says, not where an earlier one did")
    func ownValues() async throws {
        let change: (String) -> String = {
            Self.capturing("region")($0).replacing("/token\"}", with: "/token\", parameters: {region: \"{region}\"}}")
        }
        try await StepScenario.run("callback-values", { _ in "" }, change: change) { steps, _ in
            let (state, id, _, _) = try await steps.authorize()
            #expect(try await Self.exchange(["region": "eu"], state, steps).status == 201)
            let (next, same, _, _) = try await steps.authorize(["connection": id])
            #expect(same == id)
            #expect(try await Self.exchange(["region": "us"], next, steps).status == 200)
            #expect(steps.provider.requests("/token").map { $0.form["region"] } == ["eu", "us"])
            #expect(try await steps.captured(id) == ["region": "us"])
        }
    }

    // MARK: Helpers

    /// The callback's parameter of that name is captured under it.
    private static func capturing(_ name: String) -> (String) -> String {
        { $0.replacing("/authorize\"}", with: "/authorize\", callback: {capture: {\(name): \(name)}}}") }
    }

    private static func exchange(
        _ parameters: [String: String], _ state: String, _ steps: StepScenario
    ) async throws -> HTTPProbe.Answer {
        let json: [String: any Sendable] = ["code": "canary-code-1", "state": state, "parameters": parameters]
        return try await steps.scenario.command("POST", "/connectors/acme/exchange", json)
    }

    private static func exchange(
        _ parameters: [String: String], _ steps: StepScenario
    ) async throws -> HTTPProbe.Answer {
        let json: [String: any Sendable] = [
            "code": "canary-code-1", "redirect_uri": "https://app.example/cb", "name": "Installed",
            "parameters": parameters,
        ]
        return try await steps.scenario.command("POST", "/connectors/acme/exchange", json)
    }

    private static func connections(_ steps: StepScenario) async throws -> Int? {
        (try await steps.scenario.command("GET", "/connections").json["items"] as? [Any])?.count
    }
}
