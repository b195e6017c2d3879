import ConnectorSDK

/// Finds the tokens of an answer of `oauth.v2.access`: the bot's at the top, the person's below `authed_user`. A refresh
/// answers with the one that was refreshed, at the top.
struct SlackReader {
    let rules: ResponseRules

    private static let person = "authed_user"

    /// Nil where there is none: then it is no good answer.
    func tokens(in answer: Answer) -> TokenSet? {
        let top = TokenReader(rules: rules).tokens(in: answer)
        let person = TokenReader(rules: rules(below: Self.person)).tokens(in: answer)
        guard var set = top ?? person else { return nil }
        let (first, second) = (set.tokens.first, top == nil ? nil : person?.tokens.first)
        set.tokens = [first.map { token($0, named: "default") }, second.map { token($0, named: "user") }]
            .compactMap(\.self)
        return set
    }

    private func rules(below member: String) -> ResponseRules {
        var rules = rules
        for field in ResponseRules.Field.allCases {
            rules.map[field] = [JSONPointer(tokens: [member, field.rawValue])]
        }
        return rules
    }

    /// Slack says `bot` or `user` for the type; what is sent to its API is a bearer token.
    private func token(_ token: Token, named name: String) -> Token {
        var named = token
        named.name = name
        if token.type == "user" { named.scopes = token.scopes?.map { SlackScopes.prefix + $0 } }
        named.type = "Bearer"
        return named
    }
}
