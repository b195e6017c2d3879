import ConnectorSDK

extension Format1 {
    static let client = KeyTable<ClientRules>([
        Key("authentication", .choice(), \.authentication, "The registered method, never probed (client_secret_post)."),
        Key("certificate", .flag, \.certificate, "Present client_certificate in the TLS handshake as well (false)."),
        Key("basic_username", .choice(), \.basicUsername, "What stands as Basic's user name (client_id)."),
        Key(
            "repeat_in_body", .list(.choice(["client_id": "client_id"])), \.repeatInBody,
            "Beside Basic; never a secret."),
        Key("rate_limit", .rateLimit, optional: \.rateLimit, "Calls to the provider per client, such as 100/1s."),
        Key("per_connection", .flag, \.perConnection, "The client's material belongs to the connection (false)."),
        Key("assertion", assertion.reader { AssertionRules() }, optional: \.assertion, "For private_key_jwt."),
    ])

    static let assertion = KeyTable<AssertionRules>([
        Key("audience", .template, optional: \.audience, "The issuer, else the token endpoint."),
        Key("issuer", .template, optional: \.issuer, "{client_id}."),
        Key("subject", .template, optional: \.subject, "{client_id}, for jwt_bearer the call's subject."),
        Key("lifetime", .duration, \.lifetime, "How long an assertion is valid (5m)."),
        Key("algorithm", .choice(algorithms), optional: \.algorithm, "RS256, or the JWK's."),
        Key("header", .map(.template), \.header, "More members of the JWT's header."),
        Key("claims", .map(.claim), \.claims, "More claims; their texts may hold placeholders."),
        Key("key", .text, \.key, "The secret input that holds the key (client_private_key)."),
    ])

    /// RFC 7518 §3.1 and RFC 8037, without `none`.
    private static let algorithms: [String: String] = {
        let families = ["RS", "PS", "ES", "HS"].flatMap { family in ["256", "384", "512"].map { family + $0 } }
        return Dictionary((families + ["EdDSA"]).map { ($0, $0) }, uniquingKeysWith: { $1 })
    }()
}
