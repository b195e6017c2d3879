import ConnectorSDK
import Connectors
import Foundation
import Testing

/// Answers that bring tokens.
@Suite struct TokenAnswerTests {
    func read(_ response: ProviderResponse, _ change: (inout Definition) -> Void = { _ in }) throws -> Reading {
        try OAuth2Connector(definition: .sample(change)).refreshed(response)
    }

    func token(_ body: String, type: String? = "application/json", _ change: (inout Definition) -> Void = { _ in })
        throws -> Token
    {
        try #require(try read(.sample(200, body, type: type), change).token)
    }

    @Test("row 13: a good answer") func whole() throws {
        let body = #"""
            {"access_token":"at","refresh_token":"rt","token_type":"bearer","expires_in":3600,"refresh_expires_in":7200,"scope":"a b","id_token":"it","error":null}
            """#
        let set = try #require(try read(.sample(200, body)).tokens)
        let token = Token(
            accessToken: Secret("at"), refreshToken: Secret("rt"), type: "bearer", expiry: .at(now + 3_600_000),
            refreshExpiresAt: now + 7_200_000, scopes: ["a", "b"])
        #expect(set == TokenSet(tokens: [token], idToken: Secret("it")))
    }

    @Test("a bare answer: no refresh token, no type, no lifetime, no scope") func bare() throws {
        #expect(try token(#"{"access_token":"at"}"#) == Token(accessToken: Secret("at"), expiry: .missing))
    }

    @Test("row 13: an empty or absent refresh token is none", arguments: [#""""#, "null"])
    func emptyRefreshToken(text: String) throws {
        #expect(try token(#"{"access_token":"at","refresh_token":\#(text)}"#).refreshToken == nil)
    }

    static let year: Int64 = 365 * 86_400_000

    @Test(
        "the lifetimes that providers write",
        arguments: [
            ("3600", now + 3_600_000), (#""3600""#, now + 3_600_000), ("3599.5", now + 3_599_500),
            (#""3599.5""#, now + 3_599_500), ("3.6e3", now + 3_600_000), (#"" 60 ""#, now + 60_000),
            ("0", nil), (#""0""#, nil), ("-1", nil), (#""-3600""#, nil), ("0.0001", nil), ("null", nil), (#""""#, nil),
            ("true", nil), (#""soon""#, nil), ("{}", nil), ("1e999", nil), ("[3600]", nil),
            ("315360000", now + 10 * year), ("315360001", now + 10 * year), ("999999999999999999999", now + 10 * year),
            ("1e300", now + 10 * year),
            ("1767229200", now + 3_600_000), ("1767229200000", now + 3_600_000),
            (#""Thu, 01 Jan 2026 01:00:00 GMT""#, now + 3_600_000), (#""2026-01-01T02:00:00+01:00""#, now + 3_600_000),
            (#""2025-01-01T00:00:00Z""#, nil), ("1", now + 1_000),
        ] as [(String, Int64?)])
    func lifetimes(text: String, end: Int64?) throws {
        #expect(try token(#"{"access_token":"at","expires_in":\#(text)}"#).expiry == end.map(Expiry.at) ?? .missing)
    }

    @Test(
        "lifetimes in milliseconds",
        arguments: [("3600000", now + 3_600_000), (#""900000""#, now + 900_000), ("0.5", nil), ("-1", nil)]
            as [(String, Int64?)])
    func milliseconds(text: String, end: Int64?) throws {
        let expiry = try token(#"{"access_token":"at","expires_in":\#(text)}"#) {
            $0.response.expiry.unit = .milliseconds
        }.expiry
        #expect(expiry == end.map(Expiry.at) ?? .missing)
    }

    @Test(
        "times of day",
        arguments: [
            ("1767229200", now + 3_600_000), ("1767229200000", now + 3_600_000), (#""1767229200""#, now + 3_600_000),
            (#""2026-01-01T01:00:00Z""#, now + 3_600_000),
            (#""Thu, 01 Jan 2026 01:00:00 GMT""#, now + 3_600_000), ("1", nil), ("-5", nil),
            (#""2025-12-31T23:59:59Z""#, nil), (#""2026-01-01T01:00:00""#, nil), ("99999999999", now + 10 * year),
            (#""9999-12-31T23:59:59Z""#, now + 10 * year), ("1e300", nil), ("false", nil),
        ] as [(String, Int64?)])
    func moments(text: String, end: Int64?) throws {
        #expect(try token(#"{"access_token":"at","expires_at":\#(text)}"#).expiry == end.map(Expiry.at) ?? .missing)
        #expect(try token(#"{"access_token":"at","refresh_expires_at":\#(text)}"#).refreshExpiresAt == end)
    }

    @Test func theRemainingTimeCountsBeforeTheTimeOfDay() throws {
        let both = #"{"access_token":"at","expires_in":60,"expires_at":1767229200}"#
        #expect(try token(both).expiry == .at(now + 60_000))
        #expect(try token(both.replacing("60,", with: "0,")).expiry == .at(now + 3_600_000))
    }

    @Test("tokens never end for ever unless the definition says so") func never() throws {
        #expect(try token(#"{"access_token":"at"}"#) { $0.response.expiry.never = true }.expiry == .never)
        #expect(
            try token(#"{"access_token":"at","expires_in":0}"#) { $0.response.expiry.never = true }.expiry == .never)
        #expect(
            try token(#"{"access_token":"at","expires_in":60}"#) { $0.response.expiry.never = true }.expiry
                == .at(now + 60_000))
        #expect(try token(#"{"access_token":"at"}"#) { $0.response.expiry.fallback = .seconds(60) }.expiry == .missing)
    }

    @Test(
        "scopes as providers write them",
        arguments: [
            (#""a b""#, ["a", "b"]), (#""a,b, c""#, ["a", "b", "c"]), (#"["a","b c"]"#, ["a", "b c"]), (#""""#, nil),
            ("null", nil), ("7", nil), (#""a\tb\n""#, ["a", "b"]), ("[]", []), (#"["a",1]"#, ["a"]),
            (#"" ""#, []),
        ] as [(String, [String]?)])
    func scopes(text: String, scopes: [String]?) throws {
        #expect(try token(#"{"access_token":"at","scope":\#(text)}"#).scopes == scopes)
    }

    @Test(
        "the type as written, Bearer where none can be used",
        arguments: [
            (#""bearer""#, "bearer"), (#""DPoP""#, "DPoP"), (#""""#, "Bearer"), ("null", "Bearer"), ("1", "Bearer"),
            (#""a\r\nb""#, "Bearer"), (#""a b""#, "Bearer"),
        ])
    func types(text: String, type: String) throws {
        #expect(try token(#"{"access_token":"at","token_type":\#(text)}"#).type == type)
    }

    @Test(
        "form-encoded answers, also under another name",
        arguments: [
            ("application/x-www-form-urlencoded", true), ("application/x-www-form-urlencoded; charset=utf-8", true),
            ("Application/X-WWW-Form-urlencoded", true), ("text/plain", true),
            ("text/plain;charset=UTF-8", true), (nil, true), ("text/html", false), ("application/json", false),
        ] as [(String?, Bool)])
    func forms(type: String?, reads: Bool) throws {
        let body = "access_token=gho_a%2Bb&expires_in=28800&refresh_token=ghr_c&scope=repo%2Cgist&token_type=bearer\n"
        let reading = try read(.sample(200, body, type: type))
        #expect((reading.token != nil) == reads)
        guard reads else { return #expect(reading.failure == ProviderFailure(.unclear, code: "unreadable_answer")) }
        #expect(
            reading.token
                == Token(
                    accessToken: Secret("gho_a+b"), refreshToken: Secret("ghr_c"), type: "bearer",
                    expiry: .at(now + 28_800_000), scopes: ["repo", "gist"]))
    }

    @Test(
        "JSON is read whatever it is called",
        arguments: ["text/html", "text/plain", "application/x-www-form-urlencoded", "application/vnd.api+json", nil]
            as [String?])
    func jsonByAnyName(type: String?) throws {
        #expect(try token("\u{FEFF}\n" + #"{"access_token":"at"}"#, type: type).accessToken == Secret("at"))
    }

    @Test(
        "SECURITY 45: tokens that could end a header are not taken",
        arguments: [
            #"{"access_token":"a\r\nX: y"}"#, #"{"access_token":"a\u0000"}"#, #"{"access_token":"ä"}"#,
            #"{"access_token":"at","refresh_token":"r\nt"}"#, #"{"access_token":"\ud83d"}"#,
        ])
    func unusableTokens(body: String) throws { #expect(try read(.sample(200, body)).failure?.disposition == .unclear) }

    @Test func nestedAnswersAreMapped() throws {
        let slack =
            #"{"ok":true,"authed_user":{"access_token":"xoxe.at","refresh_token":"xoxe-rt","expires_in":43200,"token_type":"user"}}"#
        let token = try token(slack) { definition in
            for field in ResponseRules.Field.allCases {
                definition.response.map[field] = [
                    JSONPointer(tokens: [field.rawValue]), JSONPointer(tokens: ["authed_user", field.rawValue]),
                ]
            }
        }
        #expect(
            token
                == Token(
                    accessToken: Secret("xoxe.at"), refreshToken: Secret("xoxe-rt"), type: "user",
                    expiry: .at(now + 43_200_000)))
        let clover = try self.token(#"{"access_token":"at","access_token_expiration":1767229200}"#) {
            $0.response.map = [.expiresAt: [JSONPointer(tokens: ["access_token_expiration"])]]
        }
        #expect(clover.expiry == .at(now + 3_600_000))
    }

    @Test("what success looks like, by status and by value") func success() throws {
        let body = #"{"access_token":"at","code":0}"#
        let strict: (inout Definition) -> Void = { definition in
            definition.response.success.status = [201]
            definition.response.success.where = [JSONPointer(tokens: ["code"]): .number("0.0")]
        }
        let notSuccessful = ProviderFailure(.unclear, code: "not_successful", holdsToken: true)
        #expect(try read(.sample(201, body), strict).token != nil)
        #expect(try read(.sample(200, body), strict).failure == notSuccessful)
        #expect(try read(.sample(201, body.replacing("0}", with: "1}")), strict).failure == notSuccessful)
        #expect(try read(.sample(201, #"{"access_token":"at"}"#), strict).failure?.disposition == .unclear)
        #expect(try read(.sample(202, body)).token != nil)
    }

    @Test(
        "SECURITY 61: captures are scalars and never a token",
        arguments: [
            (#""text""#, "text"), ("1.50", "1.50"), ("true", "true"), ("null", nil), (#""""#, nil), ("{}", nil),
            ("[1]", nil), (#""secret-at""#, nil), (#""secret-rt""#, nil), (#""secret-it""#, nil),
            (#""https://x/?t=secret-at&y""#, nil),
            ("\"\(String(repeating: "a", count: 4_096))\"", String(repeating: "a", count: 4_096)),
            ("\"\(String(repeating: "a", count: 4_097))\"", nil),
        ] as [(String, String?)])
    func captures(text: String, value: String?) throws {
        let body =
            #"{"access_token":"secret-at","refresh_token":"secret-rt","id_token":"secret-it","x":{"y":\#(text)}}"#
        let reading = try read(.sample(200, body)) { $0.response.capture = ["y": JSONPointer(tokens: ["x", "y"])] }
        #expect(reading.tokens?.captured == (value.map { ["y": $0] } ?? [:]))
    }

    @Test("SECURITY 43: depth and size are limited") func limits() throws {
        let deep =
            #"{"access_token":"at","x":"# + String(repeating: "[", count: 32) + String(repeating: "]", count: 32) + "}"
        #expect(try read(.sample(200, deep)).failure?.disposition == .unclear)
        let long = #"{"access_token":"at","x":""# + String(repeating: "a", count: 5 << 20) + "\"}"
        #expect(try read(.sample(200, long)).failure == ProviderFailure(.unclear, code: "unreadable_answer"))
        #expect(
            try read(.sample(200, #"{"access_token":"\#(String(repeating: "a", count: 65_537))"}"#)).failure?
                .disposition == .unclear)
        #expect(try read(.sample(200, #"{"access_token":"\#(String(repeating: "a", count: 4_096))"}"#)).token != nil)
    }
}
