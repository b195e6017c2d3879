import ConnectorSDK

extension Format1 {
    static let authorization = KeyTable<AuthorizationRules>([
        Key("endpoint", .oneOrList(.template), \.endpoint, "URL, or list: the first whose placeholders are all set."),
        Key("pkce", .choice(["S256": true, "off": false]), \.pkce, "RFC 7636 (S256)."),
        Key("parameters", .map(.template), \.parameters, "More query parameters."),
        Key(
            "rename", .map(keys: .engine(authorizationParameters), .text), \.rename,
            "Other names for the engine's parameters; a nonce that stands here is always sent."),
        Key(
            "omit", .list(.engine(authorizationParameters.filter { !$0.hasPrefix("code_challenge") })), \.omit,
            "The engine's parameters that are not sent."),
        Key("fragment", .flag, \.fragment, "Put the query behind # (false)."),
        Key("callback", callback.reader { CallbackRules() }, \.callback, "What the browser brings back."),
    ])

    private static let callback = KeyTable<CallbackRules>([
        Key("code", .text, \.code, "The parameter that holds the code (code)."),
        Key(
            "capture", .map(keys: .name, .text), \.capture, "Captured name to callback parameter; iss: never left out."),
    ])

    /// What the consent page's query holds by itself. `state` keeps its name; PKCE is turned off by `pkce: off` alone.
    static let authorizationParameters = [
        "response_type", "client_id", "redirect_uri", "scope", "nonce", "login_hint", "code_challenge",
        "code_challenge_method",
    ]
}
