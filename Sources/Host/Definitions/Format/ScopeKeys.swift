import ConnectorSDK

/// `scopes` while it is read: what `send` defaults to depends on `authorization`.
struct ScopesDraft: Sendable {
    var rules = ScopeRules()
    var send: [ScopeRules.Place]?
}

extension Format1 {
    static let scopes = KeyTable<ScopesDraft>([
        Key("default", .list(.text), \.rules.defaults, "Sent when neither call nor config names scopes."),
        Key("always", .list(.text), \.rules.always, "Added to every request."),
        Key("separator", separator, \.rules.separator, "Between scopes (a space)."),
        Key("encoding", .choice(), \.rules.encoding, "How a space is written (percent)."),
        Key("parameter", .text, \.rules.parameter, "The parameter's name (scope)."),
        Key("send", .list(.choice()), optional: \.send, "Which requests carry scopes ([authorization])."),
        Key("available", .map(.text), \.rules.available, "Scope to a line of explanation."),
    ])

    private static let separator = ValueReader<String>.text.map(
        "separator", "one to three characters", hint: "a comma or a space, as providers have them"
    ) {
        (1...3).contains($0.count) ? $0 : nil
    }
}
