import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// What may be redeemed, and what was granted for it.
@Suite(.serialized) struct GrantTests {
    @Test(
        "SECURITY 8: no password and no implicit grant of a person; a provider's own password grant is a lint warning")
    func passwords() async throws {
        let base = "http://127.0.0.1:1"
        let plain = Definitions.text("plain", at: base)
        let folder = try Definitions.folder(
            "passwords",
            [
                "plain": plain,
                "listed": Definitions.text("listed", at: base, "grants: [password]"),
                "implicit": Definitions.text("implicit", at: base, "grants: [implicit]"),
                "fragment": plain.replacing("id: plain", with: "id: fragment").replacing(
                    "/authorize'\n", with: "/authorize'\n  parameters: {response_type: token}\n"),
                "explicit": plain.replacing("id: plain", with: "id: explicit").replacing(
                    "/token'\n", with: "/token'\n  grant_type: password\n"),
            ])
        let host = try TestHost("passwords", connectors: folder)
        let child = try await host.start()
        try await host.configure("plain")
        for grant in ["password", "implicit", "token"] {
            let answer = try await host.call(
                "POST", "/api/v1/connectors/plain/connections", token: CallerTokens().user(),
                json: ["grant": grant, "username": "ada", "password": "canary-password"])
            #expect(answer.status == 422 && !answer.text.contains("canary-password"), "\(grant): \(answer.text)")
        }
        let browser = Browser(host: host, callers: CallerTokens())
        #expect(browser.query(try await browser.authorize("plain").providerURL)["response_type"] == "code")
        for refused in ["listed", "implicit", "fragment"] {
            let shown = try await host.call("GET", "/api/v1/connectors/\(refused)", token: CallerTokens().user())
            #expect(shown.status == 404, "\(refused): \(shown.text)")
        }
        try await host.stop(child)
        let path = folder.appendingPathComponent("explicit.yaml").path
        let lint = try await host.command("lint", path)
        #expect(lint.code == 0 && lint.output.contains("password-grant"), "\(lint.output)")
        #expect(try await host.command("lint", "--strict", path).code == 1)
    }

    @Test("SECURITY 9: what was granted is recorded, and less than was asked for is an event")
    func reducedScopes() async throws {
        try await Scenario.run("reduced-scopes") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let whole = try await connected(scenario)
            #expect(try await Self.scopes(whole, scenario) == ["read", "offline"])
            #expect(try await Self.reductions(scenario).isEmpty)
            try TestFolders.noteCanaries(["canary-narrow-access", "canary-narrow-refresh"])
            scenario.provider.add(
                Fault(
                    .respond, operation: .exchange, status: 200, headers: ["Content-Type": "application/json"],
                    body: #"""
                        {"access_token":"canary-narrow-access","token_type":"Bearer","expires_in":3600,
                         "refresh_token":"canary-narrow-refresh","scope":"read"}
                        """#))
            let narrow = try await connected(scenario)
            #expect(try await Self.scopes(narrow, scenario) == ["read"])
            #expect(try await scenario.show(narrow)["missing_scopes"] as? [String] == ["offline"])
            let events = try await Self.reductions(scenario)
            #expect(events.map { $0["connectionId"] as? String } == [narrow])
            #expect(events.first?["reason"] as? String == "missing: offline")
            try await scenario.host.stop(child)
        }
    }

    @Test("SECURITY 38: one organization's refreshes that hang hold up no other's")
    func starvation() async throws {
        // Nobody's patience ends while they hang.
        let timing = [
            "REFRESH_SOFT_DEADLINE": "20s", "REFRESH_HARD_DEADLINE": "25s", "LEASE_DURATION": "35s",
            "REFRESH_OWNER_GRACE": "80s",
        ]
        try await Scenario.run("starvation", environment: TestHost.shortTiming.merging(timing) { $1 }) { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let other = scenario.inOrganization("org-2")
            try await other.configure(client: "sandbox-static", class: ["rotation": "static"])
            var hanging: [String] = []
            for _ in 0..<64 { hanging.append(try await scenario.connect()) }
            let mine = try await other.connect(client: "sandbox-static")
            scenario.provider.hold(GateRule(operation: .refresh, clientID: "sandbox-client"))
            let stuck = hanging
            async let held: Void = withThrowingTaskGroup(of: Void.self) { group in
                for id in stuck { group.addTask { _ = try await scenario.refresh(id, ["force": true]) } }
                try await group.waitForAll()
            }
            #expect(await scenario.provider.whenWaiting(16) >= 16)
            let answer = try await other.refresh(mine, ["force": true])
            #expect(answer.status == 200 && answer.json["outcome"] as? String == "refreshed", "\(answer.text)")
            #expect(await scenario.provider.whenWaiting() >= 16, "they hang still")
            scenario.provider.release()
            try await held
            try await scenario.host.stop(child)
        }
    }

    /// A person's consent, the whole way.
    private func connected(_ scenario: Scenario) async throws -> String {
        let browser = Browser(host: scenario.host, callers: scenario.callers)
        let start = try await browser.authorize()
        let visit = try await browser.open(start)
        let end = try await browser.callback(try await browser.consent(visit.location), cookie: visit.cookie)
        #expect(end.status == 200, "\(end.text)")
        return start.connection
    }

    private static func scopes(_ id: String, _ scenario: Scenario) async throws -> [String]? {
        try await scenario.show(id)["granted_scopes"] as? [String]
    }

    private static func reductions(_ scenario: Scenario) async throws -> [[String: Any]] {
        let page = try await scenario.host.call(
            "GET", "/api/v1/events?types=SCOPES_REDUCED", token: scenario.callers.service("events:read"))
        return page.json["events"] as? [[String: Any]] ?? []
    }
}
