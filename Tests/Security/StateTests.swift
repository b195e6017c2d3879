import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// State, ticket and cookie of an authorization, against the real process.
@Suite(.serialized) struct StateTests {
    @Test("SECURITY 2: a state has 256 bits, is good once, expires within ten minutes, and is stored hashed")
    func state() async throws {
        try await Scenario.run("state") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let browser = Browser(host: scenario.host, callers: scenario.callers)
            let (first, second) = try await (browser.authorize(), browser.authorize())
            #expect(first.state != second.state)
            #expect(first.state.utf8.count >= 43, "32 bytes are 43 characters of base64url")
            let code = browser.query(try await browser.consent(first.providerURL))["code"] ?? ""
            let body: [String: any Sendable] = ["code": code, "state": first.state]
            let path = "/api/v1/connectors/sandbox/exchange"
            let used = try await scenario.host.call("POST", path, token: scenario.callers.user(), json: body)
            #expect(used.status == 201)
            let again = try await scenario.host.call("POST", path, token: scenario.callers.user(), json: body)
            #expect(again.status == 422)
            #expect(again.json["code"] as? String == "invalid_state")
            #expect(scenario.provider.statistics().calls(of: .exchange) == 1)

            try await scenario.host.stop(child)
            let database = Database(scenario.host)
            let lives = try await database.run("SELECT max(expires_at - created_at) FROM flow")
            #expect((lives.first?.first as? Int).map { $0 > 0 && $0 <= 600_000 } ?? false)
            try await database.run("UPDATE flow SET expires_at = created_at + 1 WHERE used_at IS NULL")
            let restarted = try await scenario.host.start()
            let late = try await scenario.host.call(
                "POST", path, token: scenario.callers.user(), json: ["code": "late-code", "state": second.state])
            #expect(late.status == 422)
            #expect(late.json["code"] as? String == "invalid_state")
            #expect(
                late.json["detail"] as? String == again.json["detail"] as? String, "the same answer for every bad state"
            )
            let ticket = try await browser.probe.send("GET", second.authorizationURL)
            #expect(ticket.status == 422)
            try await scenario.host.stop(restarted)
            let scan = try await CanaryScan.run(scenario.host.folder, for: [first.state, second.state, code])
            #expect(scan.code == 0, "\(scan.output)")
        }
    }

    @Test("SECURITY 3: a state of another organization, another user or another browser is refused")
    func foreignState() async throws {
        try await Scenario.run("foreign-state") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let browser = Browser(host: scenario.host, callers: scenario.callers)
            let start = try await browser.authorize()
            let path = "/api/v1/connectors/sandbox/exchange"
            let others = [CallerTokens(organization: "org-2").user(), scenario.callers.user("user-2", role: "member")]
            for token in others {
                let answer = try await scenario.host.call(
                    "POST", path, token: token, json: ["code": "some-code", "state": start.state])
                #expect(answer.status == 422)
                #expect(answer.json["code"] as? String == "invalid_state")
            }
            let (own, other) = try await (browser.authorize(), browser.authorize())
            let (ownVisit, otherVisit) = try await (browser.open(own), browser.open(other))
            let callback = try await browser.consent(ownVisit.location)
            let refused = try await browser.callback(callback, cookie: otherVisit.cookie)
            #expect(refused.status == 422)
            #expect(scenario.provider.log().isEmpty, "nothing was presented")
            #expect(try await browser.callback(callback, cookie: ownVisit.cookie).status < 400)
            try await scenario.host.stop(child)
        }
    }

    @Test("SECURITY 63: the callback is refused without the cookie of the browser that began")
    func cookie() async throws {
        try await Scenario.run("cookie") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let browser = Browser(host: scenario.host, callers: scenario.callers)
            let start = try await browser.authorize()
            let visit = try await browser.open(start)
            #expect(visit.setCookie.contains("HttpOnly") && visit.setCookie.contains("SameSite=Lax"))
            #expect(try await browser.probe.send("GET", start.authorizationURL).status == 422, "a ticket is good once")
            let callback = try await browser.consent(visit.location)
            let name = String(visit.cookie.split(separator: "=")[0])
            let wrong = [
                nil, "\(name)=", "\(name)=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                visit.cookie + "; " + visit.cookie,
            ]
            for cookie in wrong {
                let answer = try await browser.callback(callback, cookie: cookie)
                #expect(answer.status == 422)
                #expect(answer.header("Location") == nil)
            }
            // The state that the caller holds belongs to no browser.
            let direct = try await browser.authorize()
            let landed = try await browser.consent(direct.providerURL)
            #expect(try await browser.callback(landed, cookie: visit.cookie).status == 422)
            #expect(scenario.provider.log().isEmpty)
            let good = try await browser.callback(callback, cookie: visit.cookie)
            #expect(good.status < 400)
            #expect(try await scenario.show(start.connection)["status"] as? String == "active")
            // The same callback again: the same end, no call.
            _ = try await browser.callback(callback, cookie: visit.cookie)
            #expect(scenario.provider.log().count == 1)
            try await scenario.host.stop(child)
        }
    }

    @Test("SECURITY 4: PKCE is S256 unless a definition says off, and plain cannot be said")
    func proofKey() async throws {
        let off = Definitions.text("off", at: "http://127.0.0.1:1", "").replacing(
            "/authorize'\n", with: "/authorize'\n  pkce: off\n")
        let plain = off.replacing("id: off", with: "id: plain").replacing("pkce: off", with: "pkce: plain")
        let on = Definitions.text("on", at: "http://127.0.0.1:1")
        let folder = try Definitions.folder("pkce", ["on": on, "off": off, "plain": plain])
        let host = try TestHost("pkce", connectors: folder)
        let child = try await host.start()
        let browser = Browser(host: host, callers: CallerTokens())
        try await host.configure("on")
        try await host.configure("off")
        let sent = browser.query(try await browser.authorize("on").providerURL)
        #expect(sent["code_challenge_method"] == "S256")
        #expect(sent["code_challenge"]?.utf8.count == 43)
        let without = browser.query(try await browser.authorize("off").providerURL)
        #expect(without["code_challenge"] == nil)
        #expect(try await host.call("GET", "/api/v1/connectors/plain", token: CallerTokens().user()).status == 404)
        #expect(try await host.command("lint", folder.path).output.contains("plain.yaml"))
        let events = try await host.call("GET", "/api/v1/events", token: CallerTokens().service("events:read"))
        let kinds = (events.json["events"] as? [[String: Any]] ?? []).map { $0["eventType"] as? String }
        #expect(kinds.contains("CONNECTOR_WARNING"), "PKCE off is warned of with an event")
        try await host.stop(child)
    }
}
