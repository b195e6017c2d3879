import ConnectorSDK
import Definitions

/// Finds where the parts of one request come from. It only looks places up: what is sent was decided by the connector.
struct Origins {
    let definition: Definition
    let sources: SourceMap
    /// The request's key: `token`, `refresh`, `upgrade`, `revocation`, `introspection`, `authorization`,
    /// `device_authorization`.
    let section: String

    /// Of a key, or of the default that stands where the file says nothing.
    func key(_ key: String) -> Origin {
        guard sources.contains(key), let position = sources.value(key) else { return .formatDefault(key: key) }
        return .file(key: key, position)
    }

    /// Of a request key of this section; what `refresh` does not say, it inherits from `token`.
    func request(_ name: String) -> Origin {
        let own = "\(section).\(name)"
        switch section {
        // A device asks with the token request's names and headers.
        case "device_authorization" where name.hasPrefix("headers.") || name.hasPrefix("rename."):
            return key("token.\(name)")
        // RFC 7662 and RFC 8628 leave nothing to choose but the endpoint.
        case "introspection" where !name.hasPrefix("endpoint"): return .engine
        case "device_authorization" where !name.hasPrefix("endpoint"): return .engine
        case "refresh" where !sources.contains(own): return key("token.\(name)")
        default: return key(own)
        }
    }

    /// Of the endpoint that was chosen out of a list.
    func endpoint(_ templates: [Template], _ values: TemplateValues) -> Origin {
        let index = templates.firstIndex(where: values.resolve) ?? 0
        let listed = request("endpoint[\(index)]")
        if case .file = listed { return listed }
        return request("endpoint")
    }

    /// Of a parameter of a token, revocation or introspection request.
    func parameter(_ name: String, _ rules: RequestRules) -> Origin {
        if rules.parameters[name] != nil { return request("parameters.\(name)") }
        if let engine = rules.rename.first(where: { $0.value == name })?.key { return request("rename.\(engine)") }
        let client = definition.client
        switch name {
        case "client_id" where client.authentication == .clientSecretBasic: return key("client.repeat_in_body")
        case "grant_type": return rules.grantType == nil ? .engine : request("grant_type")
        case "client_id", "client_secret", "client_assertion", "client_assertion_type":
            return key("client.authentication")
        case "assertion": return key("assertion")
        case "token": return section == "revocation" ? key("revocation.token") : .engine
        case definition.refresh.uses.rawValue where section == "refresh": return key("refresh.uses")
        case definition.scopes.parameter: return scopes
        default: return .engine
        }
    }

    /// Of a parameter of the consent page.
    func consent(_ name: String, _ rules: AuthorizationRules) -> Origin {
        if rules.parameters[name] != nil { return key("authorization.parameters.\(name)") }
        if let engine = rules.rename.first(where: { $0.value == name })?.key {
            return key("authorization.rename.\(engine)")
        }
        if name.hasPrefix("code_challenge") { return key("authorization.pkce") }
        return name == definition.scopes.parameter ? scopes : .engine
    }

    private var scopes: Origin {
        let named = definition.scopes.defaults.isEmpty ? "scopes.always" : "scopes.default"
        return key(named)
    }
}
