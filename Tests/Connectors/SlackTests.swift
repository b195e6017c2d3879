import ConnectorSDK
import Connectors
import Foundation
import Testing

/// Slack: two tokens of one consent.
@Suite struct SlackTests {
    private static let connector = try? SlackConnector(
        definition: .sample {
            $0.connector = "slack"
            $0.scopes.separator = ","
            $0.scopes.defaults = ["chat:write"]
            $0.response.capture = ["team": JSONPointer(tokens: ["team", "id"])]
        })

    private func scopes(_ asked: [String]) throws -> (sent: [String: String], page: [String]) {
        let request = ConsentRequest(redirectURI: "https://h.example/cb", state: "s", challenge: "c")
        let page = try #require(Self.connector).authorizationURL(request, in: .sample(scopes: asked))
        let items = URLComponents(string: page.url)?.queryItems ?? []
        return (Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }, page.scopes)
    }

    @Test("a person's scopes go into user_scope; without any bot scope none is sent") func consent() throws {
        let both = try scopes(["chat:write", "user:search:read", "commands", "user:users:read"])
        #expect(both.sent["scope"] == "chat:write,commands" && both.sent["user_scope"] == "search:read,users:read")
        #expect(both.page == ["chat:write", "commands", "user:search:read", "user:users:read"])
        let person = try scopes(["user:search:read"])
        #expect(person.sent["scope"] == nil && person.sent["user_scope"] == "search:read")
        let standard = try scopes([])
        #expect(standard.sent["scope"] == "chat:write" && standard.sent["user_scope"] == nil)
    }

    private func read(
        _ body: String, to operation: Operation = .redeem(.authorizationCode(redirectURI: "r", hasVerifier: false))
    ) throws -> Reading { try #require(Self.connector).read(.sample(200, body), to: operation, in: .sample()) }

    @Test("both tokens of an exchange, each with its refresh token and scopes") func both() throws {
        let set = try #require(
            try read(
                #"""
                {"ok":true,"access_token":"b","refresh_token":"rb","expires_in":43200,"token_type":"bot",
                "scope":"commands,chat:write","team":{"id":"T1"},"authed_user":{"id":"U1","access_token":"p",
                "refresh_token":"rp","expires_in":3600,"token_type":"user","scope":"search:read"}}
                """#
            ).tokens)
        #expect(
            set.tokens == [
                Token(
                    accessToken: Secret("b"), refreshToken: Secret("rb"), expiry: .at(now + 43_200_000),
                    scopes: ["commands", "chat:write"]),
                Token(
                    name: "user", accessToken: Secret("p"), refreshToken: Secret("rp"), expiry: .at(now + 3_600_000),
                    scopes: ["user:search:read"]),
            ])
        #expect(set.captured == ["team": "T1"])
    }

    @Test("one of them alone is the first line's, and so is what a refresh brings") func alone() throws {
        let bot = try read(#"{"ok":true,"access_token":"b","token_type":"bot","authed_user":{"id":"U1"}}"#)
        #expect(bot.tokens?.tokens == [Token(accessToken: Secret("b"), expiry: .missing)])
        let person = Token(accessToken: Secret("p"), expiry: .missing, scopes: ["user:search:read"])
        let members = #""access_token":"p","token_type":"user","scope":"search:read""#
        #expect(try read(#"{"ok":true,"authed_user":{"id":"U1",\#(members)}}"#).tokens?.tokens == [person])
        #expect(try read(#"{"ok":true,\#(members)}"#, to: .refresh).tokens?.tokens == [person])
    }

    @Test(
        "what is no good answer is judged as everywhere",
        arguments: [
            (#"{"ok":false,"error":"invalid_refresh_token"}"#, ProviderFailure.Disposition.refused),
            (#"{"ok":false,"error":"bad_client_secret"}"#, .misconfigured),
            (#"{"ok":false,"error":"ratelimited"}"#, .rateLimited(after: nil)), (#"{"ok":true}"#, .unclear),
            (#"{"ok":false,"error":"x","authed_user":{"access_token":"p"}}"#, .unclear),
        ])
    func failures(body: String, disposition: ProviderFailure.Disposition) throws {
        #expect(try read(body, to: .refresh).failure?.disposition == disposition)
    }
}
