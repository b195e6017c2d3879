import ConnectorSDK
import Connectors
import Foundation
import Testing

@Suite struct ConsentTests {
    let consent = ConsentRequest(redirectURI: "https://cb.example/callback", state: "st", challenge: "ch")

    func page(
        _ consent: ConsentRequest? = nil, scopes: [String] = [], values: [String: String] = [:],
        _ change: (inout Definition) -> Void = { _ in }
    ) throws -> ConsentPage {
        try OAuth2Connector(definition: .sample(change))
            .authorizationURL(consent ?? self.consent, in: .sample(values: values, scopes: scopes))
    }

    @Test func asTheRFCsHaveIt() throws {
        let page = try page(scopes: ["a", "b"])
        #expect(
            page.url == "https://auth.example.com/authorize?response_type=code&client_id=id"
                + "&redirect_uri=https%3A%2F%2Fcb.example%2Fcallback&scope=a%20b&state=st&code_challenge=ch&code_challenge_method=S256"
        )
        #expect(page.scopes == ["a", "b"])
    }

    @Test(
        "SECURITY 1: the redirect URI goes byte for byte",
        arguments: [
            "https://cb.example/callback", "https://cb.example/callback/",
            "https://CB.example:443/callback?a=b&c=d%20e+f", "http://127.0.0.1:8082/x#y", "app.x:/cb",
            "https://cb.example/ä%C3%A4/e\u{301}",
        ])
    func redirectURI(text: String) throws {
        let url = try page(ConsentRequest(redirectURI: text, state: "st", challenge: "ch")).url
        let written = try #require(url.split(separator: "&").first { $0.hasPrefix("redirect_uri=") }).dropFirst(
            "redirect_uri=".count)
        #expect(written.removingPercentEncoding.map { Array($0.utf8) } == Array(text.utf8))
        let request = try OAuth2Connector(definition: .sample())
            .request(.redeem(.authorizationCode(redirectURI: text, hasVerifier: true)), in: .sample())
        guard case .form(let fields) = request.body else { throw ConnectorError(.unsupported, at: "", remedy: "") }
        #expect(fields.first { $0.name == "redirect_uri" }?.value.parts == [.text(text)])
    }

    @Test("SECURITY 4: PKCE goes only by the definition's flag") func proofKey() throws {
        let none = ConsentRequest(redirectURI: "https://cb.example/callback", state: "st", challenge: nil)
        #expect(throws: ConnectorError.self) { try page(none) }
        let off = try page(none) { $0.authorization?.pkce = false }
        #expect(!off.url.contains("code_challenge"))
        #expect(try !page { $0.authorization?.pkce = false }.url.contains("code_challenge"))
        for name in ["code_challenge", "code_challenge_method", "state"] {
            #expect(throws: ConnectorError.self) { try page { $0.authorization?.omit = [name] } }
        }
        #expect(throws: ConnectorError.self) { try page { $0.token.omit = ["code_verifier"] } }
        #expect(throws: ConnectorError.self) {
            try page { $0.authorization?.parameters = ["code_challenge_method": Template("plain")] }
        }
        #expect(throws: ConnectorError.self) { try page { $0.authorization?.rename = ["state": "customField"] } }
    }

    @Test func scopesAreWrittenAsTheProviderWantsThem() throws {
        let always = try page(scopes: ["b", "a", "b"]) { $0.scopes.always = ["a", "offline"] }
        #expect(always.scopes == ["b", "a", "offline"])
        #expect(always.url.contains("&scope=b%20a%20offline&"))
        #expect(try page { $0.scopes.defaults = ["d"] }.url.contains("&scope=d&"))
        #expect(try page(scopes: ["x"]) { $0.scopes.defaults = ["d"] }.url.contains("&scope=x&"))
        #expect(try page(scopes: ["a", "b"]) { $0.scopes.separator = "," }.url.contains("&scope=a%2Cb&"))
        #expect(try page(scopes: ["a", "b"]) { $0.scopes.encoding = .plus }.url.contains("&scope=a+b&"))
        #expect(try page(scopes: ["a"]) { $0.scopes.parameter = "user_scope" }.url.contains("&user_scope=a&"))
        let silent = try page(scopes: ["a"]) { $0.scopes.send = [.token] }
        #expect(!silent.url.contains("scope") && silent.scopes == ["a"])
        #expect(try !page().url.contains("scope"))
    }

    @Test func extraRenamedAndDroppedParameters() throws {
        let hint = ConsentRequest(
            redirectURI: "https://cb.example/", state: "st", challenge: "ch", nonce: "n", loginHint: "a@b c")
        let url = try page(hint, values: ["region": "eu&x=y"]) { definition in
            definition.inputs = [Input(name: "region"), Input(name: "extra")]
            definition.inputs[1].required = false
            definition.authorization?.parameters = [
                "prompt": Template("consent"), "access_type": Template("offline"), "r": Template("{region}"),
                "e": Template("{extra}"), "n": Template(""),
            ]
            definition.authorization?.rename = ["client_id": "client_key"]
            definition.authorization?.omit = ["response_type"]
        }.url
        #expect(
            url
                == "https://auth.example.com/authorize?client_key=id&redirect_uri=https%3A%2F%2Fcb.example%2F&state=st&code_challenge=ch"
                + "&code_challenge_method=S256&nonce=n&login_hint=a%40b%20c&access_type=offline&prompt=consent&r=eu%26x%3Dy"
        )
    }

    @Test(
        "the query may stand behind #",
        arguments: [
            ("https://auth.example.com/x", "https://auth.example.com/x#response_type=code&"),
            (
                "https://auth.example.com/x#/oauth/authorize",
                "https://auth.example.com/x#/oauth/authorize?response_type=code&"
            ),
            ("https://auth.example.com/x?a=b", "https://auth.example.com/x?a=b#response_type=code&"),
        ])
    func fragments(endpoint: String, start: String) throws {
        let url = try page { definition in
            definition.authorization?.endpoint = [Template(endpoint)]
            definition.authorization?.fragment = true
        }.url
        #expect(url.hasPrefix(start))
    }

    @Test(
        "SECURITY 62: the consent page lies within hosts and has no fragment of its own",
        arguments: [
            "https://evil.com/authorize", "http://auth.example.com/x", "https://auth.example.com/#x",
            "https://auth.example.com@evil.com/", "https://{tenant}/x",
        ])
    func refusedEndpoints(endpoint: String) {
        #expect(throws: ConnectorError.self) {
            try page(values: ["tenant": "evil.com"]) { $0.authorization?.endpoint = [Template(endpoint)] }
        }
    }

    @Test func anEndpointsOwnQueryIsKept() throws {
        let url = try page { $0.authorization?.endpoint = [Template("https://auth.example.com/x?owner=user")] }.url
        #expect(url.hasPrefix("https://auth.example.com/x?owner=user&response_type=code&"))
    }

    @Test func withoutConsentPageThereIsNoURL() {
        #expect { try page { $0.authorization = nil } } throws: { ($0 as? ConnectorError)?.code == .unsupported }
    }
}
