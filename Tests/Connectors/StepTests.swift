import ConnectorSDK
import Connectors
import Foundation
import Testing

/// Revocation, introspection, upgrade.
@Suite struct StepTests {
    func read(_ status: Int, _ body: String, to operation: Operation, _ change: (inout Definition) -> Void = { _ in })
        throws -> Reading
    {
        try OAuth2Connector(definition: .sample(change)).read(.sample(status, body), to: operation, in: .sample())
    }

    @Test(
        "SECURITY 15: a revoked or unknown token is revoked",
        arguments: [
            (200, ""), (200, "{}"), (204, ""), (200, "<html>"), (200, #"{"ok":true,"revoked":true}"#),
            (400, #"{"error":"invalid_token"}"#), (400, #"{"error":"invalid_grant"}"#),
            (200, #"{"ok":false,"error":"token_revoked"}"#), (404, #"{"error":"token_not_found"}"#),
        ])
    func revoked(status: Int, body: String) throws { #expect(try read(status, body, to: .revoke).isDone) }

    @Test(
        "SECURITY 15: anything else is tried again or said",
        arguments: [
            (503, "", .unclear), (500, #"{"error":"invalid_token"}"#, .unclear), (429, "", .rateLimited(after: nil)),
            (401, #"{"error":"invalid_client"}"#, .misconfigured),
            (400, #"{"error":"unsupported_token_type"}"#, .unclear), (404, "", .unclear), (302, "", .unclear),
            (200, #"{"ok":false}"#, .unclear), (403, #"{"error":"access_denied"}"#, .refused),
        ] as [(Int, String, ProviderFailure.Disposition)])
    func notRevoked(status: Int, body: String, disposition: ProviderFailure.Disposition) throws {
        #expect(try read(status, body, to: .revoke).failure?.disposition == disposition)
    }

    @Test(
        "RFC 7662",
        arguments: [
            (#"{"active":true,"exp":1767229200}"#, true, .at(now + 3_600_000)), (#"{"active":true}"#, true, nil),
            (#"{"active":false}"#, false, nil),
            (#"{"active":false,"exp":1767229200}"#, false, nil), (#"{"active":true,"exp":1}"#, true, nil),
        ] as [(String, Bool, Expiry?)])
    func introspection(body: String, active: Bool, expiry: Expiry?) throws {
        guard case .state(active, expiry) = try read(200, body, to: .introspect) else {
            return #expect(Bool(false), "not that state")
        }
    }

    @Test(
        "an introspection that says nothing is no state",
        arguments: [
            (200, "{}"), (200, #"{"active":"true"}"#), (200, "<html>"), (401, #"{"error":"invalid_client"}"#),
            (500, ""), (200, #"{"active":true,"error":"x"}"#),
        ])
    func noState(status: Int, body: String) throws { #expect(try read(status, body, to: .introspect).failure != nil) }

    static let upgraded: @Sendable (inout Definition) -> Void = { definition in
        var rules = RequestRules(endpoint: [Template("https://auth.example.com/long")])
        rules.method = .get
        rules.grantType = "exchange"
        definition.upgrade = rules
    }

    @Test("an upgrade follows the redemption and nothing else") func upgrade() throws {
        let redeem = Operation.redeem(.authorizationCode(redirectURI: "x", hasVerifier: true))
        guard case .further(let tokens) = try read(200, #"{"access_token":"short"}"#, to: redeem, Self.upgraded) else {
            return #expect(Bool(false), "no further request")
        }
        #expect(tokens.tokens.first?.accessToken == Secret("short"))
        #expect(
            try OAuth2Connector(definition: .sample(Self.upgraded)).request(.upgrade, in: .sample())
                == ProviderRequest(
                    method: .get, url: "https://auth.example.com/long",
                    query: [
                        Field("grant_type", "exchange"), .secret("access_token"), Field("client_id", "id"),
                        .secret("client_secret"),
                    ]))
        #expect(
            try read(200, #"{"access_token":"long"}"#, to: .upgrade, Self.upgraded).token?.accessToken == Secret("long")
        )
        #expect(try read(200, #"{"access_token":"at"}"#, to: .refresh, Self.upgraded).token != nil)
        #expect(
            try read(400, #"{"error":"invalid_grant"}"#, to: redeem, Self.upgraded).failure?.disposition == .refused)
    }

    @Test(
        "SECURITY 62: an upgrade outside the definition's hosts is not described, and the tokens are kept before it is")
    func impossibleUpgrade() throws {
        let change: @Sendable (inout Definition) -> Void = {
            $0.upgrade = RequestRules(endpoint: [Template("https://evil.com/x")])
        }
        guard
            case .further(let tokens) = try read(
                200, #"{"access_token":"at"}"#, to: .redeem(.clientCredentials), change)
        else { return #expect(Bool(false), "no further request") }
        #expect(tokens.tokens.first?.accessToken == Secret("at"))
        let connector = try OAuth2Connector(definition: .sample(change))
        #expect(throws: ConnectorError.self) { try connector.request(.upgrade, in: .sample()) }
    }
}
