import Foundation
import TestSupport
import Testing

/// `claims_of: id_token` (SECURITY.md lines 6 and 7), and exchange without state (DESIGN.md §7).
@Suite(.hosts(1)) struct IdentityTests {
    private static func keys(_ provider: StepProvider) -> String {
        """
        issuer: \(provider.address)
        after_connect:
          - claims_of: id_token
            capture: {user: /sub}
        """
    }

    private static func answer(_ identity: String) -> String {
        #"{"access_token":"\#(StepProvider.accessToken)","expires_in":3600,"id_token":"\#(identity)"}"#
    }

    private static func publish(_ tokens: IdentityTokens, at provider: StepProvider, issuer: String? = nil) {
        provider.set("/jwks", tokens.keySet)
        provider.set(
            "/.well-known/openid-configuration",
            #"{"issuer":"\#(issuer ?? provider.address)","jwks_uri":"\#(provider.address)/jwks"}"#)
    }

    @Test("verified claims are captured; the nonce of the consent page is asked for") func good() async throws {
        try await StepScenario.run("identity", Self.keys) { steps, _ in
            let tokens = IdentityTokens()
            Self.publish(tokens, at: steps.provider)
            let (state, id, page, _) = try await steps.authorize()
            let nonce = try #require(page["nonce"])
            steps.provider.set(
                "/token",
                Self.answer(try tokens.token(issuer: steps.provider.address, audience: "client-1", nonce: nonce)))
            #expect(try await steps.exchange(state).json["status"] as? String == "active")
            #expect(try await steps.captured(id) == ["user": "somebody"])
        }
    }

    @Test("a provider that insists on a nonce gets one, a new one each time, by the name that it wants")
    func insisting() async throws {
        let named = { (text: String) in text.replacing("/authorize\"", with: "/authorize\", rename: {nonce: once}") }
        try await StepScenario.run("identity-insisting", { _ in "" }, change: named) { steps, _ in
            let pages = [try await steps.authorize().page, try await steps.authorize().page]
            let nonces = Set(pages.compactMap { $0["once"] })
            #expect(nonces.count == 2 && nonces.allSatisfy { $0.utf8.count == 43 }, "\(pages)")
            #expect(pages.allSatisfy { $0["nonce"] == nil })
        }
    }

    @Test("SECURITY 7: a forged one is not captured, its grant is not served, and the person has to come again")
    func forged() async throws {
        try await StepScenario.run("forged-identity", Self.keys) { steps, _ in
            let (tokens, others) = (IdentityTokens(), IdentityTokens())
            Self.publish(tokens, at: steps.provider)
            let address = steps.provider.address
            let cases: [(String, (String) throws -> String)] = [
                ("id_token_nonce", { _ in try tokens.token(issuer: address, audience: "client-1", nonce: "another") }),
                ("id_token_audience", { try tokens.token(issuer: address, audience: "client-2", nonce: $0) }),
                (
                    "id_token_issuer",
                    { try tokens.token(issuer: "https://evil.example", audience: "client-1", nonce: $0) }
                ),
                ("id_token_signature", { try others.token(issuer: address, audience: "client-1", nonce: $0) }),
                (
                    "id_token_algorithm",
                    { try tokens.token(issuer: address, audience: "client-1", nonce: $0, header: ["alg": "none"]) }
                ),
            ]
            for (code, make) in cases {
                let (state, id, page, _) = try await steps.authorize()
                steps.provider.set("/token", Self.answer(try make(page["nonce"] ?? "")))
                let made = try await steps.exchange(state)
                #expect(made.json["status"] as? String == "needs_reauthorization", "\(code): \(made.text)")
                #expect(made.json["status_reason"] as? String == code)
                #expect(try await steps.captured(id).isEmpty)
                #expect(try await steps.scenario.token(id).code == "needs_reauthorization")
            }
        }
    }

    @Test("SECURITY 6: a discovery document of another issuer is refused, and only the step is retried")
    func discovery() async throws {
        try await StepScenario.run("discovery", Self.keys) { steps, _ in
            let tokens = IdentityTokens()
            Self.publish(tokens, at: steps.provider, issuer: "https://evil.example")
            let (state, id, page, _) = try await steps.authorize()
            steps.provider.set(
                "/token",
                Self.answer(
                    try tokens.token(issuer: steps.provider.address, audience: "client-1", nonce: page["nonce"])))
            #expect(try await steps.exchange(state).json["status"] as? String == "degraded")
            #expect(try await steps.lastError(id) == "discovery_issuer")
            #expect(steps.provider.requests("/jwks").isEmpty)
            Self.publish(tokens, at: steps.provider)
            try await steps.scenario.reaches("active", id)
            #expect(steps.provider.requests("/token").count == 1)
        }
    }

    @Test("exchange without state: only where the client allows it, and with a registered redirect_uri byte for byte")
    func withoutState() async throws {
        let verifier = "canary-verifier-0123456789-0123456789-0123456789"
        try await StepScenario.run("without-state", { _ in "" }) { steps, _ in
            func exchange(_ uri: String?) async throws -> HTTPProbe.Answer {
                var json: [String: any Sendable] = [
                    "code": "canary-code-1", "code_verifier": verifier, "name": "Installed",
                ]
                json["redirect_uri"] = uri
                return try await steps.scenario.command("POST", "/connectors/acme/exchange", json)
            }
            #expect(try await exchange("https://app.example/cb").code == "invalid_input", "not allowed")
            let allowed = try await steps.scenario.command(
                "PUT", "/connectors/acme/config", ["settings": ["exchange_without_state": true]])
            #expect(allowed.status == 200)
            for uri in [nil, "https://app.example/cb/", "https://APP.example/cb", "https://app.example/%63b"] {
                #expect(try await exchange(uri).code == "invalid_input", "\(uri ?? "none")")
            }
            let short = try await steps.scenario.command(
                "POST", "/connectors/acme/exchange",
                ["code": "canary-code-1", "code_verifier": "short", "redirect_uri": "https://app.example/cb"])
            #expect(short.code == "invalid_input" && short.text.contains("code_verifier"), "\(short.text)")
            #expect(steps.provider.requests("/token").isEmpty)
            let made = try await exchange("https://app.example/cb")
            #expect(made.status == 201 && made.json["status"] as? String == "active", "\(made.text)")
            #expect(made.json["name"] as? String == "Installed")
            let form = try #require(steps.provider.requests("/token").first).form
            #expect(form["redirect_uri"] == "https://app.example/cb" && form["code_verifier"] == verifier)
            #expect(try await exchange("https://app.example/cb").code == "invalid_input", "the name is taken")
        }
    }
}
