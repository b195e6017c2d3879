import ConnectorSDK

/// Describes the requests of `after_connect`: the definition's own, with the new access token as bearer (RFC 6750 §2.1).
struct StepWriter {
    private let definition: Definition
    private let context: ConnectorContext

    init(_ definition: Definition, _ context: ConnectorContext) {
        self.definition = definition
        self.context = context
    }

    /// - Throws: `.unsupported` for a step that is not there or asks nobody (`claims_of`).
    func request(at index: Int) throws(ConnectorError) -> ProviderRequest {
        let place = "after_connect[\(index)]"
        guard definition.afterConnect.indices.contains(index), case .request(let step) = definition.afterConnect[index]
        else { throw ConnectorError(.unsupported, at: place, remedy: "the definition has no such request") }
        guard context.secrets.contains("access_token") else {
            throw ConnectorError(.unresolvedPlaceholder, at: place, remedy: "access_token has no value")
        }
        let values = TemplateValues(definition, context)
        let verb = "\(place).\(step.method.rawValue.lowercased())"
        let url = try EndpointRules(definition, context).url(of: [step.endpoint], values, at: verb)
        return ProviderRequest(
            method: step.method, url: url.description, headers: try headers(step.headers, values, at: place),
            authorization: .bearer(.secret("access_token")),
            body: try body(step.json, values, at: "\(place).json"),
            presentsCertificate: definition.client.certificate || definition.client.authentication == .tlsClientAuth)
    }

    private func body(
        _ json: JSONValue?, _ values: TemplateValues, at place: String
    ) throws(ConnectorError) -> ProviderRequest.Body {
        guard let json else { return .none }
        return .json(try json.expanded(values, at: place))
    }

    private func headers(
        _ templates: [String: Template], _ values: TemplateValues, at place: String
    ) throws(ConnectorError) -> [ProviderRequest.Field] {
        var headers: [ProviderRequest.Field] = []
        for (name, template) in templates.sorted(by: { $0.key < $1.key }) {
            guard let value = try template.header(values, at: "\(place).headers.\(name)") else { continue }
            headers.append(ProviderRequest.Field(name, value))
        }
        return headers
    }
}
