import ConnectorSDK
import Definitions
import Testing

@Suite struct DefaultsTests {
    @Test("what is left out has format 1's defaults")
    func defaults() throws {
        let found = try definition(minimal("test"))
        let token = RequestRules(endpoint: [Template("https://accounts.example.com/token")])
        var expected = Definition(id: "test", title: "Test", token: token, refresh: RefreshRules(request: token))
        expected.authorization = AuthorizationRules(endpoint: [Template("https://accounts.example.com/authorize")])
        expected.hosts = [.host("accounts.example.com", port: nil)]
        #expect(found == expected)
        #expect(found.connector == "oauth2")
        #expect(found.grants == [.authorizationCode])
        #expect(found.client.authentication == .clientSecretPost)
        #expect(found.authorization?.pkce == true)
        #expect(found.scopes.send == [.authorization])
        #expect(found.refresh.rotation == .singleUseFamily)
        #expect(found.refresh.uses == .refreshToken)
        #expect(found.refresh.margin == nil)
    }

    @Test("without a consent page scopes go with the token request")
    func scopesWithoutConsent() throws {
        let text =
            "format: 1\nid: test\ntitle: T\ngrants: [client_credentials]\ntoken: {endpoint: https://a.example.com/t}"
        let found = try definition(text)
        #expect(found.scopes.send == [.token])
        #expect(found.refresh.uses == .regrant)
        #expect(found.refresh.rotation == .static)
    }

    @Test("overlap: revoke after the window unless said otherwise, and until_used")
    func overlap() throws {
        let window = try definition(minimal("test", more: "refresh: {rotation: overlap, overlap: 10m}"))
        #expect(window.refresh.rotation == .overlap(.window(.seconds(600), afterWindow: .revoke)))
        let untilUsed = try definition(minimal("test", more: "refresh: {rotation: overlap, overlap: until_used}"))
        #expect(untilUsed.refresh.rotation == .overlap(.untilUsed))
    }

    @Test("an empty map under refresh is none")
    func emptyMap() throws {
        let text = """
            format: 1
            id: test
            title: T
            token: {endpoint: https://a.example.com/t, parameters: {a: b}, headers: {X-A: b}, omit: [redirect_uri]}
            refresh: {parameters: {}, omit: [], endpoint: https://a.example.com/r}
            """
        let found = try definition(text).refresh.request
        #expect(found.parameters == [:])
        #expect(found.omit == [])
        #expect(found.headers == ["X-A": Template("b")])
        #expect(found.endpoint == [Template("https://a.example.com/r")])
    }

    @Test(
        "durations",
        arguments: [
            ("30s", 30), ("5m", 300), ("1h", 3600), ("90d", 7_776_000), ("1y", 31_536_000), ("0s", 0),
            ("100y", 3_153_600_000),
        ])
    func duration(text: String, seconds: Int) { #expect(DurationText.read(text) == .seconds(seconds)) }

    @Test(
        "what is no duration",
        arguments: ["", "s", "5", "5 m", "-5m", "1.5h", "5ms", "1w", "101y", "9999999999999999999s", "٣s"])
    func noDuration(text: String) { #expect(DurationText.read(text) == nil) }

    @Test("rates")
    func rates() {
        #expect(DurationText.readRate("100/1s") == RateLimit(count: 100, per: .seconds(1)))
        for text in ["0/1s", "1/0s", "1", "1/", "/1s", "1/1s/1", "-1/1s"] {
            #expect(DurationText.readRate(text) == nil, "\(text)")
        }
    }
}
