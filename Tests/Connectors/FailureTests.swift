import ConnectorSDK
import Connectors
import Foundation
import Testing

/// One answer without tokens and what it must mean.
struct Refusal: Sendable, CustomTestStringConvertible {
    let name: String
    let response: ProviderResponse
    let disposition: ProviderFailure.Disposition
    let code: String

    var testDescription: String { name }

    init(
        _ name: String, _ status: Int, _ body: String, _ disposition: ProviderFailure.Disposition, _ code: String,
        type: String? = "application/json",
        headers: [String: String] = [:]
    ) {
        self.name = name
        self.disposition = disposition
        self.code = code
        response = .sample(status, body, type: type, headers: headers)
    }
}

private let html = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>error=invalid_grant</body></html>"

@Suite struct FailureTests {
    static let standard: [Refusal] = [
        .init(
            "row 16: invalid_grant", 400, #"{"error":"invalid_grant","error_description":"expired"}"#, .refused,
            "invalid_grant"),
        .init("row 16: invalid_grant with 401", 401, #"{"error":"invalid_grant"}"#, .refused, "invalid_grant"),
        .init(
            "row 16: invalid_grant with 401 and Basic", 401, #"{"error":"invalid_grant"}"#, .refused, "invalid_grant",
            headers: ["www-authenticate": "Basic realm=x"]),
        .init("row 16: invalid_grant in 200", 200, #"{"error":"invalid_grant"}"#, .refused, "invalid_grant"),
        .init("row 16: access_denied", 403, #"{"error":"access_denied"}"#, .refused, "access_denied"),
        .init(
            "row 16: interaction_required", 400, #"{"error":"interaction_required"}"#, .refused, "interaction_required"),
        .init("row 16: login_required", 400, #"{"error":"login_required"}"#, .refused, "login_required"),
        .init("row 16: consent_required", 400, #"{"error":"consent_required"}"#, .refused, "consent_required"),
        .init(
            "row 16: invalid_grant, form-encoded", 400, "error=invalid_grant&error_description=x+y", .refused,
            "invalid_grant", type: "application/x-www-form-urlencoded"),
        .init("row 22: invalid_client", 401, #"{"error":"invalid_client"}"#, .misconfigured, "invalid_client"),
        .init("row 22: invalid_client with 400", 400, #"{"error":"invalid_client"}"#, .misconfigured, "invalid_client"),
        .init(
            "row 22: unauthorized_client", 400, #"{"error":"unauthorized_client"}"#, .misconfigured,
            "unauthorized_client"),
        .init("row 22: invalid_scope", 400, #"{"error":"invalid_scope"}"#, .misconfigured, "invalid_scope"),
        .init(
            "row 22: unsupported_grant_type", 400, #"{"error":"unsupported_grant_type"}"#, .misconfigured,
            "unsupported_grant_type"),
        .init("row 22: invalid_request", 400, #"{"error":"invalid_request"}"#, .misconfigured, "invalid_request"),
        .init(
            "row 22: 401 that asks for Basic", 401, "", .misconfigured, "http_401",
            headers: ["www-authenticate": "Basic realm=\"x\""]),
        .init("row 23: 429", 429, "", .rateLimited(after: nil), "http_429"),
        .init(
            "row 23: 429 with seconds", 429, "slow down", .rateLimited(after: .seconds(30)), "http_429",
            type: "text/plain", headers: ["retry-after": "30"]),
        .init(
            "row 23: 429 with a date", 429, html, .rateLimited(after: .seconds(90)), "http_429", type: "text/html",
            headers: ["retry-after": "Thu, 01 Jan 2026 00:01:30 GMT"]),
        .init(
            "row 23: 429 with an unreadable date", 429, "{}", .rateLimited(after: nil), "http_429",
            headers: ["retry-after": "soon"]),
        .init(
            "row 23: 429 beside invalid_grant", 429, #"{"error":"invalid_grant"}"#, .rateLimited(after: nil),
            "invalid_grant"),
        .init("row 23: slow_down", 400, #"{"error":"slow_down"}"#, .rateLimited(after: nil), "slow_down"),
        .init(
            "row 23: temporarily_unavailable", 400, #"{"error":"temporarily_unavailable"}"#,
            .retryLater(after: .seconds(5)), "temporarily_unavailable", headers: ["retry-after": "5"]),
        .init(
            "row 23: temporarily_unavailable with 503", 503, #"{"error":"temporarily_unavailable"}"#,
            .retryLater(after: nil), "temporarily_unavailable"),
        .init(
            "row 23: Retry-After without a code", 403, html, .retryLater(after: .seconds(10)), "http_403",
            type: "text/html", headers: ["retry-after": "10"]),
        .init("row 25: 500", 500, "", .unclear, "http_500"),
        .init("row 25: 500 with JSON", 500, #"{"error":"server_error"}"#, .unclear, "server_error"),
        .init("row 25: 500 with invalid_grant", 500, #"{"error":"invalid_grant"}"#, .unclear, "invalid_grant"),
        .init("row 25: 502 HTML", 502, html, .unclear, "http_502", type: "text/html"),
        .init("row 25: 503 with Retry-After", 503, "", .unclear, "http_503", headers: ["retry-after": "120"]),
        .init("row 25: 504", 504, "", .unclear, "http_504"),
        .init("row 25: truncated JSON", 200, #"{"access_token":"at","refresh_tok"#, .unclear, "cut_answer"),
        .init(
            "row 25: truncated in a token", 200, #"{"access_token":"at","refresh_token":"rt"#, .unclear, "cut_answer"),
        .init("row 25: HTML with 200", 200, html, .unclear, "unreadable_answer", type: "text/html"),
        .init("row 25: HTML called plain text", 200, html, .unclear, "unreadable_answer", type: "text/plain"),
        .init(
            "row 25: HTML called a form", 200, html, .unclear, "unreadable_answer",
            type: "application/x-www-form-urlencoded"),
        .init("row 25: plain text like a form", 200, "hello=world", .unclear, "unreadable_answer", type: "text/plain"),
        .init("row 25: 403 HTML of a firewall", 403, html, .unclear, "http_403", type: "text/html"),
        .init("row 25: 401 without a word", 401, "", .unclear, "http_401"),
        .init(
            "row 25: 401 that asks for a bearer", 401, "", .unclear, "http_401",
            headers: ["www-authenticate": "Bearer error=\"invalid_token\""]),
        .init("row 25: 400 with an empty body", 400, "", .unclear, "http_400"),
        .init("row 25: 404", 404, "Not Found", .unclear, "http_404", type: "text/plain"),
        .init("row 25: 302", 302, "", .unclear, "http_302", headers: ["location": "https://evil.com"]),
        .init("row 25: 204", 204, "", .unclear, "empty_answer"),
        .init("row 25: neither token nor error", 200, #"{"status":"fine"}"#, .unclear, "fine"),
        .init("row 25: an empty object", 200, "{}", .unclear, "no_access_token"),
        .init("row 25: an array", 200, #"[{"access_token":"at"}]"#, .unclear, "no_access_token"),
        .init("row 25: a text", 200, #""access_token""#, .unclear, "no_access_token"),
        .init(
            "row 25: an empty access token", 200, #"{"access_token":"","refresh_token":"rt"}"#, .unclear,
            "no_access_token"),
        .init("row 25: an access token that is null", 200, #"{"access_token":null}"#, .unclear, "no_access_token"),
        .init(
            "row 25: an access token that is a number", 200, #"{"access_token":12345}"#, .unclear,
            "unusable_access_token"),
        .init(
            "row 25: a refresh token that is a number", 200, #"{"access_token":"at","refresh_token":12345}"#, .unclear,
            "unusable_refresh_token"),
        .init("row 25: an unknown code", 400, #"{"error":"something_new"}"#, .unclear, "something_new"),
        .init(
            "row 16: a token beside a refusal", 200, #"{"access_token":"at","error":"invalid_grant"}"#, .refused,
            "invalid_grant"),
        .init(
            "row 25: a token beside a refusal with 400", 400, #"{"access_token":"at","error":"invalid_grant"}"#,
            .unclear, "invalid_grant"),
        .init("row 25: a token with 400", 400, #"{"access_token":"at"}"#, .unclear, "http_400"),
        .init("row 25: trailing text", 200, #"{"access_token":"at"} x"#, .unclear, "unreadable_answer"),
        .init(
            "row 25: a refusal only in the description", 400,
            #"{"error":"failed","error_description":"invalid_grant"}"#, .unclear, "failed"),
        .init("row 25: error is true", 200, #"{"error":true}"#, .unclear, "true"),
        .init("row 25: two JSON objects", 200, #"{"error":"invalid_grant"}{}"#, .unclear, "unreadable_answer"),
        .init("code is cut to visible ASCII", 400, #"{"error":"a b\r\nc€d"}"#, .unclear, "a_b_c_d"),
        .init(
            "code is cut to 100", 400, "{\"error\":\"\(String(repeating: "x", count: 300))\"}", .unclear,
            String(repeating: "x", count: 100)),
        .init("code without a visible character", 400, #"{"error":" "}"#, .unclear, "_"),
    ]

    /// The shapes of PROVIDERS.md.
    static let providers: [Refusal] = [
        .init(
            "Slack: ok false", 200, #"{"ok":false,"error":"invalid_refresh_token"}"#, .refused, "invalid_refresh_token"),
        .init("Slack: ok false, expired", 200, #"{"ok":false,"error":"token_expired"}"#, .refused, "token_expired"),
        .init("Slack: ok false, revoked", 200, #"{"ok":false,"error":"token_revoked"}"#, .refused, "token_revoked"),
        .init(
            "Slack: ok false, wrong secret", 200, #"{"ok":false,"error":"bad_client_secret"}"#, .misconfigured,
            "bad_client_secret"),
        .init(
            "Slack: ok false, limited", 200, #"{"ok":false,"error":"ratelimited"}"#, .rateLimited(after: .seconds(30)),
            "ratelimited", headers: ["retry-after": "30"]),
        .init("Slack: ok false, nothing else", 200, #"{"ok":false}"#, .unclear, "not_ok"),
        .init("Slack: ok false beside a token", 200, #"{"ok":false,"access_token":"at"}"#, .unclear, "not_ok"),
        .init(
            "GitHub: bad_refresh_token, form", 200,
            "error=bad_refresh_token&error_description=The+refresh+token+passed+is+incorrect+or+expired.&error_uri=https%3A%2F%2Fdocs.github.com",
            .refused, "bad_refresh_token", type: "application/x-www-form-urlencoded; charset=utf-8"),
        .init(
            "GitHub: bad_refresh_token, called plain text", 200, "error=bad_refresh_token", .refused,
            "bad_refresh_token", type: "text/plain"),
        .init("GitHub: bad_refresh_token, JSON", 200, #"{"error":"bad_refresh_token"}"#, .refused, "bad_refresh_token"),
        .init(
            "GitHub: bad_verification_code", 200, #"{"error":"bad_verification_code"}"#, .refused,
            "bad_verification_code"),
        .init(
            "GitHub: wrong secret", 200, #"{"error":"incorrect_client_credentials"}"#, .misconfigured,
            "incorrect_client_credentials"),
        .init(
            "GitHub: wrong redirect", 200, #"{"error":"redirect_uri_mismatch"}"#, .misconfigured,
            "redirect_uri_mismatch"),
        .init(
            "HubSpot: BAD_REFRESH_TOKEN", 400,
            #"{"status":"BAD_REFRESH_TOKEN","message":"missing or unknown refresh token","correlationId":"x"}"#,
            .refused, "BAD_REFRESH_TOKEN"),
        .init(
            "HubSpot: BAD_CLIENT_SECRET", 400, #"{"status":"BAD_CLIENT_SECRET","message":"x"}"#, .misconfigured,
            "BAD_CLIENT_SECRET"),
        .init(
            "Atlassian: 403 invalid_grant", 403,
            #"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#, .refused,
            "invalid_grant"),
        .init("Zoho: invalid_code in 200", 200, #"{"error":"invalid_code"}"#, .refused, "invalid_code"),
        .init(
            "Zoho: too many, told in the description", 400,
            #"{"error":"Access Denied","error_description":"You have made too many requests continuously.","status":"failure"}"#,
            .unclear, "Access_Denied"),
        .init(
            "Salesforce: expired", 400,
            #"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#, .refused, "invalid_grant"),
        .init(
            "row 24: Salesforce, already being processed", 400,
            #"{"error":"invalid_grant","error_description":"token request is already being processed"}"#, .busy,
            "invalid_grant"),
        .init(
            "row 24: Salesforce, another code", 400,
            #"{"error":"invalid_request","error_description":"Token request is ALREADY being processed"}"#, .busy,
            "invalid_request"),
        .init(
            "Entra: inactive", 400,
            #"{"error":"invalid_grant","error_description":"AADSTS700082: The refresh token has expired","error_codes":[700082]}"#,
            .refused, "invalid_grant"),
        .init(
            "Entra: MFA", 400, #"{"error":"interaction_required","error_codes":[50076]}"#, .refused,
            "interaction_required"),
        .init(
            "Entra: throttled", 400, #"{"error":"invalid_grant","error_codes":[50196]}"#, .rateLimited(after: nil),
            "invalid_grant"),
        .init(
            "Entra: transient", 400, #"{"error":"invalid_grant","error_codes":[90033]}"#, .retryLater(after: nil),
            "invalid_grant"),
        .init(
            "Entra: wrong secret", 401, #"{"error":"invalid_client","error_codes":[7000215]}"#, .misconfigured,
            "invalid_client"),
        .init(
            "Google: invalid_rapt", 400, #"{"error":"invalid_grant","error_subtype":"invalid_rapt"}"#, .refused,
            "invalid_grant"),
        .init(
            "Google: an error object", 400, #"{"error":{"code":400,"message":"x","status":"INVALID_ARGUMENT"}}"#,
            .unclear, "400"),
        .init(
            "Box: a re-used token", 400, #"{"error":"invalid_grant","error_description":"Refresh token has expired"}"#,
            .refused, "invalid_grant"),
        .init(
            "Facebook: OAuthException", 400, #"{"error":{"message":"x","type":"OAuthException","code":190}}"#, .unclear,
            "190"),
        .init("CyberSource: 500 for a refusal", 500, #"{"error":"invalid_grant"}"#, .unclear, "invalid_grant"),
        .init("Intuit: 503, then invalid_grant", 503, html, .unclear, "http_503", type: "text/html"),
        .init(
            "an error object with an OAuth code", 400, #"{"error":{"code":"invalid_grant"}}"#, .refused, "invalid_grant"
        ),
        .init("camel case", 400, #"{"errorCode":"invalid_grant"}"#, .refused, "invalid_grant"),
    ]

    @Test("every answer has its row", arguments: standard + providers)
    func table(refusal: Refusal) throws {
        let connector = try OAuth2Connector(definition: .sample())
        let wait = refusal.disposition == .unclear ? refusal.response.retryAfter : nil
        let expected = ProviderFailure(refusal.disposition, code: refusal.code, retryAfter: wait)
        #expect(connector.refreshed(refusal.response).failure?.withoutToken == expected)
        let redeem = Operation.redeem(.authorizationCode(redirectURI: "x", hasVerifier: true))
        #expect(connector.read(refusal.response, to: redeem, in: .sample()).failure?.withoutToken == expected)
    }

    @Test(
        "row 25: what a 5xx asked to wait goes with it, and with nothing that is final",
        arguments: [500, 502, 503, 504])
    func askedToWait(status: Int) throws {
        let connector = try OAuth2Connector(definition: .sample())
        let wait = connector.refreshed(.sample(status, "<p>", headers: ["retry-after": "20"])).failure
        #expect(wait == ProviderFailure(.unclear, code: "http_\(status)", retryAfter: .seconds(20)))
        let refused = connector.refreshed(.sample(400, #"{"error":"invalid_grant"}"#, headers: ["retry-after": "20"]))
        #expect(refused.failure == ProviderFailure(.refused, code: "invalid_grant"))
    }

    @Test("row 25's bracket: a code beside a token decides in a 2xx, and says that the answer is to be kept")
    func besideToken() throws {
        let connector = try OAuth2Connector(definition: .sample())
        func read(_ status: Int, _ body: String) -> ProviderFailure? {
            connector.refreshed(.sample(status, body)).failure
        }
        let codes: [(String, ProviderFailure.Disposition)] = [
            ("invalid_grant", .refused), ("invalid_client", .misconfigured), ("slow_down", .rateLimited(after: nil)),
            ("temporarily_unavailable", .retryLater(after: nil)), ("x", .unclear),
        ]
        for (code, disposition) in codes {
            let body = #"{"access_token":"at","refresh_token":"rt","error":"\#(code)"}"#
            #expect(read(200, body) == ProviderFailure(disposition, code: code, holdsToken: true))
            #expect(read(400, body) == ProviderFailure(.unclear, code: code, holdsToken: true))
        }
        #expect(read(200, #"{"error":"invalid_grant"}"#)?.holdsToken == false)
    }

    @Test("the table is as long as asked") func length() { #expect(Self.standard.count + Self.providers.count >= 80) }

    @Test(
        "row 22: a wrong client secret never refuses the token",
        arguments: [
            "invalid_client", "unauthorized_client", "incorrect_client_credentials", "bad_client_secret",
            "invalid_client_secret", "invalid_client_id", "BAD_CLIENT_ID",
        ], [200, 400, 401, 403])
    func wrongSecret(code: String, status: Int) throws {
        let reading = try OAuth2Connector(definition: .sample()).refreshed(.sample(status, #"{"error":"\#(code)"}"#))
        #expect(reading.failure?.disposition == .misconfigured)
    }

    func ruled(_ rules: [ErrorRule], _ response: ProviderResponse) throws -> ProviderFailure.Disposition? {
        try OAuth2Connector(definition: .sample { $0.response.errors = rules }).refreshed(response).failure?.disposition
    }

    static let error = JSONPointer(tokens: ["error"])

    @Test(
        "a rule's meaning has its rows",
        arguments: [
            (.reauthorize, .refused), (.retry, .retryLater(after: .seconds(7))),
            (.rateLimited, .rateLimited(after: .seconds(7))), (.misconfigured, .misconfigured), (.ambiguous, .unclear),
        ] as [(ErrorRule.Meaning, ProviderFailure.Disposition)])
    func meanings(meaning: ErrorRule.Meaning, disposition: ProviderFailure.Disposition) throws {
        let rule = ErrorRule(status: 500, pointer: nil, match: nil, means: meaning)
        #expect(try ruled([rule], .sample(500, "", headers: ["retry-after": "7"])) == disposition)
    }

    @Test("the first rule that matches wins, before the built-in classes") func order() throws {
        let rules = [
            ErrorRule(status: 401, pointer: Self.error, match: nil, means: .retry),
            ErrorRule(status: nil, pointer: Self.error, match: .equals(.string("invalid_grant")), means: .ambiguous),
            ErrorRule(
                status: nil, pointer: Self.error, match: .matches("^invalid_(grant|request)$"), means: .reauthorize),
            ErrorRule(
                status: nil, pointer: JSONPointer(tokens: ["error", "code"]), match: .equals(.number("190")),
                means: .reauthorize),
        ]
        #expect(try ruled(rules, .sample(401, #"{"error":"x"}"#)) == .retryLater(after: nil))
        #expect(try ruled(rules, .sample(400, #"{"error":"invalid_grant"}"#)) == .unclear)
        #expect(try ruled(rules, .sample(400, #"{"error":"invalid_request"}"#)) == .refused)
        #expect(try ruled(rules, .sample(500, #"{"error":"invalid_request"}"#)) == .refused)
        #expect(try ruled(rules, .sample(400, #"{"error":{"code":190.0}}"#)) == .refused)
        #expect(try ruled(rules, .sample(400, #"{"error":"invalid_client"}"#)) == .misconfigured)
        #expect(try ruled(rules, .sample(400, html)) == .unclear)
        #expect(try ruled([rules[0]], .sample(401, #"{"error":null}"#)) == .unclear)
    }

    @Test("a rule never turns a good answer into a failure") func tokensFirst() throws {
        #expect(
            try ruled(
                [ErrorRule(status: 200, pointer: nil, match: nil, means: .reauthorize)],
                .sample(200, #"{"access_token":"at"}"#)) == nil)
    }

    @Test("every prefix of a good answer is read without refusing anything") func prefixes() throws {
        let connector = try OAuth2Connector(definition: .sample())
        let body = #"{"access_token":"at","refresh_token":"rt","expires_in":3600}"#
        for length in 0..<body.utf8.count {
            #expect(connector.refreshed(.sample(200, String(body.prefix(length)))).failure?.disposition == .unclear)
        }
    }
}

extension ProviderFailure {
    /// The same, whatever lay beside the error.
    fileprivate var withoutToken: ProviderFailure {
        var failure = self
        failure.holdsToken = false
        return failure
    }
}
