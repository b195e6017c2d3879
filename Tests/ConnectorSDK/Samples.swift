import ConnectorSDK

extension Definition {
    /// A definition with one token endpoint.
    static func sample(
        endpoint: String = "https://auth.example.com/token", inputs: [Input] = [],
        hosts: [HostRule] = [.suffix(".example.com")]
    ) -> Definition {
        let rules = RequestRules(endpoint: [Template(endpoint)])
        var definition = Definition(id: "sample", title: "Sample", token: rules, refresh: RefreshRules(request: rules))
        definition.inputs = inputs
        definition.hosts = hosts
        return definition
    }

    /// The expanded endpoint with a value for `{shop}`.
    func url(_ value: String) throws(ConnectorError) -> String { try url("shop", value) }

    /// The expanded endpoint with one value.
    func url(
        _ name: String, _ value: String, allowsLoopback: Bool = false, organizationHosts: [HostRule] = []
    ) throws(ConnectorError) -> String {
        let context = ConnectorContext(
            clientID: "client", values: [name: value], allowsLoopback: allowsLoopback,
            organizationHosts: organizationHosts, random: "random")
        let values = TemplateValues(self, context)
        return try EndpointRules(self, context).url(of: token.endpoint, values, at: "token.endpoint").description
    }
}

extension Input {
    static func of(
        _ name: String, _ format: Format = .text, allowed: [String] = [], required: Bool = true, secret: Bool = false
    ) -> Input {
        var input = Input(name: name)
        input.format = format
        input.allowedValues = allowed
        input.required = required
        input.secret = secret
        return input
    }
}
