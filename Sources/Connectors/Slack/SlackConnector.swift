package import ConnectorSDK

/// Slack apps: one consent brings the bot's token and, where a person's scopes were asked for too, that person's, each
/// with a refresh token of its own. The standard connector with these two told apart; see the README beside this file.
package struct SlackConnector: Connector {
    package static let id = "slack"

    private let definition: Definition
    private let standard: OAuth2Connector

    package init(definition: Definition) throws(ConnectorError) {
        self.definition = definition
        standard = try OAuth2Connector(definition: definition)
    }

    /// The person's scopes go into a parameter of their own.
    package func authorizationURL(
        _ consent: ConsentRequest, in context: ConnectorContext
    ) throws(ConnectorError) -> ConsentPage {
        let wanted = SlackScopes(asked: ScopeList(definition.scopes, context).scopes)
        var bots = definition
        (bots.scopes.defaults, bots.scopes.always) = ([], [])
        if !wanted.user.isEmpty {
            bots.authorization?.parameters["user_scope"] = Template(wanted.user.joined(separator: ","))
        }
        var context = context
        context.scopes = wanted.bot
        let page = try ConsentWriter(definition: bots, context: context).page(for: consent)
        return ConsentPage(url: page.url, scopes: wanted.named)
    }

    package func request(
        _ operation: Operation, in context: ConnectorContext
    ) throws(ConnectorError) -> ProviderRequest { try standard.request(operation, in: context) }

    package func read(
        _ response: ProviderResponse, to operation: Operation, in context: ConnectorContext
    ) -> Reading {
        switch operation {
        case .redeem, .refresh:
            guard let tokens = SlackReader(rules: definition.response).tokens(in: Answer(response)) else { break }
            return .tokens(tokens)
        case .revoke, .introspect, .upgrade, .afterConnect, .authorizeDevice: break
        }
        return standard.read(response, to: operation, in: context)
    }
}
