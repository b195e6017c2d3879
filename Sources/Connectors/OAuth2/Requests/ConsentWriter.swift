import ConnectorSDK

/// Writes the consent page's URL (RFC 6749 §4.1.1, RFC 7636 §4.3).
struct ConsentWriter {
    let definition: Definition
    let context: ConnectorContext

    func page(for consent: ConsentRequest) throws(ConnectorError) -> ConsentPage {
        guard let rules = definition.authorization else {
            throw ConnectorError(
                .unsupported, at: "authorization", remedy: "consent starts at the provider; use exchange")
        }
        let values = TemplateValues(definition, context)
        let (url, fragment) = try endpoint(rules, values)
        let scopes = ScopeList(definition.scopes, context).scopes
        var query: [String] = []
        for (name, text) in try engineFields(consent, rules, scopes) where !text.isEmpty && !rules.omit.contains(name) {
            query.append(encoded(rules.rename[name] ?? name, text))
        }
        for (name, template) in rules.parameters.sorted(by: { $0.key < $1.key }) {
            guard let text = try template.text(values, at: "authorization.parameters.\(name)"), !text.isEmpty else {
                continue
            }
            query.append(encoded(name, text))
        }
        return ConsentPage(url: join(url, fragment, query.joined(separator: "&")), scopes: scopes)
    }

    // With `fragment` the endpoint itself may hold the `#` behind which the provider's page reads its query.
    private func endpoint(
        _ rules: AuthorizationRules, _ values: TemplateValues
    ) throws(ConnectorError) -> (url: StrictURL, fragment: String?) {
        let hosts = EndpointRules(definition, context)
        guard rules.fragment else {
            return (try hosts.url(of: rules.endpoint, values, at: "authorization.endpoint"), nil)
        }
        let chosen = rules.endpoint.first(where: values.resolve) ?? rules.endpoint.first ?? Template("")
        let halves = chosen.description.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let fragment = halves.count == 2 ? String(halves[1]) : ""
        guard Template(fragment).placeholders.isEmpty else {
            throw ConnectorError(.invalidURL, at: "authorization.endpoint", remedy: "no placeholder may stand behind #")
        }
        let url = try hosts.url(of: [Template(String(halves[0]))], values, at: "authorization.endpoint")
        return (url, fragment)
    }

    private func join(_ url: StrictURL, _ fragment: String?, _ query: String) -> String {
        if let fragment { return "\(url)#\(fragment)\(fragment.isEmpty ? "" : "?")\(query)" }
        if query.isEmpty { return url.description }
        return url.description + (url.query == nil ? "?" : url.query == "" ? "" : "&") + query
    }

    private func engineFields(
        _ consent: ConsentRequest, _ rules: AuthorizationRules, _ scopes: [String]
    ) throws(ConnectorError) -> [(String, String)] {
        let sendsScopes = definition.scopes.send.contains(.authorization)
        var fields = [
            ("response_type", "code"), ("client_id", context.clientID), ("redirect_uri", consent.redirectURI),
            (definition.scopes.parameter, sendsScopes ? ScopeList(definition.scopes, context).text : ""),
            ("state", consent.state),
        ]
        if rules.pkce {
            guard let challenge = consent.challenge else {
                throw ConnectorError(
                    .unresolvedPlaceholder, at: "authorization.pkce", remedy: "a code challenge is required")
            }
            fields += [("code_challenge", challenge), ("code_challenge_method", "S256")]
        }
        fields += [("nonce", consent.nonce ?? ""), ("login_hint", consent.loginHint ?? "")]
        return fields
    }

    private func encoded(_ name: String, _ text: String) -> String {
        WireEncoding.form(name) + "=" + WireEncoding.form(text, spaces: definition.scopes.encoding)
    }
}
