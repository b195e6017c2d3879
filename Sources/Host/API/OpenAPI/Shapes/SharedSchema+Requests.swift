import Pipeline

/// What the readings of bodies take (`Reading`). Lengths count characters.
extension SharedSchema {
    static let authorization = SharedSchema(
        name: "Authorization",
        schema: .closed([
            .always("authorization_url", .text, "This host's own, good once: for the person's browser."),
            .always(
                "provider_url", .text, "For callers that receive the callback themselves and finish with exchange."),
            .always("state", .text, "Belongs to `provider_url`."),
            .always("connection_id", .connectionID),
            .always("expires_at", .time),
        ]))

    static let deviceAuthorization = SharedSchema(
        name: "DeviceAuthorization",
        schema: .closed([
            .always("connection_id", .connectionID),
            .always("user_code", .text, "What the person types in (RFC 8628 §3.3)."),
            .always("verification_uri", .text, "Where to."),
            .maybe("verification_uri_complete", .text, "The same with the code, such as for a picture to scan."),
            .always("interval", .integer(), "Seconds between the host's own questions."),
            .always("expires_at", .time),
        ]))

    static let editRequest = SharedSchema(
        name: "EditRequest",
        schema: .closed([
            .maybe("name", .line(FieldReader.longestName)),
            .optional("metadata", metadata),
            .optional("choice", .line(128), "The id of one of the connection's `choices`."),
        ]))

    static let refreshRequest = SharedSchema(
        name: "RefreshRequest",
        schema: .closed([
            .optional("name", .tokenName, "The token's; `default` if left out."),
            .optional(
                "observed_generation", .integer(from: 0, to: .max),
                "The generation that the provider rejected. An older one than the stored: the stored token, no provider call."
            ),
            .optional("force", .flag, "Refresh although nobody saw the token rejected; needs `token:force` or admin."),
        ]))

    static let authorizeRequest = SharedSchema(
        name: "AuthorizeRequest",
        schema: .closed([
            .optional("name", .line(FieldReader.longestName)),
            .optional("connection", .connectionID, "An existing connection to renew: same id, next generation."),
            .optional("client", .clientName, "`default` if left out."),
            .optional("owner", .owner, "`organization` or a user's id; the calling user if left out."),
            .optional("scopes", scopes),
            .optional("inputs", inputs),
            .optional("login_hint", .line(320)),
            .optional("client_material", .shared(clientMaterial)),
            .optional("metadata", metadata),
            .optional("return_to", .line(2048), "One of the host's RETURN_URLS, byte for byte."),
        ]))

    static let exchangeRequest = SharedSchema(
        name: "ExchangeRequest",
        schema: .closed([
            .always("code", secret),
            .optional("state", .line(1024), "May be left out where `settings.exchange_without_state` is true."),
            .optional("parameters", inputs, "The callback's other parameters, such as `iss`."),
            .optional("redirect_uri", .line(2048), "Without state: one of the client's `redirect_uris`."),
            .optional(
                "code_verifier", .text(pattern: Patterns.verifier),
                "Of who made the consent page himself (RFC 7636 §4.1)."),
            .optional("name", .line(FieldReader.longestName)),
            .optional("inputs", inputs),
            .optional("client", .clientName),
        ]))

    static let clientMaterial = SharedSchema(
        name: "ClientMaterial",
        schema: .closed([
            .optional("client_id", secret), .optional("client_secret", secret), .optional("client_private_key", secret),
            .optional("client_certificate", secret),
        ]).described("The client of a connection that has its own (`client.per_connection` of the definition)."))

    static let redeemRequest = SharedSchema(
        name: "RedeemRequest",
        schema: .oneOf([
            redeeming("refresh_token", [.always("refresh_token", secret, "One that was obtained elsewhere.")]),
            redeeming("client_credentials", []),
            redeeming("jwt_bearer", [.optional("subject", .line(512), "Whom the assertion speaks for (RFC 7523).")]),
            redeeming("device_code", []),
            redeeming(
                "token_exchange",
                [
                    .always("subject_token", secret), .always("subject_token_type", .line(512)),
                    .optional("audience", .line(2048)),
                    .optional("resource", .line(2048), "An absolute URI without fragment (RFC 8707)."),
                ]),
        ]))

    private static func redeeming(_ grant: String, _ own: [Schema.Property]) -> Schema {
        .closed(
            [.always("grant", .constant(grant))] + own + [
                .optional("connection", .connectionID, "An existing connection to renew: same id, next generation."),
                .optional("name", .line(FieldReader.longestName)),
                .optional("client", .clientName),
                .optional("owner", .owner),
                .optional("inputs", inputs),
                .optional("client_material", .shared(clientMaterial)),
                .optional("scopes", scopes),
                .optional("metadata", metadata),
            ])
    }

    static let secret = Schema.text(1...FieldReader.longestSecret)
    static let inputs = Schema.map(of: .text(0...FieldReader.longestSecret), most: 100)
    static let scopes = Schema.list(of: .scope, most: 200)
    static let metadata = Schema.anyObject.described("Any object of at most 16 KiB as JSON; served with the token.")
}
