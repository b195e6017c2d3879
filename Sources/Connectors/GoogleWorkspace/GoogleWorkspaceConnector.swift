package import ConnectorSDK

/// Google Workspace: users who consent, with offline access and scopes that add up, and service accounts that speak for
/// themselves or, by domain-wide delegation, for a user. The standard connector with what Google wants filled in; see the
/// README beside this file.
package struct GoogleWorkspaceConnector: Connector {
    package static let id = "google-workspace"

    private let definition: Definition
    private let users: OAuth2Connector
    private let serviceAccounts: OAuth2Connector

    package init(definition: Definition) throws(ConnectorError) {
        let definition = try GoogleRules.applied(to: definition)
        self.definition = definition
        users = try OAuth2Connector(definition: definition)
        var delegated = definition
        delegated.response.errors += GoogleRules.delegationErrors
        serviceAccounts = try OAuth2Connector(definition: delegated)
    }

    package func authorizationURL(
        _ consent: ConsentRequest, in context: ConnectorContext
    ) throws(ConnectorError) -> ConsentPage {
        try users.authorizationURL(consent, in: context)
    }

    /// A service account may leave the subject out: then it speaks for itself, which RFC 7523 §3 does not know.
    package func request(
        _ operation: Operation, in context: ConnectorContext
    ) throws(ConnectorError) -> ProviderRequest {
        guard case .redeem(.jwtBearer(let subject)) = operation else {
            return try users.request(operation, in: context)
        }
        return try RequestWriter(definition: definition, context: context).redeem(.jwtBearer(subject: subject))
    }

    package func read(
        _ response: ProviderResponse, to operation: Operation, in context: ConnectorContext
    ) -> Reading {
        (presentsAssertion(operation, context) ? serviceAccounts : users).read(response, to: operation, in: context)
    }

    private func presentsAssertion(_ operation: Operation, _ context: ConnectorContext) -> Bool {
        switch (operation, context.regrant) {
        case (.redeem(.jwtBearer), _), (.refresh, .jwtBearer?): true
        default: false
        }
    }
}
