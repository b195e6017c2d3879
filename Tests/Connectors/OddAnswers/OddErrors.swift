import ConnectorSDK

extension OddAnswer {
    /// Codes as providers write them; with 400, so that a body without a code is named by its status.
    static let errors: [OddAnswer] =
        ([
            (#""invalid_grant""#, .refused, "invalid_grant"), (#""INVALID_GRANT""#, .refused, "INVALID_GRANT"),
            (#""Invalid_Client""#, .misconfigured, "Invalid_Client"), (#""invalid grant""#, .unclear, "invalid_grant"),
            (#""invalid-grant""#, .unclear, "invalid-grant"), (#"" invalid_grant""#, .unclear, "_invalid_grant"),
            (#""invalid_grant ""#, .unclear, "invalid_grant_"), (#""invalid_grant\u0000""#, .unclear, "invalid_grant_"),
            (#""invalid_grant: expired""#, .unclear, "invalid_grant:_expired"),
            (#""invalidgrant""#, .unclear, "invalidgrant"),
            (#""\u0456nvalid_grant""#, .unclear, "_nvalid_grant"),
            (#""a\r\nSet-Cookie: b=c""#, .unclear, "a_Set-Cookie:_b=c"),
            (#""\u0000""#, .unclear, "_"), (#""äöü""#, .unclear, "_"), (#""\u001b[31m""#, .unclear, "_[31m"),
            ("\"" + String(repeating: "x", count: 70_000) + "\"", .unclear, String(repeating: "x", count: 100)),
            (#""""#, .unclear, "http_400"), ("null", .unclear, "http_400"), ("false", .unclear, "http_400"),
            ("true", .unclear, "true"), ("0", .unclear, "http_400"), ("-0.0", .unclear, "http_400"),
            ("1", .unclear, "1"),
            ("401", .unclear, "401"), ("1e999", .unclear, "1e999"), ("[]", .unclear, "http_400"),
            (#"["invalid_grant"]"#, .unclear, "http_400"), (#"[{"code":"invalid_grant"}]"#, .unclear, "http_400"),
            ("{}", .unclear, "http_400"), (#"{"message":"invalid_grant"}"#, .unclear, "http_400"),
            (#"{"error":"invalid_grant"}"#, .refused, "invalid_grant"),
            (#"{"code":"invalid_client"}"#, .misconfigured, "invalid_client"),
            (#"{"type":"access_denied"}"#, .refused, "access_denied"),
            (#"{"status":"slow_down"}"#, .rateLimited(after: nil), "slow_down"),
            (#"{"code":190,"type":"invalid_grant"}"#, .refused, "invalid_grant"), (#"{"code":17}"#, .unclear, "17"),
            (#"{"code":null,"status":"UNAUTHENTICATED"}"#, .unclear, "UNAUTHENTICATED"),
            (#"{"error":{"code":"invalid_grant"}}"#, .unclear, "http_400"),
            (#"{"code":["invalid_grant"]}"#, .unclear, "http_400"),
        ] as [(String, ProviderFailure.Disposition, String)]).map { written, disposition, code in
            .bad("an error written \(written.prefix(40))", 400, #"{"error":\#(written)}"#, disposition, code)
        }

    /// Errors elsewhere, several, and beside a token.
    static let otherErrors: [OddAnswer] = [
        .bad("error_code", 400, #"{"error_code":"invalid_grant"}"#, .refused, "invalid_grant"),
        .bad("a status alone in 200", 200, #"{"status":"invalid_grant"}"#, .unclear, "invalid_grant"),
        .bad("a code alone in 200", 200, #"{"code":"invalid_client"}"#, .unclear, "invalid_client"),
        .bad("an error_code alone in 200", 200, #"{"error_code":"slow_down"}"#, .unclear, "slow_down"),
        .bad("a status in 200, with its rule", 200, #"{"status":"invalid_grant"}"#, .refused, "invalid_grant") {
            $0.response.errors = [.at("status", is: .string("invalid_grant"), means: .reauthorize)]
        },
        .bad("ok false beside a code", 200, #"{"ok":false,"code":"invalid_grant"}"#, .refused, "invalid_grant"),
        .bad(
            "error_code beside an unknown error", 400, #"{"error":"E1","error_code":"invalid_client"}"#, .misconfigured,
            "invalid_client"),
        .bad("an error_code that is a number", 400, #"{"error_code":1}"#, .unclear, "http_400"),
        .bad("errorCode", 400, #"{"errorCode":"E0000011"}"#, .unclear, "E0000011"),
        .bad("code", 400, #"{"code":"invalid_client","message":"x"}"#, .misconfigured, "invalid_client"),
        .bad("status", 400, #"{"status":"error","message":"invalid_grant"}"#, .unclear, "error"),
        .bad(
            "two known codes: the first", 400, #"{"error":"invalid_client","error_code":"invalid_grant"}"#,
            .misconfigured, "invalid_client"),
        .bad("errors in a list", 400, #"{"errors":[{"code":"invalid_grant"}]}"#, .unclear, "http_400"),
        .bad("only a description", 400, #"{"error_description":"invalid_grant"}"#, .unclear, "http_400"),
        .bad("only a message", 401, #"{"message":"invalid_client"}"#, .unclear, "http_401"),
        .bad("an error below data", 400, #"{"data":{"error":"invalid_grant"}}"#, .unclear, "http_400"),
        .bad("ok false with a number", 200, #"{"ok":false,"error":7}"#, .unclear, "7"),
        .bad("ok false with an empty error", 200, #"{"ok":false,"error":""}"#, .unclear, "not_ok"),
        .bad("ok false with null", 200, #"{"ok":false,"error":null,"access_token":"at"}"#, .unclear, "not_ok"),
        .bad("ok false with an error in a list", 200, #"{"ok":false,"error":["invalid_grant"]}"#, .unclear, "not_ok"),
        .bad(
            "ok true beside an error", 200, #"{"ok":true,"error":"invalid_grant","access_token":"at"}"#, .refused,
            "invalid_grant"),
        .good("ok true", #"{"ok":true,"access_token":"at"}"#), .good("ok null", #"{"ok":null,"access_token":"at"}"#),
        .good("ok 0 is not false", #"{"ok":0,"access_token":"at"}"#),
        .good("ok as a text", #"{"ok":"false","access_token":"at"}"#),
        .good("an error that is empty", #"{"error":"","access_token":"at"}"#),
        .good("an error that is false", #"{"error":false,"access_token":"at"}"#),
        .good("an error that is zero", #"{"error":0,"access_token":"at"}"#),
        .good("an error that is an empty object", #"{"error":{},"access_token":"at"}"#),
        .good("an error that is an empty list", #"{"error":[],"access_token":"at"}"#),
        .good("a code beside a token is no error", #"{"code":"invalid_grant","status":"x","access_token":"at"}"#),
        .good("a description beside a token is no error", #"{"error_description":"x","access_token":"at"}"#),
        .good("an error below data beside a token", #"{"data":{"error":"invalid_grant"},"access_token":"at"}"#),
        .bad(
            "a token beside a wrong secret", 401, #"{"access_token":"at","error":"invalid_client"}"#, .unclear,
            "invalid_client"),
        .bad(
            "a token beside a refusal with 400", 400, #"{"access_token":"at","error":"invalid_grant"}"#, .unclear,
            "invalid_grant"),
        .bad("a token beside slow_down", 400, #"{"access_token":"at","error":"slow_down"}"#, .unclear, "slow_down"),
        .bad(
            "a token beside an error object", 200, #"{"access_token":"at","error":{"code":"invalid_grant"}}"#, .refused,
            "invalid_grant"),
        .bad("a token beside an error that is true", 200, #"{"access_token":"at","error":true}"#, .unclear, "true"),
        .bad(
            "an empty token beside a refusal", 400, #"{"access_token":"","error":"invalid_grant"}"#, .refused,
            "invalid_grant"),
        .bad(
            "a null token beside a refusal", 400, #"{"access_token":null,"error":"invalid_grant"}"#, .refused,
            "invalid_grant"),
        .bad(
            "a refresh token beside a refusal", 400, #"{"refresh_token":"rt","error":"invalid_grant"}"#, .refused,
            "invalid_grant"),
        .bad(
            "busy, in capitals", 400, #"{"error":"invalid_grant","error_description":"ALREADY BEING PROCESSED"}"#,
            .busy, "invalid_grant"),
        .bad(
            "busy with 200", 200,
            #"{"error":"invalid_grant","error_description":"token request is already being processed"}"#, .busy,
            "invalid_grant"),
        .bad("busy with 503", 503, #"{"error":"x","error_description":"already being processed"}"#, .unclear, "x"),
        .bad("busy without an error", 400, #"{"error_description":"already being processed"}"#, .unclear, "http_400"),
        .bad(
            "busy in a list", 400, #"{"error":"invalid_grant","error_description":["already being processed"]}"#,
            .refused, "invalid_grant"),
    ]
}
