import ConnectorSDK

extension OddAnswer {
    /// PROVIDERS.md, "Rotation and errors by provider".
    static let gitHubToDropbox: [OddAnswer] = [
        .good(
            "GitHub App: a form",
            "access_token=ghu_a&expires_in=28800&refresh_token=ghr_b&refresh_token_expires_in=15811200&scope=&token_type=bearer",
            .with("ghu_a", refresh: "ghr_b", type: "bearer", lives: 28_800_000, refreshLives: 15_811_200_000),
            type: "application/x-www-form-urlencoded; charset=utf-8"
        ) { $0.response.map(.refreshExpiresIn, to: "refresh_token_expires_in") },
        .bad(
            "GitHub App: bad_refresh_token in a form", 200,
            "error=bad_refresh_token&error_description=The+refresh+token+passed+is+incorrect+or+expired.", .refused,
            "bad_refresh_token", type: "application/x-www-form-urlencoded; charset=utf-8"),
        .bad(
            "GitHub App: an e-mail to verify", 200, #"{"error":"unverified_user_email"}"#, .refused,
            "unverified_user_email"
        ) { $0.response.errors = [.at("error", is: .string("unverified_user_email"), means: .reauthorize)] },
        .bad(
            "GitHub App: the unicorn", 503, "<!DOCTYPE html><title>Unicorn! &middot; GitHub</title>", .unclear,
            "http_503", type: "text/html"),
        .bad(
            "Atlassian 3LO: 403 invalid_grant", 403,
            #"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#, .refused,
            "invalid_grant"),
        .bad(
            "Atlassian 3LO: 403 unauthorized_client", 403,
            #"{"error":"unauthorized_client","error_description":"refresh_token is invalid"}"#, .refused,
            "unauthorized_client"
        ) { $0.response.errors = [.at("error", is: .string("unauthorized_client"), means: .reauthorize, status: 403)] },
        .bad(
            "Atlassian 3LO: 401 access_denied", 401, #"{"error":"access_denied","error_description":"Unauthorized"}"#,
            .misconfigured, "access_denied"
        ) { $0.response.errors = [.at("error", is: .string("access_denied"), means: .misconfigured, status: 401)] },
        .bad(
            "Atlassian 3LO: the rule of another status is not heard", 400, #"{"error":"unauthorized_client"}"#,
            .misconfigured, "unauthorized_client"
        ) { $0.response.errors = [.at("error", is: .string("unauthorized_client"), means: .reauthorize, status: 403)] },
        .good(
            "Bitbucket Cloud: scopes under another name",
            #"{"scopes":"account repository","access_token":"b=","expires_in":7200,"token_type":"bearer","state":"refresh_token","refresh_token":"r"}"#,
            .with("b=", refresh: "r", type: "bearer", lives: 7_200_000)),
        .good(
            "Zoom: an api_url beside",
            #"{"access_token":"eyJ","token_type":"bearer","refresh_token":"eyK","expires_in":3599,"scope":"user:read:admin","api_url":"https://api.zoom.us"}"#,
            .with("eyJ", refresh: "eyK", type: "bearer", lives: 3_599_000, scopes: ["user:read:admin"])),
        .bad(
            "Zoom: a reason beside the error", 400, #"{"reason":"Invalid Token!","error":"invalid_grant"}"#, .refused,
            "invalid_grant"),
        .bad(
            "HubSpot: BAD_REFRESH_TOKEN", 400,
            #"{"status":"BAD_REFRESH_TOKEN","message":"missing or unknown refresh token"}"#, .refused,
            "BAD_REFRESH_TOKEN"),
        .bad(
            "HubSpot: BAD_AUTH_CODE", 400, #"{"status":"BAD_AUTH_CODE","message":"missing or unknown auth code"}"#,
            .refused, "BAD_AUTH_CODE"
        ) { $0.response.errors = [.at("status", is: .string("BAD_AUTH_CODE"), means: .reauthorize)] },
        .good(
            "HubSpot: a token of 300 characters",
            #"{"access_token":"\#(String(repeating: "C", count: 300))","refresh_token":"na1","expires_in":1800,"token_type":"bearer"}"#,
            .with(String(repeating: "C", count: 300), refresh: "na1", type: "bearer", lives: 1_800_000)),
        .good(
            "QuickBooks: the refresh token's end under another name",
            #"{"access_token":"eyJ","refresh_token":"AB","expires_in":3600,"x_refresh_token_expires_in":8726400,"token_type":"bearer"}"#,
            .with("eyJ", refresh: "AB", type: "bearer", lives: 3_600_000, refreshLives: 8_726_400_000)
        ) { $0.response.map(.refreshExpiresIn, to: "x_refresh_token_expires_in") },
        .bad("QuickBooks: an outage", 504, "", .unclear, "http_504", type: nil),
        .bad(
            "QuickBooks: invalid_grant", 400,
            #"{"error":"invalid_grant","error_description":"Incorrect or invalid refresh token"}"#, .refused,
            "invalid_grant"),
        .bad(
            "Xero: unsupported after a time-out", 400, #"{"error":"invalid_grant"}"#, .refused, "invalid_grant",
            type: "application/json; charset=utf-8"),
        .bad(
            "Box: expired, or re-used", 400,
            #"{"error":"invalid_grant","error_description":"Refresh token has expired"}"#, .refused, "invalid_grant"),
        .good(
            "Box: an empty list of restrictions",
            #"{"access_token":"T9","expires_in":3888,"restricted_to":[],"refresh_token":"J7","token_type":"bearer"}"#,
            .with("T9", refresh: "J7", type: "bearer", lives: 3_888_000)),
        .good(
            "Dropbox: no refresh token", #"{"access_token":"sl.a","token_type":"bearer","expires_in":14400}"#,
            .with("sl.a", type: "bearer", lives: 14_400_000)),
        .bad(
            "Dropbox: 400 in plain text", 400, "Error in call to API function \"oauth2/token\"", .unclear, "http_400",
            type: "text/plain; charset=utf-8"),
    ]
}
