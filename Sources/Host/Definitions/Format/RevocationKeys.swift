import ConnectorSDK

extension Format1 {
    static let introspection = KeyTable<IntrospectionRules>([
        Key(
            "endpoint", .oneOrList(.template), \.endpoint, required: true,
            "URL, or list: the first whose placeholders are all set."),
        Key("when", .choice(), \.when, "Which tokens are asked about, once each (no_expiry)."),
    ])

    static let revocation = KeyTable<RevocationRules>([
        Key(
            "endpoint", .oneOrList(.template), \.request.endpoint, required: true,
            "URL, or list; the path may hold {token}."),
        Key("method", .choice(), \.request.method, "POST."),
        Key("body", .choice(), \.request.body, "How parameters travel (form)."),
        Key("parameters", .map(.parameter), \.request.parameters, "More parameters; one may hold {token}."),
        Key("headers", .map(keys: .header, .template), \.request.headers, "More headers."),
        Key("token", .choice(), \.token, "Which token is revoked (refresh_token)."),
        Key("authorize", .choice(), \.authorize, "Who asks: the client, the token itself as bearer, nobody (client)."),
    ])
}
