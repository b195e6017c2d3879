import ConnectorSDK

extension OddAnswer {
    /// Servers that many providers run (PROVIDERS.md, "Servers you may meet").
    static let servers: [OddAnswer] = [
        .bad(
            "Hydra: token_inactive", 401,
            #"{"error":"token_inactive","error_description":"Token is inactive","error_hint":"x","status_code":401}"#,
            .unclear, "token_inactive"),
        .bad(
            "Hydra: reuse", 400, #"{"error":"invalid_grant","error_debug":"refresh token reuse","status_code":400}"#,
            .refused, "invalid_grant"),
        .bad(
            "WSO2: a replay outside the grace", 400,
            #"{"error_description":"Persisted access token data not found","error":"invalid_grant"}"#, .refused,
            "invalid_grant"),
        .bad(
            "WSO2: a fault of its gateway", 503, #"{"fault":{"code":303001,"message":"Runtime Error"}}"#, .unclear,
            "http_503"),
        .bad(
            "Connect2id: a wrong client", 401, #"{"error":"invalid_client"}"#, .misconfigured, "invalid_client",
            headers: ["www-authenticate": "Basic realm=\"c2id.com\""]),
        .bad(
            "Curity: no grace", 400, #"{"error":"invalid_grant"}"#, .refused, "invalid_grant",
            type: "application/json;charset=UTF-8"),
        .bad("Airlock: its page", 403, "<html>Request blocked</html>", .unclear, "http_403", type: "text/html"),
        .bad(
            "Supabase: error_code", 400,
            #"{"code":400,"error_code":"refresh_token_already_used","msg":"Invalid Refresh Token: Already Used"}"#,
            .unclear, "refresh_token_already_used"),
        .good(
            "Supabase: both kinds of lifetime",
            #"{"access_token":"eyJ","token_type":"bearer","expires_in":3600,"expires_at":1767229199,"refresh_token":"r","user":{"id":"u"}}"#,
            .with("eyJ", refresh: "r", type: "bearer", lives: 3_600_000)),
        .good(
            "Keycloak: an offline token's end is zero",
            #"{"access_token":"eyJ","expires_in":300,"refresh_expires_in":0,"refresh_token":"eyK","token_type":"Bearer","not-before-policy":0,"session_state":"s","scope":"offline_access"}"#,
            .with("eyJ", refresh: "eyK", lives: 300_000, scopes: ["offline_access"])),
        .bad(
            "Keycloak: the session is over", 400,
            #"{"error":"invalid_grant","error_description":"Session not active"}"#, .refused, "invalid_grant"),
        .bad("Keycloak: overloaded", 503, #"{"error":"unknown_error"}"#, .unclear, "unknown_error"),
        .good(
            "django-oauth-toolkit: the old refresh token again",
            #"{"access_token":"at","expires_in":36000,"token_type":"Bearer","scope":"read write","refresh_token":"old"}"#,
            .with(refresh: "old", lives: 36_000_000, scopes: ["read", "write"])),
    ]
}
