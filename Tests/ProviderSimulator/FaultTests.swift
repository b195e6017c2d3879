import Foundation
import Testing

@testable import ProviderSimulator

/// Every switch, against a living provider, seen from a plain socket.
@Suite struct FaultTests {
    /// Sets the fault over HTTP and refreshes a new grant of a single-use client.
    private func strike(
        _ fault: String, _ check: @escaping @Sendable (RawReply, Presentation) throws -> Void
    ) async throws {
        try await withProvider { provider, http in
            let set = await http.post("/_sandbox/faults", fault)
            #expect(set.status == 200, "\(set.body)")
            let grant = try #require(provider.issueGrant(clientID: "sandbox-single-use"))
            let reply = await http.refresh(grant.refreshToken, client: "sandbox-single-use")
            try check(reply, try #require(provider.log().last))
            // The fault is used up, and what it left behind is what its phase says.
            let spent = provider.log().last?.verdict == .fresh
            let next = await http.refresh(grant.refreshToken, client: "sandbox-single-use")
            #expect(next.status == (spent ? 400 : 200), "fault struck \(spent ? "after" : "before") the work")
        }
    }

    @Test(arguments: [500, 503, 429, 400])
    func status(_ status: Int) async throws {
        try await strike("{\"kind\":\"status\",\"status\":\(status),\"retry_after\":\"7\"}") { reply, line in
            #expect(reply.status == status)
            #expect(reply.header("Retry-After") == "7")
            #expect(line.verdict == .unprocessed)
            #expect(line.fault == "status")
        }
    }

    @Test func statusAfterTheWork() async throws {
        try await strike("{\"kind\":\"status\",\"status\":503,\"phase\":\"after\"}") { reply, line in
            #expect(reply.status == 503)
            #expect(line.verdict == .fresh)
        }
    }

    @Test func resetBeforeAndAfter() async throws {
        try await strike("{\"kind\":\"reset\"}") { reply, line in
            #expect(reply.end == .reset)
            #expect(reply.bytes.isEmpty)
            #expect(line.verdict == .unprocessed)
            #expect(line.answer == .lost)
        }
        try await strike("{\"kind\":\"reset\",\"phase\":\"after\"}") { reply, line in
            #expect(reply.end == .reset)
            #expect(line.verdict == .fresh)
        }
    }

    @Test func logSaysWhichCallGotWhat() async throws {
        try await withProvider { provider, http in
            provider.add(Fault(.status, times: .count(1), phase: .after, status: 504))
            let grant = try #require(provider.issueGrant(clientID: "sandbox-single-use"))
            let form =
                "grant_type=refresh_token&refresh_token=\(grant.refreshToken)&client_id=sandbox-single-use"
                + "&client_secret=sandbox-secret"
            _ = await http.post("/token", form, headers: ["Sandbox-Call": "17"])
            _ = await http.post("/token", form)
            let lines = provider.log()
            #expect(lines.map(\.call) == ["17", nil])
            #expect(lines.map(\.status) == [504, 400])
            #expect(lines.allSatisfy { ($0.answeredAt ?? 0) >= $0.arrivedAt })
        }
    }

    @Test func answerLost() async throws {
        try await strike("{\"kind\":\"answer_lost\",\"operation\":\"refresh\"}") { reply, line in
            #expect(reply.end == .closed)
            #expect(reply.bytes.isEmpty)
            #expect(line.verdict == .fresh)
            #expect(line.issuedGeneration == 2)
            #expect(line.answer == .lost)
        }
    }

    @Test func hangEndsByItself() async throws {
        try await strike("{\"kind\":\"hang\",\"milliseconds\":20}") { reply, line in
            #expect(reply.end == .closed)
            #expect(reply.bytes.isEmpty)
            #expect(line.verdict == .unprocessed)
        }
    }

    @Test func hangIsReleased() async throws {
        try await withProvider { provider, http in
            provider.add(Fault(.hang))
            async let reply = http.refresh("x")
            var freed = 0
            while freed == 0 { freed = await release(http) }
            #expect(await reply.bytes.isEmpty)
        }
    }

    private func release(_ http: RawHTTP) async -> Int {
        await http.post("/_sandbox/gate/release").json["released"] as? Int ?? 0
    }

    @Test func truncatedJSONInACompleteAnswer() async throws {
        try await strike("{\"kind\":\"truncate\"}") { reply, line in
            #expect(reply.status == 200)
            #expect(reply.header("Content-Length") == String(reply.body.utf8.count))
            #expect(reply.body.hasPrefix("{\"access_token\""))
            #expect(reply.json.isEmpty)
            #expect(line.verdict == .fresh)
        }
    }

    @Test func cutConnection() async throws {
        try await strike("{\"kind\":\"cut\"}") { reply, line in
            #expect(reply.status == 200)
            let announced = try #require(reply.header("Content-Length").flatMap { Int($0) })
            #expect(reply.body.utf8.count == announced / 2)
            #expect(reply.end == .closed)
            #expect(line.answer == .partly)
        }
    }

    @Test func htmlWith200() async throws {
        try await strike("{\"kind\":\"html\"}") { reply, _ in
            #expect(reply.status == 200)
            #expect(reply.header("Content-Type")?.hasPrefix("text/html") == true)
            #expect(reply.body.hasPrefix("<!DOCTYPE html>"))
        }
    }

    @Test func refreshTokenEmptyOrMissing() async throws {
        try await strike("{\"kind\":\"empty_refresh_token\"}") { reply, line in
            #expect(reply.text("refresh_token") == "")
            #expect(line.issuedGeneration == 2)
        }
        try await strike("{\"kind\":\"no_refresh_token\"}") { reply, _ in
            #expect(reply.text("access_token") != nil)
            #expect(reply.json["refresh_token"] == nil)
        }
    }

    @Test func okFalse() async throws {
        try await strike("{\"kind\":\"ok_false\"}") { reply, _ in
            #expect(reply.status == 200)
            #expect(reply.json["ok"] as? Bool == false)
        }
    }

    @Test(arguments: ["3599.5", "-1", "0", "3600000", "\\\"3600\\\"", "null"])
    func expiresIn(_ value: String) async throws {
        try await strike("{\"kind\":\"expires_in\",\"value\":\"\(value)\"}") { reply, _ in
            #expect(reply.body.contains("\"expires_in\":\(value.replacing("\\", with: "")),"))
            #expect(!reply.json.isEmpty)
        }
    }

    @Test func expiresInMissing() async throws {
        try await strike("{\"kind\":\"expires_in\",\"value\":\"missing\"}") { reply, _ in
            #expect(reply.text("access_token") != nil)
            #expect(reply.json["expires_in"] == nil)
        }
    }

    @Test func formEncoded() async throws {
        try await strike("{\"kind\":\"form_encoded\"}") { reply, _ in
            #expect(reply.header("Content-Type")?.hasPrefix("application/x-www-form-urlencoded") == true)
            let parameters = Parameters(form: reply.body)
            #expect(parameters["access_token"]?.hasPrefix("sandbox_at_") == true)
            #expect(parameters["refresh_token"]?.hasPrefix("sandbox_rt_") == true)
            #expect(parameters["expires_in"] == "3600")
        }
    }

    @Test func oversize() async throws {
        try await strike("{\"kind\":\"oversize\",\"mebibytes\":2}") { reply, _ in
            #expect(reply.body.utf8.count > 2 << 20)
            #expect(reply.text("access_token") != nil)
        }
    }

    @Test(arguments: [("invalid_grant", 400, "invalid_grant"), ("invalid_client", 401, "invalid_client")])
    func refusals(_ kind: String, _ status: Int, _ error: String) async throws {
        try await strike("{\"kind\":\"\(kind)\"}") { reply, line in
            #expect(reply.status == status)
            #expect(reply.text("error") == error)
            #expect(line.verdict == .unprocessed)
        }
    }

    @Test func alreadyProcessing() async throws {
        try await strike("{\"kind\":\"already_processing\"}") { reply, _ in
            #expect(reply.status == 400)
            #expect(reply.text("error_description")?.contains("already being processed") == true)
        }
    }

    @Test func anyAnswer() async throws {
        let fault = "{\"kind\":\"respond\",\"status\":418,\"headers\":{\"X-Odd\":\"yes\"},\"body\":\"tea\"}"
        try await strike(fault) { reply, _ in
            #expect(reply.status == 418)
            #expect(reply.header("X-Odd") == "yes")
            #expect(reply.body == "tea")
        }
    }

    @Test func latencyGoesTogetherWithAnotherFault() async throws {
        try await withProvider { provider, http in
            provider.add(Fault(.latency, milliseconds: 30))
            provider.add(Fault(.status, status: 502))
            let start = ContinuousClock.now
            #expect(await http.refresh("x").status == 502)
            #expect(ContinuousClock.now - start >= .milliseconds(30))
            #expect(provider.faults().isEmpty)
        }
    }

    @Test func faultsChooseTheirCalls() {
        var plan = FaultPlan()
        plan.add(Fault(.status, operation: .refresh, clientID: "a", times: .count(2)))
        plan.add(Fault(.html, times: .forever))
        #expect(plan.take(.refresh, clientID: "b").fault?.kind == .html)
        #expect(plan.take(.exchange, clientID: "a").fault?.kind == .html)
        #expect(plan.take(.revoke, clientID: "a").fault == nil, "without operation: token calls only")
        #expect(plan.take(.refresh, clientID: "a").fault?.kind == .status)
        #expect(plan.take(.refresh, clientID: "a").fault?.kind == .status)
        #expect(plan.take(.refresh, clientID: "a").fault?.kind == .html)
        #expect(plan.faults.map(\.kind) == [.html])
    }

    @Test func editsStrikeAfterTheWorkWhateverIsAsked() {
        for kind in Fault.Kind.allCases where kind.editsAnswer {
            #expect(Fault(kind, phase: .before).strikes == .after)
        }
        #expect(Fault(.reset).strikes == .before)
    }

    @Test(arguments: [
        "{\"kind\":\"nonsense\"}", "{\"kind\":\"reset\",\"time\":1}", "{}", "[]", "{\"kind\":\"reset\",\"times\":0}",
        "x",
    ])
    func wrongFaultsAreRefused(_ body: String) async throws {
        try await withProvider { provider, http in
            #expect(await http.post("/_sandbox/faults", body).status == 400)
            #expect(provider.faults().isEmpty)
        }
    }
}
