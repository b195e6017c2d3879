/// Scopes of the bot and of the person. Slack gives both kinds the same names, so one of the person's is called
/// `user:<scope>` wherever scopes are listed: in calls, config, the definition and answers.
struct SlackScopes {
    static let prefix = "user:"

    private(set) var bot: [String] = []
    /// Without prefix.
    private(set) var user: [String] = []

    init(asked: [String]) {
        for scope in asked {
            if scope.hasPrefix(Self.prefix) {
                user.append(String(scope.dropFirst(Self.prefix.count)))
            } else {
                bot.append(scope)
            }
        }
    }

    /// All of them as they are called here.
    var named: [String] { bot + user.map { Self.prefix + $0 } }
}
