import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// `POST …/connections` with `connection`: another grant for a connection that keeps its id, without a person.
@Suite(.hosts(1)) struct UnattendedRenewalTests {
    @Test("client_credentials: the same id, the next generation; one that fails changes nothing")
    func clientCredentials() async throws {
        try await GrantTests.serving("renew-machines") { scenario, _ in
            let made = try await Self.redeem("machines", ["grant": "client_credentials"], scenario)
            let id = try #require(made.json["id"] as? String, "\(made.text)")
            let again: [String: any Sendable] = ["grant": "client_credentials", "connection": id]
            let renewed = try await Self.redeem("machines", again, scenario)
            #expect(renewed.status == 201 && renewed.json["id"] as? String == id, "\(renewed.text)")
            #expect(renewed.generation == 2)
            #expect(try await scenario.refresh(id, ["force": true]).generation == 3)
            #expect(scenario.provider.statistics().calls(of: .clientCredentials) == 3)
            scenario.provider.add(Fault(.status, operation: .clientCredentials, phase: .before, status: 503))
            let failed = try await Self.redeem("machines", again, scenario)
            #expect(failed.status == 424 && failed.code == "provider_unavailable", "\(failed.text)")
            let shown = try await scenario.show(id)
            #expect(shown["status"] as? String == "active" && shown["generation"] as? Int == 3)
            let foreign = try await Self.redeem("machines", again, scenario.inOrganization("org-2"))
            #expect(foreign.status == 404, "\(foreign.text)")
            let other = try await Self.redeem("both", again, scenario)
            #expect(other.status == 422 && other.text.contains("belongs to the connector"), "\(other.text)")
            #expect(try await scenario.command("POST", "/connections/\(id)/revoke").status == 202)
            let late = try await Self.redeem("machines", again, scenario)
            #expect(late.status == 409 && late.code == "revoked", "\(late.text)")
        }
    }

    @Test(
        "each refusal: its code, its status and when to come again; the old grant goes on, and the timeline tells why")
    func refused() async throws {
        try await GrantTests.serving("renew-refused") { scenario, _ in
            let made = try await Self.redeem("machines", ["grant": "client_credentials"], scenario)
            let id = try #require(made.json["id"] as? String, "\(made.text)")
            func fault(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> Fault {
                Fault(
                    .respond, operation: .clientCredentials, phase: .before, status: status,
                    headers: headers.merging(["content-type": "application/json"]) { $1 }, body: body)
            }
            let cases: [(Fault, code: String, state: String, outcome: String?, wait: String)] = [
                (fault(400, #"{"error":"invalid_grant"}"#), "provider_error", "rejected", "invalid_grant", "5"),
                (fault(429, "{}", ["retry-after": "9"]), "provider_rate_limited", "rejected", nil, "9"),
                // Row 12: whether it brought tokens nobody knows.
                (fault(200, "[]"), "provider_unavailable", "ambiguous", nil, "5"),
                // The last: it opens the breaker.
                (
                    fault(401, #"{"error":"invalid_client"}"#), "client_misconfigured", "rejected", "invalid_client",
                    "60"
                ),
            ]
            for (fault, code, state, outcome, wait) in cases {
                scenario.provider.add(fault)
                let answer = try await Self.redeem(
                    "machines", ["grant": "client_credentials", "connection": id], scenario)
                #expect(answer.status == 424 && answer.code == code, "\(answer.text)")
                #expect(answer.header("Retry-After") == wait, "\(code)")
                let timeline = try await scenario.command("GET", "/connections/\(id)/timeline")
                let last = try #require((timeline.json["items"] as? [[String: Any]])?.first)
                #expect(last["purpose"] as? String == "exchange" && last["state"] as? String == state, "\(last)")
                if let outcome { #expect(last["outcome"] as? String == outcome) }
                let shown = try await scenario.show(id)
                #expect(shown["status"] as? String == "active" && shown["generation"] as? Int == 1, "\(code)")
            }
            let calls = scenario.provider.statistics().calls(of: .clientCredentials)
            let held = try await Self.redeem("machines", ["grant": "client_credentials", "connection": id], scenario)
            #expect(held.status == 424 && held.code == "client_misconfigured", "\(held.text)")
            #expect((Int(held.header("Retry-After") ?? "") ?? 0) > 30, "as long as the breaker is open")
            #expect(scenario.provider.statistics().calls(of: .clientCredentials) == calls, "nothing was asked")
        }
    }

    @Test("row 15: the answer to the old grant that is still on its way never overwrites the new one")
    func beside() async throws {
        try await GrantTests.serving("renew-beside", timing: unhurriedTiming) { scenario, _ in
            let grant = try Self.grant(scenario, client: "sandbox-static")
            let made = try await Self.redeem("both", Self.importing(grant), scenario)
            let id = try #require(made.json["id"] as? String, "\(made.text)")
            scenario.provider.hold(GateRule(operation: .refresh))
            async let old = scenario.refresh(id, ["force": true])
            #expect(await scenario.provider.whenWaiting() == 1)
            let renewed = try await Self.redeem("both", ["grant": "client_credentials", "connection": id], scenario)
            #expect(renewed.status == 201 && renewed.generation == 2, "\(renewed.text)")
            let served = try await scenario.token(id).json["access_token"] as? String
            scenario.provider.release()
            _ = try await old
            let read = try await scenario.token(id)
            #expect(read.generation == 2 && read.json["access_token"] as? String == served)
            // Silence after the old call is kept; then the new grant is redeemed again.
            let before = scenario.provider.statistics().refreshCalls
            try await Self.refreshed(id, to: 3, scenario)
            #expect(scenario.provider.statistics().refreshCalls == before, "no refresh token is presented any more")
            #expect(scenario.provider.statistics().calls(of: .clientCredentials) == 2)
        }
    }

    @Test("an imported refresh token renews: refused it leaves no trace, used it belongs to this connection")
    func imported() async throws {
        try await Scenario.serving("renew-import") { scenario, _ in
            let id = try await scenario.connected()
            let other = try await scenario.connect()
            scenario.provider.reset([.stats, .log])
            let grant = try Self.grant(scenario)
            let body = Self.importing(grant, into: id)
            scenario.provider.add(Fault(.invalidGrant, operation: .refresh, phase: .before))
            let refused = try await Self.redeem("sandbox", body, scenario)
            #expect(refused.status == 424 && refused.code == "provider_error", "\(refused.text)")
            #expect(try await scenario.token(id).generation == 1)
            let renewed = try await Self.redeem("sandbox", body, scenario)
            #expect(renewed.status == 201 && renewed.json["id"] as? String == id, "\(renewed.text)")
            #expect(renewed.generation == 2)
            for connection in [id, other] {
                let again = try await Self.redeem("sandbox", Self.importing(grant, into: connection), scenario)
                #expect(again.status == 409 && again.code == "duplicate_grant", "\(again.text)")
                #expect(again.json["connection_id"] as? String == id)
            }
            try await Self.refreshed(id, to: 3, scenario)
            let families = scenario.provider.log().map(\.family)
            #expect(Set(families).count == 1, "the old grant was not presented any more: \(families)")
            #expect(scenario.provider.log().allSatisfy { !$0.overlapping })
        }
    }

    @Test("I1, I6: after a lost answer the same refresh token waits, and the old grant goes on meanwhile")
    func lost() async throws {
        try await Scenario.serving("renew-lost") { scenario, _ in
            let id = try await scenario.connected()
            let grant = try Self.grant(scenario)
            let body = Self.importing(grant, into: id)
            scenario.provider.add(Fault(.reset, operation: .refresh, phase: .before))
            let lost = try await Self.redeem("sandbox", body, scenario)
            #expect(lost.status == 424 && lost.code == "provider_unavailable", "\(lost.text)")
            #expect(try await scenario.token(id).generation == 1)
            let stolen = try await Self.redeem("sandbox", Self.importing(grant), scenario)
            #expect(stolen.status == 409 && stolen.code == "duplicate_grant", "\(stolen.text)")
            var waits: Set<String> = []
            try await eventually("it may be presented again", every: .milliseconds(100)) {
                let answer = try await Self.redeem("sandbox", body, scenario)
                if answer.status != 201 { waits.insert(answer.code) }
                return answer.status == 201 && answer.generation == 2
            }
            #expect(waits == ["refresh_in_progress"], "silence after the lost one was waited for: \(waits)")
            #expect(scenario.provider.log().allSatisfy { !$0.overlapping })
        }
    }

    @Test(
        "killed while it renews: what was spooled is taken, what was not has changed nothing",
        arguments: [KillCell.Point.sent, .firstByte, .spooled])
    func killed(_ point: KillCell.Point) async throws {
        try await Scenario.run("renew-\(point.rawValue)", environment: KillLane.timing) { scenario in
            let first = try await scenario.host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            try await scenario.host.stop(first)
            let second = try await scenario.host.start(fault: point.rawValue)
            let grant = try Self.grant(scenario)
            let body = Self.importing(grant, into: id)
            _ = try? await Self.redeem("sandbox", body, scenario)
            try await second.waitForEnd()
            #expect(second.wasKilled)
            let third = try await scenario.host.start()
            try await scenario.reaches("active", id)
            if point == .spooled {
                try await scenario.reaches(2, id)
            } else {
                #expect(try await scenario.show(id)["generation"] as? Int == 1)
            }
            let next = point == .spooled ? 3 : 2
            try await Self.refreshed(id, to: next, scenario)
            #expect(scenario.provider.log().allSatisfy { !$0.overlapping && $0.verdict == .fresh })
            try await scenario.host.stop(third)
        }
    }

    // MARK: Helpers

    private static func redeem(
        _ connector: String, _ body: [String: any Sendable], _ scenario: Scenario
    ) async throws -> HTTPProbe.Answer {
        try await scenario.command("POST", "/connectors/\(connector)/connections", body)
    }

    /// A grant that the provider gives away, for one of its clients.
    private static func grant(_ scenario: Scenario, client: String = "sandbox-client") throws -> IssuedGrant {
        let grant = scenario.provider.issueGrant(clientID: client, scope: "read offline", subject: "somebody")
        guard let grant else { throw Failure("the provider gave no grant") }
        try TestFolders.noteCanaries([grant.refreshToken])
        return grant
    }

    /// The body that imports a grant, as a new connection or into one that is there.
    private static func importing(_ grant: IssuedGrant, into connection: String? = nil) -> [String: any Sendable] {
        var body: [String: any Sendable] = ["grant": "refresh_token", "refresh_token": grant.refreshToken]
        body["connection"] = connection
        return body
    }

    /// Refreshes until what the connection holds now has brought that generation.
    private static func refreshed(_ id: String, to generation: Int, _ scenario: Scenario) async throws {
        try await eventually("generation \(generation) of \(id)", within: .seconds(40), every: .milliseconds(100)) {
            try await scenario.refresh(id, ["force": true]).generation == generation
        }
    }
}
