import ConnectorSDK

extension OddAnswer {
    /// Lifetimes, places and refusals of providers in PROVIDERS.md, "Quirks and the providers that stand for them".
    static let quirks: [OddAnswer] = [
        .good("Fiserv: milliseconds", #"{"access_token":"f","expires_in":"900000"}"#, .with("f", lives: 900_000)) {
            $0.response.expiry.unit = .milliseconds
        },
        .good(
            "Clover: ends under other names",
            #"{"access_token":"c","access_token_expiration":1767229200,"refresh_token":"d","refresh_token_expiration":1767312000}"#,
            .with("c", refresh: "d", lives: 3_600_000, refreshLives: 86_400_000)
        ) { definition in
            definition.response.map(.expiresAt, to: "access_token_expiration")
            definition.response.map(.refreshExpiresAt, to: "refresh_token_expiration")
        },
        .good(
            "Jobber: no lifetime", #"{"access_token":"eyJ","refresh_token":"j","warning":"x"}"#,
            .with("eyJ", refresh: "j")),
        .good(
            "Workday: no lifetime", #"{"refresh_token":"w","token_type":"Bearer","access_token":"v"}"#,
            .with("v", refresh: "w")),
        .good("Personio: a token below data", #"{"success":true,"data":{"token":"papi-a"}}"#, .with("papi-a")) {
            $0.personio()
        },
        .bad("Personio: success is false", 200, #"{"success":false,"data":{"token":"papi-a"}}"#, .unclear, nil) {
            $0.personio()
        },
        .bad("Personio: success is a text", 200, #"{"success":"true","data":{"token":"papi-a"}}"#, .unclear, nil) {
            $0.personio()
        },
        .bad(
            "Personio: an error object", 403, #"{"success":false,"error":{"code":0,"message":"Wrong credentials"}}"#,
            .unclear, "0"
        ) { $0.personio() },
        .bad(
            "Coros: an error in 200", 200, #"{"message":"Invalid grant","result":"5009"}"#, .unclear, "no_access_token"),
        .bad(
            "Coros: an error in 200, with its rule", 200, #"{"message":"x","result":"5009"}"#, .refused,
            "no_access_token"
        ) { $0.response.errors = [.at("result", is: .string("5009"), means: .reauthorize)] },
        .bad(
            "Facebook: 190", 400,
            #"{"error":{"message":"Error validating access token","type":"OAuthException","code":190,"error_subcode":463,"fbtrace_id":"A"}}"#,
            .refused, "190"
        ) { $0.facebook() },
        .bad(
            "Facebook: 101, another app", 400, #"{"error":{"type":"OAuthException","code":101}}"#, .misconfigured, "101"
        ) { $0.facebook() },
        .bad(
            "Facebook: 4, limited", 400, #"{"error":{"type":"OAuthException","code":4}}"#, .rateLimited(after: nil), "4"
        ) { $0.facebook() },
        .bad("Facebook: 190 as a text is another value", 400, #"{"error":{"code":"190"}}"#, .unclear, "190") {
            $0.facebook()
        },
        .bad("Facebook: 190.0 is the same number", 400, #"{"error":{"code":190.0}}"#, .refused, "190.0") {
            $0.facebook()
        },
        .bad(
            "Facebook: the error in a header only", 400, "", .unclear, "http_400",
            headers: ["www-authenticate": "OAuth \"Facebook Platform\" \"invalid_code\""]
        ) { $0.facebook() },
        .good(
            "Instagram: the person's id is a number",
            #"{"access_token":"IG","user_id":17841400000000000,"permissions":["instagram_business_basic"]}"#,
            .with("IG", scopes: ["instagram_business_basic"])
        ) { $0.response.map(.scope, to: "permissions") },
        .bad(
            "Instagram: code and error_type", 400,
            #"{"error_type":"OAuthException","code":400,"error_message":"Invalid authorization code"}"#, .unclear,
            "http_400"),
        .good(
            "Threads: sixty days", #"{"access_token":"TH","token_type":"bearer","expires_in":5183944}"#,
            .with("TH", type: "bearer", lives: 5_183_944_000)),
    ]
}

extension Definition {
    fileprivate mutating func personio() {
        response.map(.accessToken, to: "data", "token")
        response.success.where = [JSONPointer(tokens: ["success"]): .bool(true)]
    }

    fileprivate mutating func facebook() {
        response.errors = [
            .at("error", "code", is: .number("190"), means: .reauthorize),
            .at("error", "code", is: .number("101"), means: .misconfigured),
            .at("error", "code", is: .number("4"), means: .rateLimited),
        ]
    }
}
