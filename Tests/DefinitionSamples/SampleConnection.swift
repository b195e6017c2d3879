package import ConnectorSDK
import Definitions

/// A connection with the example inputs of a definition.
package struct SampleConnection {
    private let definition: Definition

    package init(of definition: Definition) { self.definition = definition }

    package var redemption: Redemption {
        definition.grants.contains(.authorizationCode)
            ? .authorizationCode(
                redirectURI: "https://app.example.org/oauth/callback",
                hasVerifier: definition.authorization?.pkce ?? true)
            : .clientCredentials
    }

    package var context: ConnectorContext {
        let open = definition.inputs.filter { !$0.secret }
        let values = open.compactMap { input in (input.example ?? input.defaultValue).map { (input.name, $0) } }
        let secrets = definition.inputs.filter(\.secret).map(\.name)
        return ConnectorContext(
            clientID: "example-client", values: Dictionary(values, uniquingKeysWith: { first, _ in first }),
            secrets: Set(
                secrets + [
                    "client_secret", "client_private_key", "client_certificate", "code", "code_verifier",
                    "refresh_token", "access_token",
                ]),
            scopes: definition.scopes.defaults, organizationHosts: open.compactMap(host), random: "random")
    }

    package func consent(_ authorization: AuthorizationRules) -> ConsentRequest {
        ConsentRequest(
            redirectURI: "https://app.example.org/oauth/callback", state: "state",
            challenge: authorization.pkce ? "challenge" : nil)
    }

    /// What an organization would name in its config: the hosts of the example inputs.
    private func host(_ input: Input) -> HostRule? {
        guard input.format == .hostname || input.format == .baseURL, let value = input.example ?? input.defaultValue
        else {
            return nil
        }
        let text = value.hasPrefix("https://") ? String(value.dropFirst(8)) : value
        return HostRule(text: String(text.prefix { $0 != "/" }))
    }
}
