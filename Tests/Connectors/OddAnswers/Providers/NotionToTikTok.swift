import ConnectorSDK

extension OddAnswer {
    /// PROVIDERS.md, "Rotation and errors by provider".
    static let notionToTikTok: [OddAnswer] = [
        .good(
            "Notion: no lifetime",
            #"{"access_token":"ntn_a","token_type":"bearer","refresh_token":"nrt_b","bot_id":"b","workspace_name":null,"owner":{"type":"workspace"}}"#,
            .with("ntn_a", refresh: "nrt_b", type: "bearer"), captured: ["bot_id": "b"]
        ) { definition in
            definition.response.capture("bot_id", from: "bot_id")
            definition.response.capture("workspace_name", from: "workspace_name")
        },
        .bad(
            "Notion: a request id beside the error", 400, #"{"error":"invalid_grant","request_id":"r"}"#, .refused,
            "invalid_grant"),
        .good(
            "Airtable: the refresh token's end",
            #"{"access_token":"oaa","refresh_token":"oar","token_type":"Bearer","scope":"data.records:read","expires_in":3600,"refresh_expires_in":5184000}"#,
            .with("oaa", refresh: "oar", lives: 3_600_000, refreshLives: 5_184_000_000, scopes: ["data.records:read"])),
        .bad(
            "Airtable: an error of its API", 401,
            #"{"error":{"type":"AUTHENTICATION_REQUIRED","message":"Authentication required"}}"#, .unclear,
            "AUTHENTICATION_REQUIRED"),
        .good(
            "Asana: an object of the person beside",
            #"{"access_token":"f6","expires_in":3600,"token_type":"bearer","data":{"id":4673218951,"email":"a@b.example"}}"#,
            .with("f6", type: "bearer", lives: 3_600_000)),
        .good(
            "Linear: ten years and no refresh token",
            #"{"access_token":"l","token_type":"Bearer","expires_in":315705599,"scope":["read","write"]}"#,
            .with("l", lives: 315_360_000_000, scopes: ["read", "write"])),
        .good(
            "GitLab: created_at is no end",
            #"{"access_token":"g","token_type":"Bearer","expires_in":7200,"refresh_token":"h","scope":"api","created_at":1767225600}"#,
            .with("g", refresh: "h", lives: 7_200_000, scopes: ["api"])),
        .bad(
            "GitLab: the long text", 400,
            #"{"error":"invalid_grant","error_description":"The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client."}"#,
            .refused, "invalid_grant"),
        .bad(
            "Discord: an error of its API", 400,
            #"{"message":"Invalid Form Body","code":50035,"errors":{"refresh_token":{}}}"#, .unclear, "http_400"),
        .bad(
            "Discord: limited, in the body", 429,
            #"{"message":"You are being rate limited.","retry_after":0.65,"global":false}"#,
            .rateLimited(after: .seconds(1)), "http_429", headers: ["retry-after": "1"]),
        .bad(
            "Spotify: six months are over", 400,
            #"{"error":"invalid_grant","error_description":"Refresh token expired"}"#, .refused, "invalid_grant"),
        .bad(
            "Spotify: an error of its API", 503, #"{"error":{"status":503,"message":"Service unavailable"}}"#, .unclear,
            "503"),
        .bad(
            "X: a bad refresh token as invalid_request", 400,
            #"{"error":"invalid_request","error_description":"Value passed for the token was invalid."}"#,
            .misconfigured, "invalid_request"),
        .bad(
            "X: a bad refresh token by the rule of its description", 400,
            #"{"error":"invalid_request","error_description":"Value passed for the token was invalid."}"#, .refused,
            "invalid_request"
        ) {
            $0.response.errors = [
                .at(
                    "error_description", is: .string("Value passed for the token was invalid."), means: .reauthorize,
                    status: 400)
            ]
        },
        .bad(
            "X: another service's shape", 503,
            #"{"title":"Service Unavailable","detail":"x","type":"about:blank","status":503}"#, .unclear, "http_503"),
        .bad("Reddit: a number for an error", 401, #"{"message":"Unauthorized","error":401}"#, .unclear, "401"),
        .bad("Reddit: an error with 200", 200, #"{"error":"invalid_grant"}"#, .refused, "invalid_grant"),
        .bad(
            "Zoho: revoked, with 200", 200, #"{"error":"invalid_code"}"#, .refused, "invalid_code",
            type: "application/json;charset=UTF-8"),
        .bad(
            "Zoho: wrong secret, with 200", 200, #"{"error":"invalid_client_secret"}"#, .misconfigured,
            "invalid_client_secret"),
        .bad(
            "Zoho: too many requests", 400,
            #"{"error_description":"You have made too many requests continuously.","error":"Access Denied","status":"failure"}"#,
            .unclear, "Access_Denied"),
        .good(
            "Zoho: the API's host",
            #"{"access_token":"1000.a","expires_in":3600,"api_domain":"https://www.zohoapis.eu","token_type":"Bearer"}"#,
            .with("1000.a", lives: 3_600_000), captured: ["api_domain": "https://www.zohoapis.eu"]
        ) { $0.response.capture("api_domain", from: "api_domain") },
        .good(
            "Shopify: an associated user beside",
            #"{"access_token":"shpat","expires_in":3600,"refresh_token":"shprt","refresh_token_expires_in":7776000,"scope":"read_products,write_orders","associated_user":{"id":1}}"#,
            .with(
                "shpat", refresh: "shprt", lives: 3_600_000, refreshLives: 7_776_000_000,
                scopes: ["read_products", "write_orders"])
        ) { $0.response.map(.refreshExpiresIn, to: "refresh_token_expires_in") },
        .bad(
            "Shopify: a page for a shop that is closed", 402, "<html>Unavailable Shop</html>", .unclear, "http_402",
            type: "text/html"),
        .good(
            "TikTok: refresh_expires_in",
            #"{"access_token":"act","expires_in":86400,"open_id":"o","refresh_expires_in":31536000,"refresh_token":"rft","scope":"user.info.basic,video.list","token_type":"Bearer"}"#,
            .with(
                "act", refresh: "rft", lives: 86_400_000, refreshLives: 31_536_000_000,
                scopes: ["user.info.basic", "video.list"]), captured: ["open_id": "o"]
        ) { $0.response.capture("open_id", from: "open_id") },
        .good(
            "TikTok: the old answer below data",
            #"{"data":{"access_token":"act","error_code":0,"expires_in":86400},"message":"success"}"#,
            .with("act", lives: 86_400_000)
        ) { definition in
            definition.response.map(.accessToken, to: "data", "access_token")
            definition.response.map(.expiresIn, to: "data", "expires_in")
        },
        .bad(
            "TikTok: an error with 200", 200,
            #"{"error":"invalid_grant","error_description":"Refresh token is invalid or expired.","log_id":"2"}"#,
            .refused, "invalid_grant"),
        .bad(
            "TikTok: the old error below data", 200,
            #"{"data":{"error_code":10010,"description":"x"},"message":"error"}"#, .unclear, "no_access_token"),
    ]
}
