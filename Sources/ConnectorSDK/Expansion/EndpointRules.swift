/// Expands endpoints and lets only those pass that a request may go to: the guard in front of every credential
/// (SECURITY.md 41, 62).
public struct EndpointRules: Sendable {
    private let hosts: [HostRule]
    private let organizationHosts: [HostRule]
    private let anywhere: Bool
    private let allowsLoopback: Bool

    /// The rules of a definition for one request.
    public init(_ definition: Definition, _ context: ConnectorContext) {
        hosts = definition.hosts
        organizationHosts = context.organizationHosts
        anywhere = definition.client.perConnection
        allowsLoopback = context.allowsLoopback
    }

    /// The first endpoint whose placeholders are all set, expanded, parsed afresh and within `hosts`. `{token}` in its
    /// path becomes the name of its secret in braces (`ProviderRequest.url(filling:)`).
    /// - Parameter place: the definition's key, for the error.
    public func url(of endpoints: [Template], _ values: TemplateValues, at place: String) throws(ConnectorError)
        -> StrictURL
    {
        guard let endpoint = endpoints.first(where: values.resolve) else {
            throw Self.unset(endpoints, values, at: place)
        }
        var writer = EndpointWriter(values, at: place)
        let text = try writer.write(endpoint)
        return try check(text, at: place, decidedBy: writer.hostPlaceholder)
    }

    /// Parses a text and checks it against `hosts`.
    public func check(_ text: String, at place: String) throws(ConnectorError) -> StrictURL {
        try check(text, at: place, decidedBy: nil)
    }

    private func check(_ text: String, at place: String, decidedBy name: String?) throws(ConnectorError) -> StrictURL {
        let url: StrictURL
        do {
            url = try StrictURL(text, allowsLoopback: allowsLoopback, namesSecrets: true)
        } catch {
            throw ConnectorError(.invalidURL, at: place, remedy: error.rawValue, placeholder: name)
        }
        guard HostRules.allows(url, by: hosts, organization: organizationHosts, anywhere: anywhere) else {
            let host = url.host + (url.port.map { ":\($0)" } ?? "")
            throw ConnectorError(
                .hostNotAllowed, at: place, remedy: "\(host) is not within hosts", placeholder: name)
        }
        return url
    }

    private static func unset(_ endpoints: [Template], _ values: TemplateValues, at place: String) -> ConnectorError {
        guard
            let name = endpoints.last?.placeholders.first(where: {
                values.texts[$0] == nil && values.secrets[$0] == nil
            })
        else {
            return ConnectorError(.unsupported, at: place, remedy: "the definition has no such endpoint")
        }
        return .unresolved(name, at: place)
    }
}
