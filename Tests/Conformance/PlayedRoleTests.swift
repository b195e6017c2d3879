import Conformance
import ConnectorSDK
import Foundation
import ProviderSimulator
import Testing

/// What a definition becomes when it is played.
@Suite struct PlayedRoleTests {
    private static let provider = "http://127.0.0.1:9"

    private static func definition(_ change: (inout Definition) -> Void = { _ in }) -> Definition {
        let token = RequestRules(endpoint: [Template("https://{site}.acme.example/token?v={version}")])
        var definition = Definition(id: "acme", title: "Acme", token: token, refresh: RefreshRules(request: token))
        definition.inputs = [Input(name: "site"), Input(name: "version")]
        definition.inputs[0].example = "eu"
        definition.inputs[1].defaultValue = "2"
        definition.authorization = AuthorizationRules(endpoint: [Template("https://acme.example/go")])
        change(&definition)
        return definition
    }

    @Test("the played file extends the shipped one and replaces addresses, nothing else")
    func file() throws {
        let played = PlayedDefinition(
            of: Self.definition {
                $0.issuer = Template("https://login.acme.example/{tenant}")
                $0.revocation = RevocationRules(request: RequestRules(endpoint: [Template("{api}/revoke")]))
                $0.response.capture = ["api": JSONPointer(tokens: ["api"])]
            }, at: Self.provider)
        let base = "http://127.0.0.1:9/roles/played-acme"
        let keys = try #require(try JSONSerialization.jsonObject(with: Data(played.text.utf8)) as? [String: Any])
        #expect(
            Set(keys.keys) == [
                "format", "id", "title", "extends", "hosts", "authorization", "token", "refresh", "revocation",
            ])
        #expect(keys["extends"] as? String == "acme" && keys["id"] as? String == "played-acme")
        #expect(keys["hosts"] as? [String] == ["127.0.0.1:9", "login.acme.example"])
        func endpoint(_ key: String) -> [String]? { (keys[key] as? [String: Any])?["endpoint"] as? [String] }
        #expect(endpoint("token") == ["\(base)/{site}.acme.example/token?v={version}"])
        #expect(endpoint("authorization") == ["\(base)/acme.example/go"])
        #expect(endpoint("revocation") == ["{api}/revoke"], "the provider brings its own address")
    }

    @Test("a base URL that a user types becomes a path segment of format text")
    func baseURL() throws {
        let played = PlayedDefinition(
            of: Self.definition {
                $0.inputs[0].format = .baseURL
                $0.token.endpoint = [Template("{site}/token")]
            }, at: Self.provider)
        #expect(played.text.contains(#""inputs":{"site":{"format":"text"}}"#))
        #expect(played.text.contains("http://127.0.0.1:9/roles/played-acme/{site}/token"))
    }

    @Test("the exchange: values in path and query, renamed and omitted parameters, the method of authentication")
    func exchange() throws {
        let role = Role(
            playing: Self.definition {
                $0.token.endpoint = [Template("\(Self.provider)/roles/acme/{site}.acme.example/token?v={version}")]
                $0.token.rename = ["client_id": "key"]
                $0.token.omit = ["grant_type"]
                $0.token.parameters = ["flag": .bool(true), "id": .text(Template("{random}"))]
                $0.token.body = .json
            }, at: Self.provider)
        let exchange = try #require(role.requests.first { $0.act == .exchange })
        #expect(exchange.path == .exactly("/roles/acme/eu.acme.example/token"))
        #expect(exchange.query == ["v": .exactly("2")])
        #expect(
            exchange.body == [
                "code": .secret(.code), "redirect_uri": .secret(.redirectURI), "code_verifier": .secret(.verifier),
                "key": .exactly("client-of-acme"), "client_secret": .exactly("sandbox-secret"), "flag": .flag(true),
                "id": .anything,
            ])
        #expect(exchange.format == .json && exchange.authorization == .none)
    }

    @Test("a token in a path, and a bearer that revokes")
    func revocation() throws {
        let role = Role(
            playing: Self.definition {
                var request = RequestRules(endpoint: [Template("\(Self.provider)/roles/acme/tokens/{token}/end")])
                request.method = .delete
                $0.revocation = RevocationRules(request: request)
                $0.revocation?.authorize = .bearer
                $0.revocation?.token = .accessToken
            }, at: Self.provider)
        let revoke = try #require(role.requests.first { $0.act == .revoke })
        #expect(revoke.path == .enclosed(.accessToken, prefix: "/roles/acme/tokens/", suffix: "/end"))
        #expect(revoke.authorization == .bearer(.accessToken) && revoke.body.isEmpty && revoke.method == "DELETE")
    }

    @Test("answers: at their pointers, without what the definition expects to be missing")
    func answers() {
        let role = Role(
            playing: Self.definition {
                $0.response.map = [.accessToken: [JSONPointer(tokens: ["data", "token"])]]
                $0.response.expiry.fallback = .seconds(60)
                $0.response.success.where = [JSONPointer(tokens: ["ok"]): .bool(true)]
            }, at: Self.provider)
        #expect(role.answers.places["access_token"] == ["data", "token"])
        #expect(role.answers.places["expires_in"] == nil && role.answers.places["refresh_token"] == ["refresh_token"])
        #expect(role.answers.extras == [AnswerScript.Member(["ok"], json: "true")])
    }
}
