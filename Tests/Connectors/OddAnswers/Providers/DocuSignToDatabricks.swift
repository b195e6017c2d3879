import ConnectorSDK

extension OddAnswer {
    /// PROVIDERS.md, "Rotation and errors by provider".
    static let docuSignToDatabricks: [OddAnswer] = [
        .bad(
            "DocuSign: void after use", 400, #"{"error":"invalid_grant","error_description":"expired_client_token"}"#,
            .refused, "invalid_grant"),
        .good(
            "Stripe Apps: no lifetime",
            #"{"access_token":"sk_test","livemode":false,"refresh_token":"rt_a","scope":"stripe_apps","stripe_publishable_key":"pk","stripe_user_id":"acct_1","token_type":"bearer"}"#,
            .with("sk_test", refresh: "rt_a", type: "bearer", scopes: ["stripe_apps"]),
            captured: ["livemode": "false", "user": "acct_1"]
        ) { definition in
            definition.response.capture("livemode", from: "livemode")
            definition.response.capture("user", from: "stripe_user_id")
        },
        .bad(
            "Okta: an error of its API", 401,
            #"{"errorCode":"E0000011","errorSummary":"Invalid token provided","errorCauses":[]}"#, .unclear, "E0000011"),
        .bad(
            "Okta: reuse", 400,
            #"{"error":"invalid_grant","error_description":"The refresh token is invalid or expired."}"#, .refused,
            "invalid_grant"),
        .bad(
            "Auth0: family revoked", 403,
            #"{"error":"invalid_grant","error_description":"The family of the refresh token was revoked."}"#, .refused,
            "invalid_grant"),
        .bad(
            "Auth0: limited", 429, #"{"error":"too_many_attempts"}"#, .rateLimited(after: nil), "too_many_attempts",
            headers: ["x-ratelimit-reset": "1767225660"]),
        .good(
            "Figma: a person's id as a number",
            #"{"access_token":"figu","expires_in":7776000,"refresh_token":"figur","user_id":1234567890123456789}"#,
            .with("figu", refresh: "figur", lives: 7_776_000_000), captured: ["user_id": "1234567890123456789"]
        ) { $0.response.capture("user_id", from: "user_id") },
        .good(
            "Canva: a token of 4 KB",
            #"{"access_token":"\#(String(repeating: "J", count: 4_096))","expires_in":14400}"#,
            .with(String(repeating: "J", count: 4_096), lives: 14_400_000)),
        .bad(
            "Canva: code and message", 400, #"{"code":"invalid_grant","message":"x","error":"invalid_grant"}"#,
            .refused, "invalid_grant"),
        .good(
            "Calendly: owner and created_at",
            #"{"access_token":"c","token_type":"Bearer","expires_in":7200,"refresh_token":"d","created_at":1767225600,"owner":"https://api.calendly.com/users/A"}"#,
            .with("c", refresh: "d", lives: 7_200_000)),
        .good(
            "Zendesk: no lifetime unless asked", #"{"access_token":"z","token_type":"bearer","scope":"read"}"#,
            .with("z", type: "bearer", scopes: ["read"])
        ) { $0.response.expiry.fallback = .seconds(1800) },
        .good(
            "Zendesk: null lifetimes",
            #"{"access_token":"z","refresh_token":"y","expires_in":null,"refresh_token_expires_in":null}"#,
            .with("z", refresh: "y")
        ) { $0.response.map(.refreshExpiresIn, to: "refresh_token_expires_in") },
        .good(
            "ServiceNow: its own scope",
            #"{"access_token":"s","refresh_token":"t","scope":"useraccount","token_type":"Bearer","expires_in":1799}"#,
            .with("s", refresh: "t", lives: 1_799_000, scopes: ["useraccount"])),
        .bad(
            "ServiceNow: 401 server_error", 401, #"{"error_description":"access_denied","error":"server_error"}"#,
            .unclear, "server_error"),
        .good(
            "Snowflake: the person beside",
            #"{"access_token":"ver:1","token_type":"Bearer","username":"U","scope":"refresh_token session:role:PUBLIC","expires_in":600,"idpInitiated":false}"#,
            .with("ver:1", lives: 600_000, scopes: ["refresh_token", "session:role:PUBLIC"])),
        .bad(
            "Snowflake: its own shape", 400,
            #"{"data":null,"message":"This is an invalid client.","code":null,"success":false,"error":"invalid_client"}"#,
            .misconfigured, "invalid_client"),
        .bad(
            "Databricks: error_code", 400, #"{"error_code":"INVALID_PARAMETER_VALUE","message":"x"}"#, .unclear,
            "INVALID_PARAMETER_VALUE"),
    ]
}
