import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// The device authorization grant (RFC 8628): the host polls while a person decides elsewhere.
@Suite(.hosts(1)) struct DeviceTests {
    @Test("allowed: pending, polled no faster than the provider wants, then a connection like any other; renewed by id")
    func allowed() async throws {
        try await Scenario.serving("device-allowed") { scenario, _ in
            let codes = try await Self.start(scenario)
            let shown = try await scenario.show(codes.id)
            #expect(shown["status"] as? String == "pending")
            #expect(try await scenario.token(codes.id).code == "pending")
            try await eventually("two polls", every: .milliseconds(20)) { scenario.polls >= 2 }
            try await Self.decide(codes, "allow", scenario)
            try await scenario.reaches("active", codes.id)
            #expect(try await scenario.token(codes.id).generation == 1)
            #expect(try await scenario.show(codes.id)["granted_scopes"] as? [String] == ["read", "offline"])
            #expect(try await scenario.refresh(codes.id, ["observed_generation": 1]).generation == 2)
            let again = try await Self.start(scenario, ["connection": codes.id])
            #expect(again.id == codes.id)
            #expect(try await scenario.show(codes.id)["status"] as? String == "active", "the old grant works meanwhile")
            try await Self.decide(again, "allow", scenario)
            try await scenario.reaches(3, codes.id)
            #expect(try await scenario.refresh(codes.id, ["observed_generation": 3]).generation == 4)
            let text = try await scenario.command("GET", "/connections/\(codes.id)/timeline").text
            #expect(!text.contains("sandbox_device_"))
        }
    }

    @Test("denied, expired, forgotten by the provider: the connection says so, and so does an event")
    func ended() async throws {
        try await Scenario.serving("device-ended") { scenario, _ in
            let denied = try await Self.start(scenario)
            try await Self.decide(denied, "deny", scenario)
            try await Self.ends(denied, "access_denied", scenario)
            // Its first poll is due after it has expired.
            let body = """
                {"device_code":"dc","user_code":"LATE","verification_uri":"http://127.0.0.1/d","expires_in":1,"interval":2}
                """
            scenario.provider.add(
                Fault(.respond, operation: .deviceAuthorization, phase: .before, status: 200, body: body))
            let expired = try await Self.start(scenario)
            try await Self.ends(expired, "expired_token", scenario)
            let forgotten = try await Self.start(scenario)
            scenario.provider.reset([.grants])
            try await Self.ends(forgotten, "invalid_grant", scenario)
            let list = try await scenario.command("GET", "/connections?status=needs_reauthorization")
            #expect((list.json["items"] as? [Any])?.count == 3, "\(list.text)")
        }
    }

    @Test("denied in one authorization, allowed in another of the same connection: what still waits decides")
    func several() async throws {
        try await Scenario.serving("device-several") { scenario, _ in
            let files = HostFiles(folder: scenario.host.folder)
            let first = try await Self.start(scenario)
            let second = try await Self.start(scenario, ["connection": first.id])
            try await Self.decide(first, "deny", scenario)
            try await eventually("the first has ended", every: .milliseconds(50)) {
                try files.endedFlows(of: first.id) == 1
            }
            #expect(try await scenario.show(first.id)["status"] as? String == "pending")
            #expect(try await Self.endings(first, scenario).isEmpty, "nobody is told that it is over")
            let third = try await Self.start(scenario, ["connection": first.id])
            try await Self.decide(second, "deny", scenario)
            try await eventually("the second has ended", every: .milliseconds(50)) {
                try files.endedFlows(of: first.id) == 2
            }
            try await Self.decide(third, "allow", scenario)
            try await scenario.reaches("active", first.id)
        }
    }

    @Test("a client whose breaker is open is not asked about devices either, and they do not end by it")
    func breaker() async throws {
        try await Scenario.serving("device-breaker") { scenario, _ in
            let id = try await scenario.connect()
            let codes = try await Self.start(scenario)
            scenario.provider.add(Fault(.invalidClient, operation: .refresh, phase: .before))
            let refused = try await scenario.refresh(id, ["observed_generation": 1])
            #expect(refused.code == "client_misconfigured", "\(refused.text)")
            let files = HostFiles(folder: scenario.host.folder)
            // One that is claimed or was answered is due again within ten seconds.
            try await eventually("its next poll waits for the breaker", every: .milliseconds(50)) {
                try files.untilPoll(of: codes.id) > 30
            }
            #expect(try await scenario.show(codes.id)["status"] as? String == "pending")
        }
    }

    @Test("an answer that is lost, a 500, a slow_down: the host goes on; a wrong secret ends it at once")
    func faults() async throws {
        try await Scenario.serving("device-faults") { scenario, _ in
            for fault in [
                Fault(.reset, operation: .otherGrant, phase: .before),
                Fault(.status, operation: .otherGrant, phase: .before, status: 500),
                Fault(
                    .respond, operation: .otherGrant, phase: .before, status: 400,
                    body: #"{"error":"slow_down"}"#),
            ] { scenario.provider.add(fault) }
            let codes = try await Self.start(scenario)
            try await Self.decide(codes, "allow", scenario)
            try await scenario.reaches("active", codes.id, within: .seconds(40))
            scenario.provider.add(Fault(.invalidClient, operation: .deviceAuthorization, phase: .before))
            let refused = try await scenario.command(
                "POST", "/connectors/sandbox/connections", ["grant": "device_code"])
            #expect(refused.status == 424 && refused.code == "client_misconfigured", "\(refused.text)")
            scenario.provider.add(Fault(.html, operation: .deviceAuthorization, phase: .before))
            let odd = try await scenario.command("POST", "/connectors/sandbox/connections", ["grant": "device_code"])
            #expect(odd.status == 424 && odd.code == "provider_unavailable", "\(odd.text)")
            let list = try await scenario.command("GET", "/connections").json["items"] as? [Any]
            #expect(list?.count == 1, "nothing is left of what never began")
        }
    }

    @Test("a store that is away for a moment as a poll ends delays the next one by no more than that")
    func storeAway() async throws {
        // As a host is unless told otherwise: a poll is claimed for 65 s.
        try await Scenario.serving("device-store-away", timing: [:]) { scenario, _ in
            let files = HostFiles(folder: scenario.host.folder)
            try files.change(
                """
                CREATE TRIGGER away BEFORE UPDATE OF poll_at ON flow WHEN NEW.poll_at < OLD.poll_at
                BEGIN SELECT json('away'); END
                """)
            let codes = try await Self.start(scenario)
            // It is seconds since the claim, and the answer was here at once.
            try await eventually("the end of a poll cannot be stored", every: .milliseconds(50)) {
                (40...62).contains(try files.untilPoll(of: codes.id))
            }
            try await Self.decide(codes, "allow", scenario)
            try files.change("DROP TRIGGER away")
            try await scenario.reaches("active", codes.id, within: .seconds(20))
        }
    }

    @Test("killed with the answer in the spool: it is not asked for again", arguments: [KillCell.Point.spooled])
    func killed(_ point: KillCell.Point) async throws {
        try await Scenario.run("device-\(point.rawValue)", environment: KillLane.timing) { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let codes = try await Self.start(scenario)
            child.kill(SIGKILL)
            try await child.waitForEnd()
            try await Self.decide(codes, "allow", scenario)
            // It may poll, and end, before it is seen to be ready.
            let second = try scenario.host.launch(fault: point.rawValue)
            try await second.waitForEnd(within: .seconds(60))
            #expect(second.wasKilled)
            let polls = scenario.polls
            let third = try await scenario.host.start()
            try await scenario.reaches("active", codes.id)
            #expect(scenario.polls == polls)
            #expect(try await scenario.token(codes.id).generation == 1)
            third.kill(SIGTERM)
            try await third.waitForEnd()
            #expect(third.exitCode == 0)
        }
    }

    @Test("deleted while it is pending: no grant arrives any more") func deleted() async throws {
        try await Scenario.serving("device-deleted") { scenario, _ in
            let codes = try await Self.start(scenario)
            try await eventually("it is polled", every: .milliseconds(20)) { scenario.polls >= 1 }
            #expect(try await scenario.command("DELETE", "/connections/\(codes.id)").status == 202)
            try await Self.decide(codes, "allow", scenario)
            #expect(try await scenario.command("GET", "/connections/\(codes.id)").status == 404)
            try await eventually("its rows are gone", within: .seconds(40), every: .milliseconds(50)) {
                try HostFiles(folder: scenario.host.folder).rows(of: codes.id) == 0
            }
        }
    }

    // MARK: Helpers

    struct Codes: Sendable {
        var id: String
        var userCode: String
    }

    static func start(_ scenario: Scenario, _ more: [String: any Sendable] = [:]) async throws -> Codes {
        let answer = try await scenario.command(
            "POST", "/connectors/sandbox/connections", ["grant": "device_code"].merging(more) { $1 })
        #expect(answer.status == 202, "\(answer.text)")
        #expect(!answer.text.contains("device_code"))
        #expect((answer.json["verification_uri"] as? String)?.hasPrefix("http://127.0.0.1") == true)
        #expect(answer.json["expires_at"] is String && (answer.json["interval"] as? Int ?? 0) >= 1)
        return Codes(
            id: try #require(answer.json["connection_id"] as? String),
            userCode: try #require(answer.json["user_code"] as? String))
    }

    static func decide(_ codes: Codes, _ decision: String, _ scenario: Scenario) async throws {
        let answer = try await scenario.host.probe.send(
            "POST", try await scenario.provider.issuer + "/device",
            body: Data("user_code=\(codes.userCode)&decision=\(decision)".utf8),
            headers: ["Content-Type": "application/x-www-form-urlencoded"])
        #expect(answer.status == 200)
    }

    static func ends(_ codes: Codes, _ reason: String, _ scenario: Scenario) async throws {
        try await scenario.reaches("needs_reauthorization", codes.id)
        #expect(try await scenario.show(codes.id)["status_reason"] as? String == reason)
        #expect(try await endings(codes, scenario) == [reason])
        #expect(try await scenario.token(codes.id).status == 409)
    }

    /// Why events say that the connection needs its owner, or is to be looked at.
    static func endings(
        _ codes: Codes, _ scenario: Scenario, _ type: String = "TOKEN_REAUTHORIZATION_REQUIRED"
    ) async throws -> [String?] {
        let answer = try await scenario.host.call(
            "GET", "/api/v1/events?types=\(type)", token: scenario.callers.service("events:read"))
        let events = try #require(answer.json["events"] as? [[String: Any]])
        return events.filter { $0["connectionId"] as? String == codes.id }.map { $0["reason"] as? String }
    }
}

extension Scenario {
    /// Polls of device codes that the provider has seen.
    fileprivate var polls: Int { provider.statistics().calls(of: .otherGrant) }
}
