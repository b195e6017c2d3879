import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// One consent that brings two tokens, each with a refresh token: two lines of one connection (DESIGN.md §2).
@Suite(.hosts(1)) struct SeveralTokensTests {
    @Test(
        "each is read and refreshed by its name; the worse one is the connection's status; both are revoked in the end")
    func twoLines() async throws {
        try await Self.serving("two-lines") { scenario in
            let (id, person) = try await Self.connect(scenario)
            let shown = try await scenario.show(id)
            let tokens = try #require(shown["tokens"] as? [[String: Any]])
            #expect(tokens.map { $0["name"] as? String } == ["default", "user"])
            #expect(tokens.map { $0["scopes"] as? [String] } == [["chat:write"], ["user:search:read"]])
            #expect(shown["granted_scopes"] as? [String] == ["chat:write", "user:search:read"])
            #expect((shown["missing_scopes"] as? [String])?.isEmpty == true)
            let (bots, persons) = (try await scenario.token(id), try await scenario.token(id, name: "user"))
            #expect(bots.status == 200 && persons.status == 200, "\(persons.text)")
            #expect(bots.json["access_token"] as? String != persons.json["access_token"] as? String)
            #expect(persons.json["name"] as? String == "user" && persons.json["token_type"] as? String == "Bearer")
            let nobody = try await scenario.token(id, name: "nobody")
            #expect(nobody.status == 404 && nobody.text.contains("no token of that name"), "\(nobody.text)")
            #expect(!(try await scenario.token("conn_x", name: "nobody").text.contains("of that name")))

            let refreshed = try await scenario.refresh(id, ["name": "user", "observed_generation": 1])
            #expect(refreshed.generation == 2 && refreshed.json["name"] as? String == "user", "\(refreshed.text)")
            #expect(try await scenario.token(id).generation == 1, "the bot's line has not moved")
            #expect((try await scenario.show(id)["granted_scopes"] as? [String])?.first == "chat:write")
            #expect(try await scenario.refresh(id, ["observed_generation": 1]).generation == 2)

            scenario.provider.withdrawConsent(family: person.family)
            let refused = try await scenario.refresh(id, ["name": "user", "observed_generation": 2])
            #expect(refused.outcome == "pending", "refused once, to be confirmed: \(refused.text)")
            try await scenario.reaches("needs_reauthorization", id)
            #expect(try await scenario.token(id).status == 200, "the bot's token is served all the same")
            #expect(try await scenario.token(id, name: "user").code == "needs_reauthorization")

            #expect(try await scenario.command("DELETE", "/connections/\(id)").status == 202)
            try await eventually("both are revoked at the provider", every: .milliseconds(50)) {
                try HostFiles(folder: scenario.host.folder).rows(of: id) == 0
            }
            #expect(scenario.provider.statistics().calls(of: .revoke) >= 2)
        }
    }

    @Test(
        "a renewal that brings one token leaves the other its grant and its scopes; a disabled connector hides no refusal"
    )
    func renewalOfOne() async throws {
        try await Self.serving("two-lines-renewed") { scenario in
            let (id, person) = try await Self.connect(scenario)
            let bot = try #require(scenario.provider.issueGrant(clientID: "sandbox-client"))
            let renewed = try await Self.consent(scenario, Self.answer(bot: bot), ["chat:write"], renewing: id)
            #expect(renewed.status == 200 && renewed.generation == 2, "\(renewed.text)")
            try await Self.expectScopes(of: id, scenario)
            #expect(try await scenario.token(id, name: "user").generation == 1)
            let refreshed = try await scenario.refresh(id, ["name": "user", "observed_generation": 1])
            #expect(refreshed.outcome == "refreshed" && refreshed.generation == 2, "\(refreshed.text)")
            let tokens = try #require(try await scenario.show(id)["tokens"] as? [[String: Any]])
            #expect(
                tokens.first?["scopes"] as? [String] == ["chat:write"], "one token's answer says nothing of the other")

            scenario.provider.withdrawConsent(family: person.family)
            _ = try await scenario.refresh(id, ["name": "user", "observed_generation": 2])
            try await scenario.reaches("needs_reauthorization", id)
            #expect(try await scenario.command("POST", "/connectors/two/disable").status == 200)
            let listed = try await scenario.command("GET", "/connections?status=needs_reauthorization")
            let items = listed.json["items"] as? [[String: Any]] ?? []
            #expect(items.map { $0["id"] as? String } == [id], "\(listed.text)")
            #expect(items.map { $0["status"] as? String } == ["needs_reauthorization"], "what would not work is shown")
        }
    }

    @Test("one refresh token is one line: where both tokens have the same it is presented for the first alone")
    func sharedRefreshToken() async throws {
        try await Self.serving("two-lines-shared") { scenario in
            let grants = try (0..<2).map { _ in try #require(scenario.provider.issueGrant(clientID: "sandbox-client")) }
            var shared = grants[1]
            shared.refreshToken = grants[0].refreshToken
            let scopes = ["chat:write", "user:search:read"]
            let made = try await Self.consent(scenario, Self.answer(bot: grants[0], person: shared), scopes)
            let id = try #require(made.json["id"] as? String, "\(made.text)")
            #expect(try await scenario.token(id, name: "user").status == 200)
            scenario.provider.reset([.log])
            let persons = try await scenario.refresh(id, ["name": "user", "observed_generation": 1])
            #expect(persons.outcome == "current" && persons.generation == 1, "\(persons.text)")
            #expect(try await scenario.refresh(id, ["observed_generation": 1]).generation == 2)
            #expect(scenario.provider.log().map(\.verdict) == [.fresh])

            // A renewal whose first token has the refresh token of the other line.
            let (two, held) = try await Self.connect(scenario)
            let known = try await Self.consent(scenario, Self.answer(bot: held), ["chat:write"], renewing: two)
            #expect(known.status == 409 && known.code == "duplicate_grant", "\(known.text)")
            #expect(known.json["connection_id"] as? String == two)
            #expect(try await scenario.token(two).generation == 1, "nothing has changed")
        }
    }

    @Test("events of the two tokens are told apart")
    func events() async throws {
        try await Self.serving("two-lines-events") { scenario in
            let (id, _) = try await Self.connect(scenario)
            let page = try await scenario.host.call(
                "GET", "/api/v1/events?types=TOKEN_CREATED", token: scenario.callers.service("events:read"))
            let events = (page.json["events"] as? [[String: Any]] ?? []).filter { $0["connectionId"] as? String == id }
            #expect(events.count == 2, "\(page.text)")
            #expect(Set(events.map { $0["reason"] as? String }) == [nil, "token: user"], "\(page.text)")
        }
    }

    // MARK: Helpers

    private static func expectScopes(of id: String, _ scenario: Scenario) async throws {
        let shown = try await scenario.show(id)
        let tokens = try #require(shown["tokens"] as? [[String: Any]])
        #expect(tokens.map { $0["scopes"] as? [String] } == [["chat:write"], ["user:search:read"]])
        #expect(shown["granted_scopes"] as? [String] == ["chat:write", "user:search:read"])
        #expect(shown["status"] as? String == "active")
    }

    /// A connection of the made-up bot and person; gives the person's grant.
    private static func connect(_ scenario: Scenario) async throws -> (id: String, person: IssuedGrant) {
        let grants = try (0..<2).map { _ in
            try #require(scenario.provider.issueGrant(clientID: "sandbox-client"))
        }
        let made = try await consent(
            scenario, answer(bot: grants[0], person: grants[1]), ["chat:write", "user:search:read"])
        #expect(made.status == 201, "\(made.text)")
        return (try #require(made.json["id"] as? String), grants[1])
    }

    /// Slack's answer to an exchange.
    private static func answer(bot: IssuedGrant, person: IssuedGrant? = nil) -> String {
        func members(_ grant: IssuedGrant, _ type: String, _ scope: String) -> String {
            """
            "access_token":"\(grant.accessToken)","refresh_token":"\(grant.refreshToken)",\
            "expires_in":\(grant.expiresIn),"token_type":"\(type)","scope":"\(scope)"
            """
        }
        let user = person.map { #","authed_user":{"id":"U1",\#(members($0, "user", "search:read"))}"# } ?? ""
        return #"{"ok":true,\#(members(bot, "bot", "chat:write"))\#(user)}"#
    }

    /// A whole authorization whose exchange is answered so.
    private static func consent(
        _ scenario: Scenario, _ answer: String, _ scopes: [String], renewing id: String? = nil
    ) async throws -> HTTPProbe.Answer {
        var body: [String: any Sendable] = ["scopes": scopes]
        if let id { body["connection"] = id }
        let started = try await scenario.command("POST", "/connectors/two/authorize", body)
        #expect(started.status == 201, "\(started.text)")
        let asks = (started.json["provider_url"] as? String ?? "").contains("user_scope=search")
        #expect(asks == scopes.contains("user:search:read"))
        scenario.provider.add(Fault(.respond, operation: .exchange, phase: .before, status: 200, body: answer))
        let state = try #require(started.json["state"] as? String)
        return try await scenario.command(
            "POST", "/connectors/two/exchange", ["code": "canary-two-code", "state": state])
    }

    /// Slack's connector, with the sandbox's addresses.
    private static func serving(_ name: String, _ body: @Sendable (Scenario) async throws -> Void) async throws {
        let folder = try TestFolders.make("\(name)-connectors")
        let shipped = TestFolders.repository.appendingPathComponent("connectors.d/sandbox.yaml")
        try FileManager.default.copyItem(at: shipped, to: folder.appendingPathComponent("sandbox.yaml"))
        let text = """
            format: 1
            id: two
            title: Two tokens of one consent
            extends: sandbox
            connector: slack
            grants: [authorization_code]
            device_authorization: null
            introspection: null
            scopes: {separator: ",", default: [], available: null}
            revocation: {token: access_token}
            """
        try Data((text + "\n").utf8).write(to: folder.appendingPathComponent("two.yaml"))
        try await Scenario.run(name, environment: TestHost.shortTiming, connectors: folder) { scenario in
            let child = try await scenario.host.start()
            scenario.provider.register(SimulatedClient(id: "sandbox-client"))
            let port = "\(try await scenario.provider.port)"
            let set = try await scenario.command(
                "PUT", "/connectors/two/config",
                ["client_id": "sandbox-client", "client_secret": "sandbox-secret", "inputs": ["port": port]])
            #expect(set.status == 200, "\(set.text)")
            try await body(scenario)
            child.kill(SIGTERM)
            try await child.waitForEnd()
            #expect(child.exitCode == 0)
        }
    }
}
