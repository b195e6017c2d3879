import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// Grants without a browser: made through the refresh protocol, redeemed again for each new token.
@Suite(.hosts(1)) struct GrantTests {
    @Test("client_credentials: one call for each token, none at once, a revocation in the end")
    func clientCredentials() async throws {
        try await Self.serving("client-credentials") { scenario, _ in
            let made = try await Self.redeem("machines", ["grant": "client_credentials", "scopes": ["read"]], scenario)
            #expect(made.status == 201 && made.json["status"] as? String == "active", "\(made.text)")
            let id = try #require(made.json["id"] as? String)
            #expect(try await scenario.token(id).generation == 1)
            let answers = try await scenario.refreshes(50, of: id, ["observed_generation": 1])
            #expect(answers.allSatisfy { $0.generation == 2 })
            #expect(scenario.provider.statistics().calls(of: .clientCredentials) == 2)
            #expect(scenario.provider.statistics().refreshCalls == 0)
            let shown = try await scenario.show(id)
            #expect(shown["next_refresh_at"] is String, "it is refreshed before it ends")
            #expect(try await scenario.command("DELETE", "/connections/\(id)").status == 202)
            try await eventually("its access token is revoked", every: .milliseconds(50)) {
                try HostFiles(folder: scenario.host.folder).rows(of: id) == 0
            }
            #expect(scenario.provider.statistics().calls(of: .revoke) == 1)
        }
    }

    @Test(
        "killed while it is redeemed for the first time: the connection comes up by itself",
        arguments: [KillCell.Point.sent, .firstByte, .spooled])
    func killed(_ point: KillCell.Point) async throws {
        try await Self.serving("grant-\(point.rawValue)", fault: point.rawValue, timing: KillLane.timing) {
            scenario, child in
            _ = try? await Self.redeem("machines", ["grant": "client_credentials"], scenario)
            try await child.waitForEnd()
            #expect(child.wasKilled)
            let second = try await scenario.host.start()
            let list = try await scenario.command("GET", "/connections").json["items"] as? [[String: Any]] ?? []
            let id = try #require(list.count == 1 ? list[0]["id"] as? String : nil)
            try await scenario.reaches("active", id)
            #expect(try await scenario.token(id).status == 200)
            let calls = scenario.provider.statistics().calls(of: .clientCredentials)
            #expect(calls == (point.isUnspooled ? 2 : 1), "an answer that was lost is asked for again")
            second.kill(SIGTERM)
            try await second.waitForEnd()
            #expect(second.exitCode == 0)
        }
    }

    @Test(
        "a grant that brought no token is told as a failed exchange is, and leaves neither a connection nor its name taken"
    )
    func broughtNothing() async throws {
        try await Self.serving("unclear-grant") { scenario, _ in
            func answer(_ status: Int, _ body: String) -> Fault {
                Fault(
                    .respond, operation: .clientCredentials, phase: .before, status: status,
                    headers: ["content-type": "application/json"], body: body)
            }
            let unclear = [
                Fault(.status, operation: .clientCredentials, phase: .before, status: 503),
                Fault(.status, operation: .clientCredentials, phase: .before, status: 404),
                Fault(.html, operation: .clientCredentials),
                Fault(.reset, operation: .clientCredentials, phase: .before),
                answer(200, #"{"token_type":"Bearer"}"#), answer(400, #"{"error":"weird"}"#),
            ]
            let body: [String: any Sendable] = ["grant": "client_credentials", "name": "Nightly"]
            for fault in unclear {
                scenario.provider.add(fault)
                let refused = try await Self.redeem("machines", body, scenario)
                #expect(refused.status == 424, "\(fault): \(refused.text)")
                #expect(refused.header("Retry-After") != nil)
                let list = try await scenario.command("GET", "/connections").json["items"] as? [Any]
                #expect(list?.isEmpty == true, "\(fault)")
            }
            let calls = scenario.provider.statistics().calls(of: .clientCredentials)
            let made = try await Self.redeem("machines", body, scenario)
            #expect(made.status == 201 && made.generation == 1, "the name is free: \(made.text)")
            #expect(scenario.provider.statistics().calls(of: .clientCredentials) == calls + 1)
        }
    }

    @Test("I6: an imported refresh token whose presentation may still be at work stays, and is not lost")
    func importOpen() async throws {
        try await Self.serving("open-import") { scenario, _ in
            let grant = try #require(
                scenario.provider.issueGrant(clientID: "sandbox-static", scope: "read offline", subject: "somebody"))
            try TestFolders.noteCanaries([grant.refreshToken])
            scenario.provider.add(Fault(.status, operation: .refresh, phase: .before, status: 503))
            let body = ["grant": "refresh_token", "refresh_token": grant.refreshToken]
            let open = try await Self.redeem("both", body, scenario)
            #expect(open.status == 201 && open.generation == 0, "\(open.text)")
            try await scenario.reaches(1, try #require(open.json["id"] as? String))
            #expect(scenario.provider.log().allSatisfy { !$0.overlapping })
        }
    }

    @Test("SECURITY 9: scopes that a definition always asks for count as asked for")
    func alwaysAsked() async throws {
        try await Self.serving("always-asked") { scenario, _ in
            try TestFolders.noteCanaries(["canary-always-access"])
            scenario.provider.add(
                Fault(
                    .respond, operation: .clientCredentials, phase: .before, status: 200,
                    headers: ["content-type": "application/json"],
                    body: #"""
                        {"access_token":"canary-always-access","token_type":"Bearer","expires_in":3600,"scope":"read"}
                        """#))
            let made = try await Self.redeem(
                "based", ["grant": "client_credentials", "scopes": ["read", "write"]], scenario)
            #expect(made.json["missing_scopes"] as? [String] == ["write", "base"], "\(made.text)")
        }
    }

    @Test("whatever the definition does not list is refused with what it lists, and members belong to their grant")
    func refused() async throws {
        try await Self.serving("refused-grants") { scenario, _ in
            let wrong: [(String, [String: any Sendable], String, String)] = [
                ("sandbox", ["grant": "client_credentials"], "grant", "authorization_code"),
                ("sandbox", ["grant": "device_code", "subject": "x"], "subject", "does not belong"),
                ("machines", ["grant": "device_code"], "grant", "lists client_credentials"),
                ("machines", ["grant": "authorization_code"], "grant", "authorize"),
                ("machines", ["grant": "password"], "grant", "is one of"),
                ("machines", ["grant": "jwt_bearer", "subject": "x"], "grant", "client_credentials"),
                ("machines", ["grant": "refresh_token", "refresh_token": "x"], "grant", "no refresh tokens"),
                ("machines", ["grant": "client_credentials", "subject": "x"], "subject", "does not belong"),
                (
                    "machines", ["grant": "client_credentials", "refresh_token": "x"], "refresh_token",
                    "does not belong"
                ),
                (
                    "machines", ["grant": "client_credentials", "client_material": ["client_id": "x"]],
                    "client_material", "organization's"
                ),
                (
                    "machines", ["grant": "client_credentials", "client_material": ["pin": "x"]], "client_material.pin",
                    "unknown"
                ),
                ("sandbox", ["grant": "refresh_token"], "refresh_token", "is required"),
                ("own", ["grant": "client_credentials"], "client_material.client_id", "is required"),
                (
                    "own", ["grant": "client_credentials", "client_material": ["client_id": "x"]],
                    "client_material.client_secret", "is required"
                ),
            ]
            for (connector, body, field, why) in wrong {
                let answer = try await Self.redeem(connector, body, scenario)
                #expect(answer.status == 422 && answer.code == "invalid_input", "\(body): \(answer.text)")
                let errors = answer.json["errors"] as? [[String: String]] ?? []
                #expect(
                    errors.contains { $0["field"] == field && $0["detail"]?.contains(why) == true }, "\(answer.text)")
            }
            let list = try await scenario.command("GET", "/connections").json["items"] as? [Any]
            #expect(list?.isEmpty == true && scenario.provider.statistics().calls(of: .clientCredentials) == 0)
        }
    }

    @Test("client.per_connection: each connection has its own client, the organization's is never used instead")
    func ownClients() async throws {
        try await Self.serving("own-clients") { scenario, _ in
            for name in ["one", "two"] {
                scenario.provider.register(SimulatedClient(id: name, secret: "canary-\(name)-secret"))
            }
            try TestFolders.noteCanaries(["canary-one-secret", "canary-two-secret"])
            func connect(_ name: String, secret: String) async throws -> HTTPProbe.Answer {
                let material = ["client_id": name, "client_secret": secret]
                return try await Self.redeem(
                    "own", ["grant": "client_credentials", "name": name, "client_material": material], scenario)
            }
            let first = try await connect("one", secret: "canary-one-secret")
            #expect(first.status == 201, "\(first.text)")
            #expect(!first.text.contains("canary-one-secret"))
            // A wrong secret of one stops no other.
            let wrong = try await connect("two", secret: "wrong")
            #expect(wrong.status == 424 && wrong.code == "client_misconfigured", "\(wrong.text)")
            let second = try await connect("two", secret: "canary-two-secret")
            #expect(second.status == 201, "\(second.text)")
            for (answer, client) in [(first, "one"), (second, "two")] {
                let id = try #require(answer.json["id"] as? String)
                #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
                let token = try #require(try await scenario.token(id).json["access_token"] as? String)
                let seen = try await scenario.host.probe.send(
                    "GET", try await scenario.provider.issuer + "/userinfo", token: token)
                #expect(seen.json["client_id"] as? String == client)
            }
        }
    }

    @Test("client.per_connection with consent: the browser is sent to the provider for the connection's own client")
    func ownClientWithConsent() async throws {
        try await Self.serving("own-consent") { scenario, _ in
            let route = "/connectors/browsers/authorize"
            let bare = try await scenario.command("POST", route, [:])
            #expect(bare.status == 422 && bare.text.contains("client_material.client_id"), "\(bare.text)")
            try TestFolders.noteCanaries(["canary-own-secret"])
            let material = ["client_id": "own-client", "client_secret": "canary-own-secret"]
            let started = try await scenario.command("POST", route, ["client_material": material])
            #expect(started.status == 201 && !started.text.contains("canary-own-secret"), "\(started.text)")
            #expect((started.json["provider_url"] as? String ?? "").contains("client_id=own-client&"))
            let id = started.json["connection_id"] as? String ?? ""
            let again = try await scenario.command("POST", route, ["connection": id, "client_material": material])
            #expect(again.status == 422, "it stays what it was: \(again.text)")
            let renewed = try await scenario.command("POST", route, ["connection": id])
            #expect((renewed.json["provider_url"] as? String ?? "").contains("client_id=own-client&"))
        }
    }

    // MARK: Helpers

    private static func redeem(
        _ connector: String, _ body: [String: any Sendable], _ scenario: Scenario
    ) async throws -> HTTPProbe.Answer {
        try await scenario.command("POST", "/connectors/\(connector)/connections", body)
    }

    /// The sandbox connector, the same without a browser (`machines`), and with clients of its connections' own (`own`,
    /// with consent `browsers`), one with both kinds of grants (`both`), and one that
    /// always asks for the scope `base` (`based`).
    static func serving(
        _ name: String, fault: String? = nil, timing: [String: String] = TestHost.shortTiming,
        _ body: @Sendable (Scenario, ChildProcess) async throws -> Void
    ) async throws {
        let folder = try TestFolders.make("\(name)-connectors")
        let shipped = TestFolders.repository.appendingPathComponent("connectors.d/sandbox.yaml")
        try FileManager.default.copyItem(at: shipped, to: folder.appendingPathComponent("sandbox.yaml"))
        let machine =
            """
            grants: [client_credentials]
            scopes: {default: []}
            authorization: null
            device_authorization: null
            refresh: {rotation: null}
            """
        let own = "client: {per_connection: true}"
        let both = "grants: [authorization_code, device_code, client_credentials]"
        let based = machine.replacing("default: []", with: "default: [], always: [base]")
        let others = [
            ("machines", machine), ("based", based), ("own", "\(machine)\n\(own)"), ("browsers", own), ("both", both),
        ]
        for (id, more) in others {
            let text = "format: 1\nid: \(id)\ntitle: The sandbox in another way\nextends: sandbox\n\(more)\n"
            try Data(text.utf8).write(to: folder.appendingPathComponent("\(id).yaml"))
        }
        try await Scenario.run(name, environment: timing, connectors: folder) { scenario in
            let child = try await scenario.host.start(fault: fault)
            try await scenario.configure()
            let port = "\(try await scenario.provider.port)"
            let client: [String: any Sendable] = [
                "client_id": "sandbox-static", "client_secret": "sandbox-secret", "inputs": ["port": port],
            ]
            for id in others.map(\.0) {
                let set = try await scenario.command("PUT", "/connectors/\(id)/config", client)
                #expect(set.status == 200, "\(set.text)")
            }
            try await body(scenario, child)
            guard fault == nil else { return }
            child.kill(SIGTERM)
            try await child.waitForEnd()
            #expect(child.exitCode == 0)
        }
    }
}
