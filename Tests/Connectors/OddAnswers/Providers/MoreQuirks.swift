import ConnectorSDK

extension OddAnswer {
    /// The same for what else stands in an answer.
    static let moreQuirks: [OddAnswer] = [
        .good(
            "Pipedrive: the API's host",
            #"{"access_token":"p","token_type":"Bearer","refresh_token":"q","scope":"deals:full,users:read","expires_in":3599,"api_domain":"https://x.pipedrive.com"}"#,
            .with("p", refresh: "q", lives: 3_599_000, scopes: ["deals:full", "users:read"]),
            captured: ["api_domain": "https://x.pipedrive.com"]
        ) { $0.response.capture("api_domain", from: "api_domain") },
        .bad(
            "Pipedrive: success false and a word", 400, #"{"success":false,"message":"x","error":"invalid_grant"}"#,
            .refused, "invalid_grant"),
        .good(
            "Amazon Selling Partner: bars in tokens",
            #"{"access_token":"Atza|a","token_type":"bearer","expires_in":3600,"refresh_token":"Atzr|b"}"#,
            .with("Atza|a", refresh: "Atzr|b", type: "bearer", lives: 3_600_000)),
        .good(
            "SAP Ariba: the scope is null",
            #"{"timeUpdated":1767225600000,"access_token":"s","refresh_token":"r","token_type":"bearer","scope":null,"expires_in":1440}"#,
            .with("s", refresh: "r", type: "bearer", lives: 1_440_000)),
        .good(
            "Walmart: no refresh token", #"{"access_token":"eyJ","token_type":"Bearer","expires_in":900}"#,
            .with("eyJ", lives: 900_000)),
        .bad(
            "Walmart: errors in a list", 401,
            #"{"error":[{"code":"UNAUTHORIZED.GMP_GATEWAY_API","severity":"ERROR"}]}"#, .unclear, "http_401"),
        .good(
            "Trustpilot: numbers as texts, a status beside",
            #"{"refresh_token_expires_in":"2592000","refresh_token_status":"approved","status":"approved","access_token":"t","refresh_token":"u","expires_in":"359999","refresh_count":"0","organization_name":"","token_type":"BearerToken"}"#,
            .with("t", refresh: "u", type: "BearerToken", lives: 359_999_000, refreshLives: 2_592_000_000)
        ) { $0.response.map(.refreshExpiresIn, to: "refresh_token_expires_in") },
        .good(
            "Dropbox Sign: a state that is null",
            #"{"access_token":"h","token_type":"Bearer","refresh_token":"i","expires_in":86400,"state":null}"#,
            .with("h", refresh: "i", lives: 86_400_000)),
        .bad(
            "Dropbox Sign: an error object with error_name", 401,
            #"{"error":{"error_msg":"Unauthorized","error_name":"unauthorized"}}"#, .unclear, "http_401"),
        .good(
            "Microsoft admin consent: no refresh token",
            #"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"eyJ"}"#,
            .with("eyJ", lives: 3_599_000)),
        .bad(
            "Acumatica: a wrong password", 400,
            #"{"error":"invalid_grant","error_description":"invalid_username_or_password"}"#, .refused, "invalid_grant"),
    ]
}
