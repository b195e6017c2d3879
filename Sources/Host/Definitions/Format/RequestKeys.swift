import ConnectorSDK

extension Format1 {
    /// `token` and `upgrade`.
    static let token = KeyTable<RequestRules>(requestKeys)

    /// The request keys of `token`, which `refresh` inherits one by one.
    static let requestKeys: [Key<RequestRules>] = [
        Key(
            "endpoint", .oneOrList(.template), \.endpoint, required: true,
            "URL, or list: the first whose placeholders are all set."),
        Key("method", .choice(["POST": .post, "GET": .get]), \.method, "POST."),
        Key("body", .choice(), \.body, "How parameters travel (form)."),
        Key("headers", .map(keys: .header, .template), \.headers, "More headers."),
        Key("parameters", .map(.parameter), \.parameters, "More parameters."),
        Key("grant_type", .text, optional: \.grantType, "Another grant name."),
        Key(
            "rename", .map(keys: .engine(tokenParameters), .text), \.rename, "Other names for the engine's parameters."),
        Key("omit", .list(.engine(tokenParameters)), \.omit, "The engine's parameters that are not sent."),
    ]

    /// The engine's parameters of a token request that a provider may want under another name, or not at all.
    static let tokenParameters = [
        "grant_type", "code", "redirect_uri", "client_id", "client_secret", "refresh_token", "access_token", "scope",
        "code_verifier",
    ]
}

extension ValueReader<String> {
    /// One of the engine's parameters.
    static func engine(_ names: [String]) -> Self {
        choice(Dictionary(names.map { ($0, $0) }, uniquingKeysWith: { $1 }))
    }
}

extension KeyReader<String> {
    static func engine(_ names: [String]) -> Self {
        KeyReader(names: names) { entry, path, decoding in
            if names.contains(entry.key) { return entry.key }
            let hint = entry.key == "state" ? "`state` keeps its name" : Suggestion.hint(for: entry.key, among: names)
            decoding.refuse(
                path, "unknown-key", "`\(entry.key)` is not one of the engine's parameters here",
                hint: hint ?? "known: \(names.joined(separator: ", "))", at: entry.keyPosition)
            return nil
        }
    }
}
