import ConnectorSDK

extension OddAnswer {
    /// PROVIDERS.md, "Rotation and errors by provider". The rules are those of the definitions.
    static let googleToSlack: [OddAnswer] = [
        .good(
            "Google: no new refresh token",
            #"{"access_token":"ya29.a","expires_in":3599,"scope":"openid https://www.googleapis.com/auth/drive","token_type":"Bearer","refresh_token_expires_in":604799}"#,
            .with("ya29.a", lives: 3_599_000, scopes: ["openid", "https://www.googleapis.com/auth/drive"])),
        .bad(
            "Google: session control", 400,
            #"{"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)","error_subtype":"invalid_rapt","error_uri":"https://support.google.com/a/answer/9368756"}"#,
            .refused, "invalid_grant"
        ) { $0.response.errors = [.at("error_subtype", is: .string("invalid_rapt"), means: .reauthorize)] },
        .bad(
            "Google: the password was changed", 400,
            #"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#, .refused,
            "invalid_grant"),
        .bad(
            "Google: a deleted client", 401,
            #"{"error":"deleted_client","error_description":"The OAuth client was deleted."}"#, .misconfigured,
            "deleted_client"
        ) { $0.response.errors = [.at("error", is: .string("deleted_client"), means: .misconfigured)] },
        .bad(
            "Google: the page of an overloaded front end", 502,
            "<html lang=en><title>Error 502 (Server Error)!!1</title>", .unclear, "http_502",
            type: "text/html; charset=UTF-8"),
        .good(
            "Microsoft Entra: lifetimes as text",
            #"{"token_type":"Bearer","scope":"User.Read","expires_in":"3599","ext_expires_in":"3599","expires_on":"1767229199","access_token":"eyJ.e.s","refresh_token":"0.A"}"#,
            .with("eyJ.e.s", refresh: "0.A", lives: 3_599_000, scopes: ["User.Read"])),
        .bad(
            "Microsoft Entra: 700084, a single-page app", 400,
            #"{"error":"invalid_grant","error_description":"AADSTS700084","error_codes":[700084],"suberror":"bad_token","claims":null}"#,
            .refused, "invalid_grant"),
        .bad(
            "Microsoft Entra: 70008, inactive", 400, #"{"error":"invalid_grant","error_codes":[70008]}"#, .refused,
            "invalid_grant"),
        .bad(
            "Microsoft Entra: 50173, revoked", 400, #"{"error":"invalid_grant","error_codes":[50173]}"#, .refused,
            "invalid_grant"),
        .bad(
            "Microsoft Entra: 50076 as interaction_required", 400,
            #"{"error":"interaction_required","error_codes":[50076],"suberror":"basic_action"}"#, .refused,
            "interaction_required"),
        .bad(
            "Microsoft Entra: 50196 beside another number", 400, #"{"error":"invalid_grant","error_codes":[50196,1]}"#,
            .rateLimited(after: .seconds(60)), "invalid_grant", headers: ["retry-after": "60"]),
        .bad(
            "Microsoft Entra: 90033 with a wait", 400, #"{"error":"temporarily_unavailable","error_codes":[90033]}"#,
            .retryLater(after: .seconds(9)), "temporarily_unavailable", headers: ["retry-after": "9"]),
        .bad(
            "Microsoft Entra: numbers as no list", 400, #"{"error":"invalid_grant","error_codes":50196}"#, .refused,
            "invalid_grant"),
        .good(
            "Salesforce: no lifetime",
            #"{"access_token":"00D!AQ","signature":"x=","scope":"refresh_token api","instance_url":"https://x.my.salesforce.com","id":"https://login.salesforce.com/id/00D/005","token_type":"Bearer","issued_at":"1767225600000"}"#,
            .with("00D!AQ", scopes: ["refresh_token", "api"]), captured: ["instance_url": "https://x.my.salesforce.com"]
        ) { $0.response.capture("instance_url", from: "instance_url") },
        .bad(
            "Salesforce: already being processed", 400,
            #"{"error":"invalid_grant","error_description":"token request is already being processed"}"#, .busy,
            "invalid_grant"),
        .bad(
            "Salesforce: expired", 400,
            #"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#, .refused, "invalid_grant"),
        .bad(
            "Salesforce: an inactive user", 400, #"{"error":"inactive_user","error_description":"user is inactive"}"#,
            .unclear, "inactive_user"),
        .good(
            "Slack: only the person's token",
            #"{"ok":true,"authed_user":{"id":"U1","access_token":"xoxe.xoxp-1","refresh_token":"xoxe-1","expires_in":43200,"token_type":"user","scope":"search:read"}}"#,
            .with("xoxe.xoxp-1", refresh: "xoxe-1", lives: 43_200_000, scopes: ["user:search:read"])
        ) { $0.connector = "slack" },
        .good(
            "Slack: both tokens",
            #"{"ok":true,"access_token":"xoxe.xoxb-1","refresh_token":"xoxe-b","expires_in":43200,"token_type":"bot","scope":"chat:write,commands","authed_user":{"access_token":"xoxe.xoxp-1","refresh_token":"","token_type":"user"}}"#,
            .with("xoxe.xoxb-1", refresh: "xoxe-b", lives: 43_200_000, scopes: ["chat:write", "commands"]),
            .with("xoxe.xoxp-1", name: "user")
        ) { $0.connector = "slack" },
        .good(
            "Slack: the person's token cannot be used",
            #"{"ok":true,"access_token":"xoxb","authed_user":{"access_token":"x\n"}}"#, .with("xoxb")
        ) { $0.connector = "slack" },
        .good("Slack: authed_user as a text", #"{"ok":true,"access_token":"xoxb","authed_user":"U1"}"#, .with("xoxb")) {
            $0.connector = "slack"
        },
        .bad(
            "Slack: ok false with a token below", 200,
            #"{"ok":false,"error":"invalid_auth","authed_user":{"access_token":"xoxp"}}"#, .refused, "invalid_auth"
        ) { $0.connector = "slack" },
        .bad(
            "Slack: a spent refresh token", 200, #"{"ok":false,"error":"invalid_refresh_token"}"#, .refused,
            "invalid_refresh_token"
        ) { $0.connector = "slack" },
        .bad("Slack: 400 with invalid_grant", 400, #"{"error":"invalid_grant"}"#, .refused, "invalid_grant") {
            $0.connector = "slack"
        },
        .bad(
            "Slack: limited", 429, #"{"ok":false,"error":"ratelimited"}"#, .rateLimited(after: .seconds(30)),
            "ratelimited", headers: ["retry-after": "30"]
        ) { $0.connector = "slack" },
        .bad(
            "Slack: rotation is off", 200, #"{"ok":false,"error":"token_rotation_not_enabled"}"#, .misconfigured,
            "token_rotation_not_enabled"
        ) { $0.response.errors = [.at("error", is: .string("token_rotation_not_enabled"), means: .misconfigured)] },
    ]
}
