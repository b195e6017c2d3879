import Foundation
import Testing

@testable import ProviderSimulator

/// Codes, PKCE, redirect URIs and client authentication.
@Suite struct ExchangeTests {
    @Test func challengeIsTheOneOfTheStandard() {
        // RFC 7636, appendix B.
        #expect(
            ProofKey.challenge(of: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
                == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test func exchangeBringsTokens() throws {
        var core = Core()
        let reply = try core.connect()
        #expect(reply.access?.hasPrefix("sandbox_at_") == true)
        #expect(reply.refresh?.hasPrefix("sandbox_rt_") == true)
        #expect(reply.verdict == .fresh)
        #expect(reply.line?.issuedGeneration == 1)
    }

    @Test("a client that must ask for a refresh token gets none otherwise", arguments: ["read", "offline_access", ""])
    func refreshTokenNotAskedFor(_ scope: String) throws {
        var core = Core(SimulatedClient(id: "c", refreshScope: "offline"))
        let code = try core.code(scope: scope)
        let reply = core.exchange(code)
        #expect(core.isAlive(reply.access) && reply.refresh == nil)
        let asking = try core.code(scope: "read offline")
        let asked = core.exchange(asking)
        #expect(core.refresh(asked.refresh).refresh != nil)
    }

    @Test(arguments: [String(repeating: "w", count: 43), nil, "short"])
    func wrongVerifierIsRefusedAndBurnsTheCode(_ verifier: String?) throws {
        var core = Core()
        let code = try core.code()
        #expect(core.exchange(code, verifier: verifier).error == "invalid_grant")
        #expect(core.exchange(code).error == "invalid_grant")
    }

    @Test func verifierWithoutChallengeIsRefused() throws {
        var core = Core()
        #expect(core.exchange(try core.code(challenge: nil)).error == "invalid_grant")
        #expect(core.exchange(try core.code(challenge: nil), verifier: nil).error == nil)
    }

    @Test func secondUseOfACodeRevokesItsTokens() throws {
        var core = Core()
        let code = try core.code()
        let first = core.exchange(code)
        #expect(core.isAlive(first.access))
        let second = core.exchange(code)
        #expect(second.verdict == .reuse)
        #expect(second.line?.spentBy == first.line?.sequence)
        #expect(!core.isAlive(first.access))
        #expect(core.refresh(first.refresh).verdict == .revoked)
    }

    @Test func otherRedirectIsRefused() throws {
        var core = Core()
        #expect(core.exchange(try core.code(), redirect: Core.redirect + "/").error == "invalid_grant")
    }

    @Test func oldCodeIsRefused() throws {
        var core = Core()
        let code = try core.code()
        core.now += AuthorizationServer.codeLifetime
        #expect(core.exchange(code).verdict == .expired)
    }

    @Test func anotherClientsTryLeavesTheCodeAlone() throws {
        var core = Core()
        let code = try core.code()
        core.server.clients["d"] = SimulatedClient(id: "d")
        core.client = SimulatedClient(id: "d")
        #expect(core.exchange(code).verdict == .unknown)
        core.client = SimulatedClient(id: "c")
        #expect(core.exchange(code).error == nil)
    }

    @Test(arguments: [
        ("http://127.0.0.1:1/cb", true), ("http://localhost/cb", true), ("http://[::1]:9/cb", true),
        ("http://example.com/cb", false), ("http://127.0.0.1@example.com/", false), ("javascript:alert(1)", false),
        ("http://127.0.0.1/#x", false), ("http://127.0.0.1/\r\nX: y", false), ("http://127.0.0.1.example.com/", false),
        ("", false),
    ])
    func redirectURIs(_ uri: String, _ allowed: Bool) {
        #expect(RedirectURI.isAllowed(uri, for: SimulatedClient(id: "c")) == allowed)
        let registered = SimulatedClient(id: "c", redirectURIs: ["https://app.example/cb"])
        #expect(!RedirectURI.isAllowed(uri, for: registered))
        #expect(RedirectURI.isAllowed("https://app.example/cb", for: registered))
    }

    @Test func consentRefusals() {
        let core = Core(SimulatedClient(id: "c", scopes: ["read"]))
        func refusal(_ text: String) -> ConsentRefusal? {
            do throws(ConsentRefusal) {
                _ = try core.server.consent(Parameters(form: text), issuer: "http://i")
                return nil
            } catch { return error }
        }
        func code(_ refusal: ConsentRefusal?) -> String? {
            guard case .redirect(let location) = refusal else { return nil }
            return URLComponents(string: location)?.queryItems?.first { $0.name == "error" }?.value
        }
        let base = "client_id=c&redirect_uri=http://127.0.0.1/cb&state=s"
        #expect(refusal(base + "&response_type=code&scope=read") == nil)
        #expect(code(refusal(base + "&response_type=token")) == "unsupported_response_type")
        #expect(code(refusal(base + "&response_type=code&scope=admin")) == "invalid_scope")
        #expect(
            code(refusal(base + "&response_type=code&code_challenge=x&code_challenge_method=plain"))
                == "invalid_request")
        for text in ["client_id=nobody", "client_id=c", base + "&client_id=c"] {
            guard case .page = refusal(text) else {
                Issue.record("\(text) must be refused on a page")
                continue
            }
        }
    }

    @Test func redirectCarriesStateAndIssuer() throws {
        var core = Core()
        let request = ConsentRequest(
            clientID: "c", redirectURI: "http://127.0.0.1/cb?a=b", scope: "", state: "x&y=z", subject: "u")
        let denied = core.server.decide(request, allow: false, issuer: "http://i", now: core.now)
        #expect(denied == "http://127.0.0.1/cb?a=b&error=access_denied&state=x%26y%3Dz&iss=http%3A%2F%2Fi")
    }

    @Test func clientAuthentication() {
        let server = AuthorizationServer(clients: [
            SimulatedClient(id: "a:b", secret: "s c"), SimulatedClient(id: "public", secret: nil),
        ])
        func code(_ form: String, _ header: String? = nil) -> String? {
            do throws(OAuthFailure) {
                _ = try server.authenticate(Parameters(form: form), authorization: header)
                return nil
            } catch { return error.code }
        }
        func basic(_ pair: String) -> String { "Basic " + Data(pair.utf8).base64EncodedString() }
        #expect(code("", basic("a%3Ab:s+c")) == nil)
        #expect(code("client_id=a:b", basic("a%3Ab:s%20c")) == nil)
        #expect(code("client_id=a:b&client_secret=s+c") == nil)
        #expect(code("client_id=public") == nil)
        #expect(code("client_id=a:b&client_secret=wrong") == "invalid_client")
        #expect(code("client_id=a:b") == "invalid_client")
        #expect(code("client_id=public&client_secret=guess") == "invalid_client")
        #expect(code("client_id=nobody") == "invalid_client")
        #expect(code("", "Basic %%%") == "invalid_client")
        #expect(code("client_secret=s+c", basic("a%3Ab:s+c")) == "invalid_request")
        #expect(code("client_id=public", basic("a%3Ab:s+c")) == "invalid_request")
    }

    @Test func grantTypes() throws {
        var core = Core()
        #expect(core.call("grant_type=password", .otherGrant).error == "unsupported_grant_type")
        #expect(core.call("", .otherGrant).error == "invalid_request")
        #expect(core.call("grant_type=refresh_token&grant_type=refresh_token", .refresh).error == "invalid_request")
        let reply = core.call("grant_type=client_credentials&scope=read", .clientCredentials)
        #expect(core.isAlive(reply.access))
        #expect(reply.refresh == nil)
    }

    @Test func revocation() throws {
        var core = Core()
        let first = try core.connect()
        let second = core.refresh(first.refresh)
        func revoke(_ token: String?) throws {
            let form = "client_id=c&client_secret=sandbox-secret&token=\(token ?? "")"
            try core.server.revoke(Parameters(form: form), authorization: nil)
        }
        try revoke(first.access)
        #expect(!core.isAlive(first.access))
        #expect(core.isAlive(second.access), "an access token is revoked alone")
        try revoke("unknown")
        try revoke(second.refresh)
        #expect(!core.isAlive(second.access), "a refresh token takes its family with it")
    }

    @Test func formText() {
        #expect(FormText.decode("a%20b+c%2Bd%zz%4".utf8) == "a b c+d%zz%4")
        #expect(FormText.encode("a b/ü~") == "a%20b%2F%C3%BC~")
        #expect(Parameters(form: "a=&b=1&c")["a"] == nil)
        #expect(Parameters(form: "a=1&b=2&a=3").repeated == "a")
        #expect(JSONText.string("a\"\\\n") == "\"a\\\"\\\\\\u000a\"")
    }
}
