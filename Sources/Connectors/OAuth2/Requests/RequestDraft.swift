import ConnectorSDK

/// A request that is being put together: engine parameters first, in the order they were added, then the definition's
/// own by name.
struct RequestDraft {
    let rules: RequestRules
    /// The definition's key, for errors.
    let place: String
    var authorization = ProviderRequest.Authorization.none
    var presentsCertificate = false
    private var engine: [ProviderRequest.Field] = []

    init(_ rules: RequestRules, at place: String) {
        self.rules = rules
        self.place = place
    }

    /// Adds an engine parameter, unless the definition omits it or it is empty.
    /// - Parameter usually: the provider's name for it where `rename` has none.
    mutating func add(_ name: String, _ value: Value?, usually: String? = nil) {
        guard let value, !value.isEmpty, !rules.omit.contains(name) else { return }
        engine.append(ProviderRequest.Field(rules.rename[name] ?? usually ?? name, value))
    }

    /// Whether the definition itself puts a placeholder into the endpoint or a parameter.
    func places(_ name: String) -> Bool {
        let parameters = rules.parameters.values.map { if case .text(let text) = $0 { text } else { Template("") } }
        return (rules.endpoint + parameters).contains { $0.placeholders.contains(name) }
    }

    /// The finished request.
    func request(
        to url: StrictURL, _ values: TemplateValues, spaces: ScopeRules.Encoding
    ) throws(ConnectorError) -> ProviderRequest {
        var request = ProviderRequest(
            method: rules.method, url: url.description, headers: try headers(values), authorization: authorization,
            presentsCertificate: presentsCertificate, spaces: spaces)
        let own = try parameters(values)
        if rules.body == .query || rules.method == .get {
            request.query = engine + own.map(\.field)
        } else if rules.body == .json {
            request.body = .json(.object(engine.map { .init($0.name, .value($0.value)) } + own.map(\.member)))
        } else if !(engine.isEmpty && own.isEmpty) {
            request.body = .form(engine + own.map(\.field))
        }
        return request
    }

    private func headers(_ values: TemplateValues) throws(ConnectorError) -> [ProviderRequest.Field] {
        var headers: [ProviderRequest.Field] = []
        for (name, template) in rules.headers.sorted(by: { $0.key < $1.key }) {
            guard WireEncoding.isHeaderName(name) else {
                throw ConnectorError(.invalidValue, at: "\(place).headers", remedy: "a name there is no header name")
            }
            guard let value = try template.header(values, at: "\(place).headers.\(name)") else { continue }
            headers.append(ProviderRequest.Field(name, value))
        }
        return headers
    }

    private func parameters(_ values: TemplateValues) throws(ConnectorError) -> [OwnParameter] {
        var parameters: [OwnParameter] = []
        for (name, value) in rules.parameters.sorted(by: { $0.key < $1.key }) {
            switch value {
            case .text(let template):
                let expanded = try template.value(values, at: "\(place).parameters.\(name)")
                if let expanded, !expanded.isEmpty { parameters.append(OwnParameter(name, .value(expanded))) }
            case .number(let digits): parameters.append(OwnParameter(name, .literal(.number(digits))))
            case .bool(let flag): parameters.append(OwnParameter(name, .literal(.bool(flag))))
            }
        }
        return parameters
    }
}

/// A parameter of the definition: JSON keeps numbers and booleans, a form takes their text.
private struct OwnParameter {
    let name: String
    let tree: ProviderRequest.JSONTree

    init(_ name: String, _ tree: ProviderRequest.JSONTree) {
        self.name = name
        self.tree = tree
    }

    var member: ProviderRequest.JSONTree.Member { .init(name, tree) }

    var field: ProviderRequest.Field {
        switch tree {
        case .value(let value): ProviderRequest.Field(name, value)
        case .literal(let literal): ProviderRequest.Field(name, Value(literal.scalarText ?? ""))
        case .array, .object: ProviderRequest.Field(name, "")
        }
    }
}

extension Value {
    /// Whether this is known to be the empty text.
    var isEmpty: Bool { parts.allSatisfy { $0 == .text("") } }
}
