import Foundation
import Testing

@testable import ProviderSimulator

/// The provider over HTTP: a connection's life, the pages, gates and the control plane.
@Suite struct ProviderTests {
    static let authorize =
        "/authorize?response_type=code&client_id=sandbox-family&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcb"
        + "&scope=read%20offline&state=st&code_challenge=\(ProofKey.challenge(of: Core.verifier))&code_challenge_method=S256"
    static let secret = "&client_id=sandbox-family&client_secret=sandbox-secret"

    private func query(_ reply: RawReply) throws -> Parameters {
        let location = try #require(reply.header("Location"))
        return Parameters(form: try #require(URLComponents(string: location)?.percentEncodedQuery))
    }

    @Test func wholeLifeOfAConnection() async throws {
        try await withProvider { provider, http in
            let consent = await http.get(Self.authorize + "&auto=allow")
            #expect(consent.status == 302)
            let answer = try query(consent)
            #expect(answer["state"] == "st")
            #expect(answer["iss"] == (try await provider.issuer))
            let code = try #require(answer["code"])
            let exchanged = await http.post(
                "/token",
                "grant_type=authorization_code&code=\(code)&redirect_uri=http://127.0.0.1:9/cb"
                    + "&code_verifier=\(Core.verifier)" + Self.secret)
            #expect(exchanged.status == 200)
            #expect(exchanged.header("Cache-Control") == "no-store")
            #expect(exchanged.json["expires_in"] as? Int == 3600)
            #expect(exchanged.text("scope") == "read offline")
            let refreshed = await http.refresh(exchanged.text("refresh_token"), client: "sandbox-family")
            let access = try #require(refreshed.text("access_token"))
            let bearer = ["Authorization": "Bearer \(access)"]
            #expect(await http.get("/userinfo", headers: bearer).json["generation"] as? Int == 2)
            let pair = Data("sandbox-family:sandbox-secret".utf8).base64EncodedString()
            let basic = ["Authorization": "Basic \(pair)"]
            let active = await http.post("/introspect", "token=\(access)", headers: basic)
            #expect(active.json["active"] as? Bool == true)
            #expect(active.json["exp"] is Int)
            #expect(
                await http.post("/revoke", "token=\(refreshed.text("refresh_token") ?? "")", headers: basic).status
                    == 200)
            #expect(await http.post("/introspect", "token=\(access)", headers: basic).json["active"] as? Bool == false)
            let rejected = await http.get("/userinfo", headers: bearer)
            #expect(rejected.status == 401)
            #expect(rejected.header("WWW-Authenticate")?.contains("invalid_token") == true)
            let statistics = provider.statistics()
            #expect(statistics.tokenCalls == 2)
            #expect(statistics.refreshCalls == 1)
            #expect(statistics.calls(of: .revoke) == 1)
            #expect(statistics.presentations(judged: .fresh) == 2)
        }
    }

    @Test("every 401 names a scheme, whatever the client tried (RFC 6749 §5.2, RFC 9110 §15.5.2)")
    func refusedClient() async throws {
        try await withProvider { provider, http in
            let grant = try #require(provider.issueGrant(clientID: "sandbox-family"))
            func refused(_ pair: String) async -> RawReply {
                let basic = ["Authorization": "Basic \(Data(pair.utf8).base64EncodedString())"]
                let form = "grant_type=refresh_token&refresh_token=\(grant.refreshToken)"
                return await http.post("/token", form, headers: basic)
            }
            var replies = [
                await refused("sandbox-family:wrong"), await refused("nobody:sandbox-secret"), await refused("broken"),
                await http.post("/token", "grant_type=refresh_token&client_id=sandbox-family&client_secret=wrong"),
            ]
            provider.add(Fault(.invalidClient, operation: .refresh))
            replies.append(await refused("sandbox-family:sandbox-secret"))
            for reply in replies {
                #expect(reply.status == 401 && reply.text("error") == "invalid_client", "\(reply.body)")
                #expect(reply.header("WWW-Authenticate") == "Basic realm=\"sandbox\"")
            }
        }
    }

    @Test func consentPageAndItsButtons() async throws {
        try await withProvider { _, http in
            let page = await http.get(Self.authorize)
            #expect(page.status == 200)
            #expect(page.body.contains("<html lang=\"en\">"))
            #expect(page.body.contains("name=\"decision\" value=\"deny\""))
            #expect(page.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true)
            let allowed = await http.post(Self.authorize, "decision=allow")
            #expect(allowed.status == 303)
            #expect(try query(allowed)["code"] != nil)
            let form = String(Self.authorize.split(separator: "?")[1]) + "&decision=deny"
            let denied = try query(await http.post("/authorize", form))
            #expect(denied["error"] == "access_denied")
            #expect(denied["code"] == nil)
            #expect(try query(await http.get(Self.authorize + "&login_hint=auto-deny"))["error"] == "access_denied")
        }
    }

    @Test func hostileParametersAreEscaped() async throws {
        try await withProvider { _, http in
            let attack = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%27"
            let page = await http.get(Self.authorize + "&login_hint=\(attack)&x\(attack)=\(attack)")
            #expect(page.status == 200)
            #expect(page.body.contains("&quot;&gt;&lt;script&gt;"))
            #expect(!page.body.contains("<script"))
            let refused = await http.get("/authorize?client_id=a&a\(attack)=1&a\(attack)=2")
            #expect(refused.status == 400)
            #expect(!refused.body.contains("<script"))
        }
    }

    @Test func untrustedRedirectIsAPage() async throws {
        try await withProvider { _, http in
            let reply = await http.get(
                "/authorize?response_type=code&client_id=sandbox-client&redirect_uri=http://evil.example/&auto=allow")
            #expect(reply.status == 400)
            #expect(reply.header("Location") == nil)
        }
    }

    @Test func metadataAndIndex() async throws {
        try await withProvider { provider, http in
            let issuer = try await provider.issuer
            let metadata = await http.get("/.well-known/oauth-authorization-server")
            #expect(metadata.text("issuer") == issuer)
            #expect(metadata.text("token_endpoint") == issuer + "/token")
            _ = await http.refresh("x")
            let index = await http.get("/")
            #expect(index.body.contains("<strong>1</strong> token calls"))
            #expect(index.body.contains("sandbox-single-use"))
        }
    }

    @Test func gateBeforeTheWork() async throws {
        try await withProvider { provider, http in
            let grant = try #require(provider.issueGrant(clientID: "sandbox-family"))
            #expect(await http.post("/_sandbox/gate", "{\"operation\":\"refresh\"}").status == 200)
            async let reply = http.refresh(grant.refreshToken, client: "sandbox-family")
            #expect(await http.get("/_sandbox/gate/wait?waiting=1").json["waiting"] as? Int == 1)
            #expect(provider.log().last?.verdict == .unprocessed)
            #expect(provider.log().last?.answer == .pending)
            #expect(provider.statistics().inFlight == 1)
            #expect(await http.post("/_sandbox/gate/release").json["released"] as? Int == 1)
            #expect(await reply.status == 200)
            #expect(provider.log().last?.verdict == .fresh)
            #expect(provider.statistics().inFlight == 0)
        }
    }

    @Test func gateAfterTheWorkAndInTheBody() async throws {
        try await withProvider { provider, http in
            let grant = try #require(provider.issueGrant(clientID: "sandbox-family"))
            provider.hold(GateRule(phase: .after))
            provider.hold(GateRule(phase: .body))
            async let reply = http.refresh(grant.refreshToken, client: "sandbox-family")
            #expect(await provider.whenWaiting() == 1)
            #expect(provider.log().last?.verdict == .fresh)
            #expect(provider.log().last?.answer == .pending)
            provider.release(GateRelease(phase: .after))
            #expect(await provider.whenWaiting() == 1)
            #expect(provider.log().last?.answer == .sent)
            provider.release()
            #expect(await reply.text("access_token") != nil)
        }
    }

    @Test func gatesCountAndChoose() async {
        let gates = Gates()
        gates.hold(GateRule(operation: .refresh, clientID: "a", times: 2))
        let call = GateCall(operation: .refresh, clientID: "a", place: .before)
        await gates.pass(GateCall(operation: .refresh, clientID: "b", place: .before))
        await gates.pass(GateCall(operation: .refresh, clientID: "a", place: .after))
        async let first: Void = gates.pass(call)
        async let second: Void = gates.pass(call)
        #expect(await gates.whenWaiting(2, timeout: .seconds(10)) == 2)
        await gates.pass(call)
        #expect(gates.release(GateRelease(clientID: "b")) == 0)
        #expect(gates.release(GateRelease(count: 1)) == 1)
        #expect(gates.waiting == 1)
        #expect(await gates.whenWaiting(5, timeout: .milliseconds(1)) == 1)
        gates.shut()
        _ = await (first, second)
        gates.hold(GateRule(phase: .before))
        await gates.pass(call)
    }

    @Test func cancelledCallLeavesTheGate() async {
        let gates = Gates()
        gates.hold(GateRule())
        let task = Task { await gates.pass(GateCall(operation: .refresh, clientID: nil, place: .before)) }
        #expect(await gates.whenWaiting(1, timeout: .seconds(10)) == 1)
        task.cancel()
        await task.value
        #expect(gates.waiting == 0)
    }

    @Test func twoAtOnceAreSeenAsOverlapping() async throws {
        try await withProvider { provider, http in
            let grant = try #require(provider.issueGrant(clientID: "sandbox-family"))
            provider.hold(GateRule(operation: .refresh))
            async let one = http.refresh(grant.refreshToken, client: "sandbox-family")
            async let two = http.refresh(grant.refreshToken, client: "sandbox-family")
            #expect(await provider.whenWaiting(2) == 2)
            provider.release()
            let statuses = await [one.status, two.status]
            #expect(Set(statuses) == [200, 400])
            #expect(provider.statistics().overlappingPresentations == 2)
            #expect(provider.log().map(\.verdict).contains(.reuse))
            #expect(provider.statistics().maxInFlight == 2)
        }
    }

    @Test func threeHundredAtOnce() async throws {
        try await withProvider { provider, http in
            provider.hold(GateRule(operation: .refresh))
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for _ in 0..<300 {
                    let grant = try #require(provider.issueGrant(clientID: "sandbox-family"))
                    group.addTask { await http.refresh(grant.refreshToken, client: "sandbox-family").status }
                }
                #expect(await provider.whenWaiting(300, timeout: .seconds(20)) == 300)
                provider.release()
                for try await status in group { #expect(status == 200) }
            }
            #expect(provider.statistics().refreshCalls == 300)
            #expect(provider.statistics().overlappingPresentations == 0)
        }
    }

    @Test func controlPlane() async throws {
        try await withProvider { provider, http in
            let change = "{\"client_id\":\"sandbox-overlap\",\"window\":\"until_used\",\"lifetime\":60}"
            #expect(await http.post("/_sandbox/clients", change).json["window"] as? String == "until_used")
            #expect(provider.clients().first { $0.id == "sandbox-overlap" }?.rotation == .overlap)
            let new = "{\"client_id\":\"mine\",\"client_secret\":\"\",\"class\":\"static\"}"
            #expect(await http.post("/_sandbox/clients", new).status == 200)
            #expect(provider.clients().first { $0.id == "mine" }?.secret == nil)
            #expect(await http.post("/_sandbox/clients", "{\"client_id\":\"x\",\"clas\":\"static\"}").status == 400)
            let grant = await http.post("/_sandbox/grants", "{\"client_id\":\"sandbox-overlap\"}")
            #expect(grant.json["expires_in"] as? Int == 60)
            #expect(await http.post("/_sandbox/grants", "{\"client_id\":\"nobody\"}").status == 404)
            let access = grant.text("access_token") ?? ""
            #expect(await http.get("/userinfo", headers: ["Authorization": "Bearer \(access)"]).status == 200)
            #expect(await http.post("/_sandbox/clock", "{\"advance_seconds\":61}").status == 200)
            #expect(await http.get("/userinfo", headers: ["Authorization": "Bearer \(access)"]).status == 401)
            #expect(await http.post("/_sandbox/withdraw", "{}").json["withdrawn"] as? Int == 1)
            let token = grant.text("refresh_token")
            #expect(await http.refresh(token, client: "sandbox-overlap").text("error") == "invalid_grant")
            let log = await http.get("/_sandbox/log").json["log"] as? [[String: Any]]
            #expect(log?.count == 1)
            #expect(log?.first?["verdict"] as? String == "revoked")
            #expect(log?.first?["class"] as? String == "overlap")
            #expect(await http.get("/_sandbox/log?client_id=other").json["log"] as? [String] == [])
            let stats = await http.get("/_sandbox/stats")
            #expect(stats.json["token_calls"] as? Int == 1)
            #expect((stats.json["calls"] as? [String: Int])?["refresh"] == 1)
            let partly = await http.post("/_sandbox/reset", "{\"only\":[\"stats\"]}")
            #expect(partly.json["token_calls"] as? Int == 0)
            #expect(provider.log().count == 1)
            #expect(await http.post("/_sandbox/reset").status == 200)
            #expect(provider.log().isEmpty)
            #expect(provider.clients() == SimulatedClient.wellKnown.sorted { $0.id < $1.id })
        }
    }

    @Test func callHeldAcrossAResetWritesIntoNoNewLine() async throws {
        try await withProvider { provider, http in
            let grant = try #require(provider.issueGrant(clientID: "sandbox-static"))
            provider.hold(GateRule(phase: .before, times: 1))
            async let held = http.refresh("sandbox_rt_old")
            #expect(await provider.whenWaiting() == 1)
            provider.reset([.log, .stats])
            #expect(await http.refresh(grant.refreshToken, client: "sandbox-static").status == 200)
            provider.release()
            #expect(await held.status == 400)
            #expect(provider.log().map(\.verdict) == [.fresh])
            #expect(provider.statistics().inFlight == 0)
        }
    }

    @Test func aTakenPortIsAnError() async throws {
        try await withProvider { provider, _ in
            let second = SimulatedProvider(.init(port: try await provider.port))
            await #expect(throws: (any Error).self) { try await second.run() }
            await #expect(throws: NotListening.self) { _ = try await second.port }
        }
    }
}
