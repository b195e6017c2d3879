import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// From `authorize` to a served token, through the browser and without it (DESIGN.md §7).
@Suite(.hosts(1)) struct ConnectTests {
    private static let done = "http://127.0.0.1:9/done?x=1"
    private static let timing = TestHost.shortTiming.merging(["RETURN_URLS": done]) { $1 }

    @Test("through the browser: connected, served, refreshed; and the caller's own state is of no use beside it")
    func browser() async throws {
        try await Scenario.serving("connect", timing: Self.timing) { scenario, _ in
            let journey = try await Journey.start(scenario, ["return_to": Self.done])
            #expect(try await scenario.show(journey.connection)["status"] as? String == "pending")
            #expect(try await scenario.token(journey.connection).code == "pending")
            let (page, cookie) = try await journey.ticket()
            let exchange: [String: any Sendable] = ["code": "any", "state": journey.state]
            #expect(
                try await scenario.command("POST", "/connectors/sandbox/exchange", exchange).code == "invalid_state")
            let end = try await journey.callback(try await journey.consent(page), cookie)
            #expect(end.status == 302)
            #expect(end.header("Location") == "\(Self.done)&connection_id=\(journey.connection)&status=connected")
            #expect(try await scenario.token(journey.connection).generation == 1)
            #expect(try await scenario.refresh(journey.connection, ["force": true]).generation == 2)
            let timeline = try await scenario.command("GET", "/connections/\(journey.connection)/timeline")
            let items = timeline.json["items"] as? [[String: Any]] ?? []
            #expect(items.map { $0["purpose"] as? String } == ["normal", "exchange"], "\(timeline.text)")
            #expect(items.map { $0["state"] as? String } == ["done", "done"])
            #expect((items.last?["caller"] as? String)?.hasPrefix("user:") == true)
        }
    }

    @Test("SECURITY 63: two consents in one browser both end well, and neither in another's")
    func tabs() async throws {
        try await Scenario.serving("tabs", timing: Self.timing) { scenario, _ in
            let (one, other) = (try await Journey.start(scenario), try await Journey.start(scenario, ["name": "two"]))
            let (firstPage, first) = try await one.ticket()
            let (page, cookie) = try await other.ticket(sending: first)
            let callback = try await one.consent(firstPage)
            let (_, stranger) = try await Journey.start(scenario, ["name": "three"]).ticket()
            #expect(try await one.callback(callback, stranger).status == 422)
            #expect(try await one.callback(callback, cookie).status == 200)
            #expect(try await other.callback(try await other.consent(page), cookie).status == 200)
            for connection in [one.connection, other.connection] {
                #expect(try await scenario.token(connection).generation == 1)
            }
        }
    }

    @Test("the same callback within ten minutes: the same redirect, no provider call; later: refused")
    func repeated() async throws {
        try await Scenario.run("repeated", environment: Self.timing) { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let journey = try await Journey.start(scenario, ["return_to": Self.done])
            let (page, cookie) = try await journey.ticket()
            let callback = try await journey.consent(page)
            let first = try await journey.callback(callback, cookie)
            let second = try await journey.callback(callback, cookie)
            #expect(second.status == 302 && second.header("Location") == first.header("Location"))
            try await later(
                scenario, child, "UPDATE flow SET used_at = used_at - 601000, expires_at = expires_at - 601000"
            ) {
                let late = try await journey.callback(callback, cookie)
                #expect(late.status == 422 && late.header("Location") == nil)
            }
            #expect(scenario.provider.statistics().calls(of: .exchange) == 1)
        }
    }

    @Test("the same callback while its code is exchanged waits for the end of that: one call, and the same redirect")
    func twice() async throws {
        let timing = patientTiming.merging(["RETURN_URLS": Self.done, "REFRESH_SOFT_DEADLINE": "5s"]) { $1 }
        try await Scenario.serving("callback-twice", timing: timing) { scenario, _ in
            let journey = try await Journey.start(scenario, ["return_to": Self.done])
            let (page, cookie) = try await journey.ticket()
            let callback = try await journey.consent(page)
            scenario.provider.hold(GateRule(operation: .exchange))
            async let first = journey.callback(callback, cookie)
            #expect(await scenario.provider.whenWaiting() == 1)
            // No longer than anybody has to wait.
            let second = try await journey.callback(callback, cookie)
            #expect(second.header("Location")?.hasSuffix("&status=failed&code=pending") == true, "\(second.text)")
            async let third = journey.callback(callback, cookie)
            scenario.provider.release()
            for end in [try await first, try await third, try await journey.callback(callback, cookie)] {
                #expect(end.header("Location")?.hasSuffix("&status=connected") == true, "\(end.text)")
            }
            #expect(scenario.provider.statistics().calls(of: .exchange) == 1)
        }
    }

    @Test("a connector that is disabled meanwhile: no code is exchanged, and what was begun goes on when it is enabled")
    func disabled() async throws {
        try await Scenario.serving("callback-disabled", timing: Self.timing) { scenario, _ in
            let (journey, waiting, direct) = (
                try await Journey.start(scenario, ["return_to": Self.done]), try await Journey.start(scenario),
                try await Journey.start(scenario)
            )
            let (page, cookie) = try await journey.ticket()
            let callback = try await journey.consent(page)
            #expect(try await scenario.command("POST", "/connectors/sandbox/disable").status == 200)
            let refused = try await journey.callback(callback, cookie)
            #expect(refused.header("Location")?.hasSuffix("&status=failed&code=connector_disabled") == true)
            await #expect(throws: Failure.self, "nobody is sent to the provider") { _ = try await waiting.ticket() }
            let brought = try await direct.exchange()
            #expect(brought.status == 409 && brought.code == "connector_disabled", "\(brought.text)")
            #expect(scenario.provider.statistics().calls(of: .exchange) == 0)
            #expect(try await scenario.command("POST", "/connectors/sandbox/enable").status == 200)
            let end = try await journey.callback(callback, cookie)
            #expect(end.header("Location")?.hasSuffix("&status=connected") == true, "\(end.text)")
            _ = try await waiting.ticket()
            #expect(try await direct.exchange().status == 201)
        }
    }

    @Test("a ticket is spent by the way to the provider alone, not where there is none now")
    func unspentTicket() async throws {
        try await Scenario.serving("unspent-ticket") { scenario, _ in
            let journey = try await Journey.start(scenario)
            let route = "/connectors/sandbox/config"
            let removed = try await scenario.host.probe.send(
                "PUT", scenario.host.url + "/api/v1" + route, token: scenario.callers.user(),
                body: Data(#"{"client_id":null}"#.utf8), headers: ["Content-Type": "application/json"])
            #expect(removed.status == 200, "\(removed.text)")
            let url = journey.started.json["authorization_url"] as? String ?? ""
            #expect(try await scenario.host.probe.send("GET", url).status == 409, "not_configured")
            #expect(try await scenario.command("PUT", route, ["client_id": "sandbox-client"]).status == 200)
            let (page, cookie) = try await journey.ticket()
            #expect(try await journey.callback(try await journey.consent(page), cookie).status == 200)
            #expect(try await scenario.show(journey.connection)["status"] as? String == "active")
            await #expect(throws: Failure.self, "it is spent now") { _ = try await journey.ticket() }
        }
    }

    @Test("SECURITY 2: a state past its end is refused before the provider is asked")
    func expired() async throws {
        try await Scenario.run("expired-state") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let (own, other) = (try await Journey.start(scenario), try await Journey.start(scenario))
            let (page, cookie) = try await own.ticket()
            let callback = try await own.consent(page)
            try await later(scenario, child, "UPDATE flow SET expires_at = expires_at - 601000") {
                let late = try await own.callback(callback, cookie)
                #expect(late.status == 422)
                #expect(try await other.exchange().code == "invalid_state")
                await #expect(throws: Failure.self, "its ticket is past too") { _ = try await other.ticket() }
            }
            #expect(scenario.provider.statistics().calls(of: .exchange) == 0)
        }
    }

    /// Stops the host, changes its store, and goes on.
    private func later(
        _ scenario: Scenario, _ child: ChildProcess, _ sql: String, _ body: () async throws -> Void
    ) async throws {
        child.kill(SIGTERM)
        try await child.waitForEnd()
        try HostFiles(folder: scenario.host.folder).change(sql)
        let next = try await scenario.host.start()
        try await body()
        next.kill(SIGTERM)
        try await next.waitForEnd()
        #expect(next.exitCode == 0)
    }

    @Test("denied at the provider: the browser is told, the connection stays pending")
    func denied() async throws {
        try await Scenario.serving("denied", timing: Self.timing) { scenario, _ in
            let journey = try await Journey.start(scenario, ["return_to": Self.done])
            let (page, cookie) = try await journey.ticket()
            let end = try await journey.callback(try await journey.consent(page, "deny"), cookie)
            #expect(end.header("Location")?.hasSuffix("&status=denied") == true)
            #expect(try await scenario.show(journey.connection)["status"] as? String == "pending")
            #expect(scenario.provider.statistics().tokenCalls == 0)
        }
    }

    @Test("an exchange that fails: the browser gets our code, never the provider's text")
    func failed() async throws {
        try await Scenario.serving("failed", timing: Self.timing) { scenario, _ in
            let journey = try await Journey.start(scenario, ["return_to": Self.done])
            scenario.provider.add(Fault(.invalidGrant, operation: .exchange))
            let end = try await journey.complete()
            #expect(end.header("Location")?.hasSuffix("&status=failed&code=provider_error") == true)
            #expect(try await scenario.show(journey.connection)["status"] as? String == "pending")
        }
    }

    @Test("a caller that receives the callback itself: exchange, once")
    func exchange() async throws {
        try await Scenario.serving("exchange") { scenario, _ in
            let journey = try await Journey.start(scenario)
            let made = try await journey.exchange()
            #expect(made.status == 201 && made.json["id"] as? String == journey.connection)
            #expect(try await journey.exchange().code == "invalid_state", "SECURITY 2: the state is used")
            #expect(
                try await scenario.inOrganization("org-2").show(journey.connection)["code"] as? String == "not_found")
            #expect(scenario.provider.statistics().calls(of: .exchange) == 1)
        }
    }

    @Test("SECURITY 1: the redirect_uri sent equals the registered one byte for byte")
    func redirectURI() async throws {
        let uri = "http://127.0.0.1:9/CallBack/%7Euser/;p=1/?b=%2F&a=1+2&empty="
        let client = SimulatedClient(id: "exact", redirectURIs: [uri])
        try await Scenario.serving("redirect-uri", client: client) { scenario, _ in
            let put = try await scenario.command("PUT", "/connectors/sandbox/config", ["redirect_uris": [uri]])
            #expect(put.status == 200)
            let journey = try await Journey.start(scenario)
            #expect(Journey.query(journey.providerURL)["redirect_uri"] == uri)
            #expect(try await journey.exchange().status == 201, "the provider compares it twice")
        }
    }

    @Test("a browser that leaves during the exchange loses nothing (F12)")
    func leaving() async throws {
        try await Scenario.serving("browser-leaves") { scenario, child in
            let journey = try await Journey.start(scenario)
            scenario.provider.hold(GateRule(operation: .exchange))
            let browser = Task { try await journey.complete() }
            #expect(await scenario.provider.whenWaiting() == 1)
            browser.cancel()
            await #expect(throws: (any Error).self) { try await browser.value }
            child.kill(SIGTERM)
            scenario.provider.release()
            try await child.waitForEnd()
            #expect(child.exitCode == 0)
            let next = try await scenario.host.start()
            #expect(try await scenario.show(journey.connection)["status"] as? String == "active")
            next.kill(SIGTERM)
            try await next.waitForEnd()
        }
    }
}
