import Foundation
import TestSupport
import Testing

/// `after_connect` and `introspection` on the real host (DESIGN.md §3).
@Suite(.hosts(1)) struct AfterConnectTests {
    private static func keys(_ provider: StepProvider) -> String {
        """
        after_connect:
          - get: \(provider.address)/tenants
            list: /all
            capture: {tenant_id: /id, tenant_name: /name}
          - put: \(provider.address)/tenants/{tenant_id}
            json: {name: "{tenant_name}"}
        """
    }

    private static let two = #"{"all":[{"id":"t-1","name":"One"},{"id":"t-2","name":"Two"}]}"#

    @Test("one thing left: captured, used by the next step, served with the token") func single() async throws {
        try await StepScenario.run("after-connect", Self.keys) { steps, _ in
            steps.provider.set("/tenants", #"{"all":[{"id":"t 1","name":"One"}]}"#)
            steps.provider.set("/tenants/t%201", "", status: 200)
            let (id, made) = try await steps.connect()
            #expect(made.json["status"] as? String == "active" && made.json["choices"] == nil, "\(made.text)")
            let token = try await steps.scenario.token(id)
            #expect(token.json["captured"] as? [String: String] == ["tenant_id": "t 1", "tenant_name": "One"])
            let put = try #require(steps.provider.requests("/tenants/t%201").first)
            #expect(put.head.hasPrefix("PUT ") && put.body == #"{"name":"One"}"#)
            #expect(put.header("authorization") == "Bearer \(StepProvider.accessToken)")
            #expect(steps.provider.requests("/tenants").count == 1)
        }
    }

    @Test("several: pending with choices, nothing is served, PATCH names one and the steps go on; a renewal keeps it")
    func choices() async throws {
        try await StepScenario.run("choices", Self.keys) { steps, _ in
            steps.provider.set("/tenants", Self.two)
            steps.provider.set("/tenants/t-2", "{}")
            let (id, made) = try await steps.connect()
            #expect(made.status == 201 && made.json["status"] as? String == "pending", "\(made.text)")
            let choices = made.json["choices"] as? [[String: Any]] ?? []
            #expect(choices.map { $0["id"] as? String } == ["t-1", "t-2"])
            #expect(choices.last?["captured"] as? [String: String] == ["tenant_id": "t-2", "tenant_name": "Two"])
            #expect(try await steps.scenario.token(id).code == "pending")
            func patch(_ json: [String: any Sendable]) async throws -> HTTPProbe.Answer {
                try await steps.scenario.command("PATCH", "/connections/\(id)", json)
            }
            #expect(try await patch(["choice": "t-3"]).code == "invalid_input")
            let named = try await patch(["choice": "t-2", "name": "Second", "metadata": ["crm": 7]])
            #expect(named.json["status"] as? String == "active" && named.json["choices"] == nil, "\(named.text)")
            #expect(named.json["name"] as? String == "Second")
            #expect(named.json["captured"] as? [String: String] == ["tenant_id": "t-2", "tenant_name": "Two"])
            #expect(try await steps.scenario.token(id).status == 200)
            #expect(steps.provider.requests("/tenants/t-2").count == 1)
            #expect(try await patch(["choice": "t-1"]).code == "invalid_input", "nothing is to be chosen")
            let again = try await steps.exchange(try await steps.authorize(["connection": id]).state)
            #expect(again.status == 200 && again.json["status"] as? String == "active", "\(again.text)")
            #expect(try await steps.captured(id)["tenant_id"] == "t-2")
        }
    }

    @Test("the browser hears that there is something to choose, also when it comes back again") func browser()
        async throws
    {
        try await StepScenario.run("choose", Self.keys) { steps, _ in
            steps.provider.set("/tenants", Self.two)
            let (_, _, _, start) = try await steps.authorize()
            let probe = steps.scenario.host.probe
            let ticket = try await probe.send("GET", start)
            let state = Journey.query(ticket.header("Location") ?? "")["state"] ?? ""
            let cookie = ticket.header("Set-Cookie")?.split(separator: ";").first.map(String.init) ?? ""
            for _ in 0..<2 {
                let page = try await probe.send(
                    "GET", steps.scenario.host.url + "/oauth/callback?code=canary-code-1&state=\(state)",
                    headers: ["Cookie": cookie])
                #expect(page.status == 200 && page.text.lowercased().contains("cho"), "\(page.text)")
            }
            #expect(steps.provider.requests("/token").count == 1)
        }
    }

    @Test("none left: pending without choices, and it is looked again") func none() async throws {
        try await StepScenario.run("no-choice", Self.keys) { steps, _ in
            steps.provider.set("/tenants", #"{"all":[]}"#)
            let (id, made) = try await steps.connect()
            #expect(made.json["status"] as? String == "pending")
            #expect((made.json["choices"] as? [Any])?.isEmpty == true)
            steps.provider.set("/tenants/t-1", "{}")
            steps.provider.set("/tenants", #"{"all":[{"id":"t-1","name":"One"}]}"#)
            try await steps.scenario.reaches("active", id)
        }
    }

    @Test("SECURITY 61: a capture that is a token is refused; a step that fails leaves the connection degraded")
    func capturedToken() async throws {
        try await StepScenario.run("captured-token", Self.keys) { steps, _ in
            steps.provider.set("/tenants", #"{"all":[{"id":"x\#(StepProvider.accessToken)"}]}"#)
            let (id, made) = try await steps.connect()
            #expect(made.json["status"] as? String == "degraded", "\(made.text)")
            #expect(try await steps.lastError(id) == "captures_a_token")
            #expect(try await steps.captured(id).isEmpty)
            #expect(!made.text.contains(StepProvider.accessToken))
            let read = try await steps.scenario.token(id)
            #expect(read.status == 200 && read.warnings == ["refresh_failing"])
            #expect(steps.provider.requests("/tenants/x\(StepProvider.accessToken)").isEmpty)
        }
    }

    @Test("SECURITY 62: a captured URL sends no bearer outside hosts") func capturedURL() async throws {
        let elsewhere = try RawServer { _ in RawServer.json("{}") }
        let keys: @Sendable (StepProvider) -> String = { provider in
            """
            after_connect:
              - get: \(provider.address)/me
                capture: {api: /api}
              - get: "{api}/x"
            hosts: ["\(provider.address.dropFirst(7))"]
            """
        }
        try await StepScenario.run("captured-url", keys) { steps, _ in
            steps.provider.set("/me", #"{"api":"http://127.0.0.1:\#(elsewhere.port)"}"#)
            let (id, made) = try await steps.connect()
            #expect(made.json["status"] as? String == "degraded", "\(made.text)")
            #expect(try await steps.lastError(id) != nil)
            #expect(elsewhere.connections == 0)
        }
    }

    @Test("introspection fills a missing lifetime, once per stored token; check asks it again")
    func introspection() async throws {
        let keys: @Sendable (StepProvider) -> String = {
            "introspection: {endpoint: \"\($0.address)/introspect\", when: no_expiry}"
        }
        try await StepScenario.run("introspection", keys) { steps, _ in
            let end = Int(Date().timeIntervalSince1970) + 1234
            steps.provider.set(
                "/token", #"{"access_token":"\#(StepProvider.accessToken)","refresh_token":"canary-rt-1"}"#)
            steps.provider.set("/introspect", #"{"active":true,"exp":\#(end)}"#)
            let (id, made) = try await steps.connect()
            #expect(made.json["status"] as? String == "active", "\(made.text)")
            let left = try await steps.scenario.token(id).json["expires_in"] as? Int ?? 0
            #expect((1200...1234).contains(left))
            #expect(steps.provider.requests("/introspect").first?.form["token"] == StepProvider.accessToken)
            #expect(steps.provider.requests("/introspect").count == 1)
            #expect(try await steps.scenario.refresh(id, ["force": true]).generation == 2)
            try await eventually("introspected after the refresh") { steps.provider.requests("/introspect").count == 2 }
            try await eventually("the lifetime is learned") {
                (1200...1234).contains(try await steps.scenario.token(id).json["expires_in"] as? Int ?? 0)
            }
            func check() async throws -> HTTPProbe.Answer {
                try await steps.scenario.command("POST", "/connections/\(id)/check")
            }
            #expect(try await check().json["ok"] as? Bool == true)
            steps.provider.set("/introspect", #"{"active":false}"#)
            let inactive = try await check()
            #expect(inactive.status == 200 && inactive.json["ok"] as? Bool == false)
            #expect(steps.provider.requests("/introspect").allSatisfy { !$0.body.contains("canary-rt-1") })
        }
    }
}
