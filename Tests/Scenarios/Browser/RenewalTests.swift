import ProviderSimulator
import TestSupport
import Testing

/// `authorize` with `connection`: the same id, the next generation (PROTOCOL.md §7, reconnect).
@Suite(.hosts(1)) struct RenewalTests {
    @Test("consent withdrawn at the provider: confirmed, said, and healed by a renewal that keeps the id")
    func withdrawn() async throws {
        try await Scenario.serving("renewal") { scenario, _ in
            let id = try await scenario.connected()
            scenario.provider.withdrawConsent()
            #expect(try await scenario.refresh(id, ["force": true]).outcome == "pending")
            try await scenario.reaches("needs_reauthorization", id)
            let refused = try await scenario.refresh(id, ["force": true])
            #expect(refused.status == 409 && refused.code == "needs_reauthorization")
            let link = refused.json["reauthorize"] as? [String: String]
            #expect(link == ["method": "POST", "href": "/api/v1/connectors/sandbox/authorize"])
            let renewed = try await Journey.start(scenario, ["connection": id]).exchange()
            #expect(renewed.status == 200 && renewed.json["id"] as? String == id && renewed.generation == 2)
            #expect(try await scenario.show(id)["status"] as? String == "active")
            #expect(try await scenario.refresh(id, ["force": true]).generation == 3)
        }
    }

    @Test(
        "a member that belongs to the making of a connection is refused where it would change one, and the same is not")
    func members() async throws {
        try await Scenario.serving("renewal-members") { scenario, _ in
            let id = try await scenario.connected()
            let name = try #require(try await scenario.show(id)["name"] as? String)
            func authorize(_ members: [String: any Sendable]) async throws -> HTTPProbe.Answer {
                try await scenario.command(
                    "POST", "/connectors/sandbox/authorize", members.merging(["connection": id]) { $1 })
            }
            let others: [(String, any Sendable)] = [
                ("client", "other"), ("name", "Another"), ("owner", "organization"), ("metadata", ["a": 1]),
            ]
            for (member, value) in others {
                let refused = try await authorize([member: value])
                let fields = (refused.json["errors"] as? [[String: String]] ?? []).compactMap { $0["field"] }
                #expect(refused.status == 422 && fields == [member], "\(refused.text)")
            }
            let started = try await authorize(["name": name, "client": "default"])
            #expect(started.status == 201, "\(started.text)")
        }
    }

    @Test("row 15, M37: a renewal beside a refresh on the wire: the new grant stays, the old answer is never adopted")
    func beside() async throws {
        try await Scenario.serving("renewal-race", timing: unhurriedTiming) { scenario, _ in
            let id = try await scenario.connected()
            scenario.provider.hold(GateRule(operation: .refresh))
            async let old = scenario.refresh(id, ["force": true])
            #expect(await scenario.provider.whenWaiting() == 1)
            let renewed = try await Journey.start(scenario, ["connection": id]).exchange()
            #expect(renewed.status == 200 && renewed.generation == 2)
            let served = try await scenario.token(id).json["access_token"] as? String
            scenario.provider.release()
            let overtaken = try await old
            #expect(overtaken.generation == 2 && overtaken.outcome == "current", "\(overtaken.text)")
            #expect(try await scenario.token(id).json["access_token"] as? String == served)
            // Silence after the old call is kept; then the new grant's own refresh token is presented.
            try await eventually("the new grant is refreshed", within: .seconds(40), every: .milliseconds(100)) {
                try await scenario.refresh(id, ["force": true]).generation == 3
            }
            let families = scenario.provider.log().filter { $0.operation == .refresh }.map(\.family)
            #expect(Set(families).count == 2 && families.count == 2)
        }
    }

    @Test("a renewal of another organization's connection is not found, and one that fails changes nothing")
    func foreign() async throws {
        try await Scenario.serving("renewal-foreign") { scenario, _ in
            let id = try await scenario.connected()
            let other = scenario.inOrganization("org-2")
            try await other.configure()
            let answer = try await other.command("POST", "/connectors/sandbox/authorize", ["connection": id])
            #expect(answer.status == 404)
            scenario.provider.add(Fault(.invalidGrant, operation: .exchange))
            #expect(try await Journey.start(scenario, ["connection": id]).exchange().code == "provider_error")
            #expect(try await scenario.token(id).generation == 1)
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
        }
    }
}
