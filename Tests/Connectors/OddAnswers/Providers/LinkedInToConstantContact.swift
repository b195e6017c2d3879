import ConnectorSDK

extension OddAnswer {
    /// PROVIDERS.md, "Rotation and errors by provider".
    static let linkedInToConstantContact: [OddAnswer] = [
        .good(
            "LinkedIn: the lifetime shrinks",
            #"{"access_token":"AQ","expires_in":12,"refresh_token":"AR","refresh_token_expires_in":12}"#,
            .with("AQ", refresh: "AR", lives: 12_000, refreshLives: 12_000)
        ) { $0.response.map(.refreshExpiresIn, to: "refresh_token_expires_in") },
        .good(
            "Exact Online: the lifetime as text",
            #"{"access_token":"e","token_type":"bearer","expires_in":"600","refresh_token":"f"}"#,
            .with("e", refresh: "f", type: "bearer", lives: 600_000)),
        .bad(
            "Exact Online: refreshed while still valid", 400,
            #"{"error":"unauthorized","error_description":"Access token not expired"}"#, .unclear, "unauthorized"),
        .good(
            "Amazon Cognito: an ID token and no refresh token",
            #"{"id_token":"i.d.t","access_token":"a.c.c","expires_in":3600,"token_type":"Bearer"}"#,
            .with("a.c.c", lives: 3_600_000)),
        .good(
            "Smartcar: nothing odd but its type",
            #"{"access_token":"s","token_type":"bearer","expires_in":7200,"refresh_token":"t"}"#,
            .with("s", refresh: "t", type: "bearer", lives: 7_200_000)),
        .bad(
            "Smartcar: its own shape", 400,
            #"{"type":"invalid_grant","code":null,"statusCode":400,"error":"invalid_grant"}"#, .refused, "invalid_grant"
        ),
        .good(
            "iRacing: refresh_token_expires_in",
            #"{"access_token":"i","token_type":"Bearer","expires_in":600,"refresh_token":"j","refresh_token_expires_in":604800.5,"scope":"iracing.auth"}"#,
            .with("i", refresh: "j", lives: 600_000, refreshLives: 604_800_500, scopes: ["iracing.auth"])
        ) { $0.response.map(.refreshExpiresIn, to: "refresh_token_expires_in") },
        .bad(
            "Airwallex: its own code", 401, #"{"code":"credentials_invalid","message":"UNAUTHORIZED","source":""}"#,
            .unclear, "credentials_invalid"),
        .bad("CyberSource: 500 for a refused token", 500, #"{"error":"invalid_grant"}"#, .unclear, "invalid_grant"),
        .bad(
            "CyberSource: 500 for a wrong client", 500, #"{"error":"invalid_client","error_description":"x"}"#,
            .unclear, "invalid_client"),
        .good(
            "Adobe Sign: the access point",
            #"{"access_token":"3AA","refresh_token":"3AB","token_type":"Bearer","expires_in":3600,"api_access_point":"https://api.eu1.adobesign.com/"}"#,
            .with("3AA", refresh: "3AB", lives: 3_600_000), captured: ["api": "https://api.eu1.adobesign.com/"]
        ) { $0.response.capture("api", from: "api_access_point") },
        .bad("NetSuite: 401 invalid_grant", 401, #"{"error":"invalid_grant"}"#, .refused, "invalid_grant"),
        .good(
            "Intercom: a token twice, and no lifetime",
            #"{"token_type":"Bearer","token":"dG9r","access_token":"dG9r"}"#, .with("dG9r")
        ) { $0.response.capture("t", from: "token") },
        .good(
            "Monday: no lifetime", #"{"access_token":"m","token_type":"Bearer","scope":"me:read boards:read"}"#,
            .with("m", scopes: ["me:read", "boards:read"])),
        .good(
            "Constant Contact: long-lived, no refresh token",
            #"{"token_type":"Bearer","expires_in":86400,"access_token":"cc","scope":"contact_data offline_access"}"#,
            .with("cc", lives: 86_400_000, scopes: ["contact_data", "offline_access"])),
    ]
}
