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
            #expect(try await scenario.token(id, name: "nobody").status == 404)

            let refreshed = try await scenario.refresh(id, ["name": "user", "observed_generation": 1])
            #expect(refreshed.generation == 2 && refreshed.json["name"] as? String == "user", "\(refreshed.text)")
            #expect(try await scenario.token(id).generation == 1, "the bot's line has not moved")
            #expect((try await scenario.show(id)["granted_scopes"] as? [String])?.first == "chat:write")
            #expect(try await scenario.refresh(id, ["observed_generation": 1]).generation == 2)

            scenario.provider.withdrawConsent(family: person)
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

    // MARK: Helpers

    /// A connection of the made-up bot and person; gives the person's family.
    private static func connect(_ scenario: Scenario) async throws -> (id: String, person: Int) {
        let grants = try (0..<2).map { _ in
            try #require(scenario.provider.issueGrant(clientID: "sandbox-client"))
        }
        let scopes = ["chat:write", "search:read"]
        let members = zip(zip(grants, ["bot", "user"]), scopes).map { pair, scope in
            """
            "access_token":"\(pair.0.accessToken)","refresh_token":"\(pair.0.refreshToken)",\
            "expires_in":\(pair.0.expiresIn),"token_type":"\(pair.1)","scope":"\(scope)"
            """
        }
        let body = #"{"ok":true,\#(members[0]),"authed_user":{"id":"U1",\#(members[1])}}"#
        let started = try await scenario.command(
            "POST", "/connectors/two/authorize", ["scopes": ["chat:write", "user:search:read"]])
        #expect(started.status == 201, "\(started.text)")
        #expect((started.json["provider_url"] as? String ?? "").contains("user_scope=search"))
        scenario.provider.add(Fault(.respond, operation: .exchange, phase: .before, status: 200, body: body))
        let state = try #require(started.json["state"] as? String)
        let made = try await scenario.command(
            "POST", "/connectors/two/exchange", ["code": "canary-two-code", "state": state])
        #expect(made.status == 201, "\(made.text)")
        return (try #require(made.json["id"] as? String), grants[1].family)
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
