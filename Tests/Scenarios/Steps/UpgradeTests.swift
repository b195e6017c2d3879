import Foundation
import TestSupport
import Testing

/// `upgrade`: one more request after the exchange, whose answer replaces the token set (DESIGN.md §2, §3).
@Suite(.hosts(1)) struct UpgradeTests {
    private static let long = "canary-long-token-1"
    private static let answer = #"{"access_token":"\#(long)","expires_in":86400}"#

    private static func keys(_ provider: StepProvider) -> String {
        """
        upgrade:
          endpoint: \(provider.address)/upgrade
          grant_type: exchange_token
        refresh: {uses: access_token, rotation: static}
        """
    }

    @Test("the upgraded token is what is served, as the next generation") func happy() async throws {
        try await StepScenario.run("upgrade", Self.keys) { steps, _ in
            steps.provider.set("/upgrade", Self.answer)
            let (id, made) = try await steps.connect()
            #expect(made.status == 201 && made.json["status"] as? String == "active", "\(made.text)")
            let token = try await steps.scenario.token(id)
            #expect(token.json["access_token"] as? String == Self.long && token.generation == 2)
            let request = try #require(steps.provider.requests("/upgrade").first)
            #expect(request.form["access_token"] == StepProvider.accessToken)
            #expect(request.form["grant_type"] == "exchange_token" && request.form["refresh_token"] == nil)
            #expect(steps.provider.requests("/upgrade").count == 1 && steps.provider.requests("/token").count == 1)
        }
    }

    @Test(
        "a failing upgrade: the exchange's token is kept and served, nothing refreshes it, and only the step is retried"
    )
    func failing() async throws {
        try await StepScenario.run("upgrade-fails", Self.keys) { steps, _ in
            steps.provider.set("/upgrade", #"{"error":"temporarily_unavailable"}"#, status: 503)
            let (id, made) = try await steps.connect()
            #expect(made.status == 201 && made.json["status"] as? String == "degraded", "\(made.text)")
            #expect(made.json["status_reason"] as? String == "upgrade")
            #expect(try await steps.lastError(id) == "temporarily_unavailable")
            let listed = try await steps.scenario.command("GET", "/connections?status=degraded")
            #expect((listed.json["items"] as? [Any])?.count == 1)
            let token = try await steps.scenario.token(id)
            #expect(token.json["access_token"] as? String == StepProvider.accessToken)
            #expect(token.warnings == ["refresh_failing"])
            #expect(try await steps.scenario.refresh(id, ["force": true]).code == "provider_unavailable")
            steps.provider.set("/upgrade", Self.answer)
            try await steps.scenario.reaches("active", id)
            #expect(try await steps.scenario.token(id).generation == 2)
            #expect(steps.provider.requests("/upgrade").count >= 2 && steps.provider.requests("/token").count == 1)
        }
    }

    @Test(
        "kill -9 between the exchange and the end of the upgrade loses nothing",
        arguments: [("committed", 1), ("step_answered", 2), ("step_spooled", 1)])
    func killed(_ point: String, _ calls: Int) async throws {
        try await StepScenario.run("upgrade-\(point)", Self.keys, fault: point) { steps, child in
            steps.provider.set("/upgrade", Self.answer)
            let (state, id, _, _) = try await steps.authorize()
            _ = try? await steps.exchange(state)
            try await child.waitForEnd()
            #expect(child.wasKilled)
            let next = try await steps.scenario.host.start()
            try await steps.scenario.reaches("active", id)
            let token = try await steps.scenario.token(id)
            #expect(token.json["access_token"] as? String == Self.long && token.generation == 2)
            #expect(steps.provider.requests("/token").count == 1, "the code is spent once")
            #expect(steps.provider.requests("/upgrade").count == calls)
            next.kill(SIGTERM)
            try await next.waitForEnd()
            #expect(try HostFiles(folder: steps.scenario.host.folder).spoolEntries().isEmpty)
        }
    }

    @Test("a revoked connection stays revoked, whatever its upgrade would bring") func revoked() async throws {
        try await StepScenario.run("upgrade-revoked", Self.keys) { steps, _ in
            steps.provider.set("/upgrade", "{}", status: 503)
            let (id, _) = try await steps.connect()
            #expect(try await steps.scenario.command("POST", "/connections/\(id)/revoke").status == 202)
            steps.provider.set("/upgrade", Self.answer)
            #expect(try await steps.scenario.show(id)["status"] as? String == "revoked")
            #expect(try await steps.scenario.token(id).code == "revoked")
        }
    }
}
