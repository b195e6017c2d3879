import ConnectorSDK

/// One place of a definition that may hold placeholders.
struct TemplateUse {
    enum Place {
        case endpoint
        /// A parameter that travels in a URL.
        case query
        case header
        case body
        case assertion
        /// A value that is compared with an answer.
        case filter
    }

    var path: String
    var template: Template
    var place: Place
}

extension Definition {
    /// Every place that may hold placeholders, but for `issuer`, whose placeholder is a claim. What `refresh` inherits
    /// is listed once, under `token`, unless it travels otherwise there.
    func templateUses(_ sources: SourceMap) -> [TemplateUse] {
        endpoints(sources) + parameters(sources) + headers(sources) + assertions + afterConnectParts
    }

    /// Every endpoint, in the order of the format's keys.
    func endpoints(_ sources: SourceMap) -> [TemplateUse] {
        var lists: [(String, [Template])] = [
            ("authorization", authorization?.pages ?? []), ("device_authorization", deviceAuthorization),
            ("token", token.endpoint), ("upgrade", upgrade?.endpoint ?? []),
        ]
        if sources.contains("refresh.endpoint") { lists.append(("refresh", refresh.request.endpoint)) }
        lists.append(("introspection", introspection?.endpoint ?? []))
        lists.append(("revocation", revocation?.request.endpoint ?? []))
        let listed = lists.flatMap { key, templates in
            templates.enumerated().map { index, template in
                let path = "\(key).endpoint[\(index)]"
                return TemplateUse(
                    path: sources.contains(path) ? path : "\(key).endpoint", template: template, place: .endpoint)
            }
        }
        return listed + afterConnectEndpoints
    }

    /// The requests that are built from `RequestRules`, by their key.
    func requests(_ sources: SourceMap) -> [(key: String, rules: RequestRules)] {
        var requests = [(key: "token", rules: token)]
        if let upgrade { requests.append(("upgrade", upgrade)) }
        if sources.contains("refresh") { requests.append(("refresh", refresh.request)) }
        if let revocation { requests.append(("revocation", revocation.request)) }
        return requests
    }

    private var afterConnectEndpoints: [TemplateUse] {
        afterConnect.enumerated().compactMap { index, step in
            guard case .request(let request) = step else { return nil }
            let path = "after_connect[\(index)].\(request.method.rawValue.lowercased())"
            return TemplateUse(path: path, template: request.endpoint, place: .endpoint)
        }
    }

    private func parameters(_ sources: SourceMap) -> [TemplateUse] {
        let consent = (authorization?.parameters ?? [:]).map { name, template in
            TemplateUse(path: "authorization.parameters.\(name)", template: template, place: .query)
        }
        return consent
            + requests(sources).flatMap { key, rules in
                rules.parameters.compactMap { name, value -> TemplateUse? in
                    let path = "\(key).parameters.\(name)"
                    guard case .text(let template) = value else { return nil }
                    let isInherited = key == "refresh" && !sources.contains(path)
                    if isInherited && rules.travelsInURL == token.travelsInURL { return nil }
                    return TemplateUse(path: path, template: template, place: rules.travelsInURL ? .query : .body)
                }
            }
    }

    private func headers(_ sources: SourceMap) -> [TemplateUse] {
        let listed = requests(sources).flatMap { key, rules in
            rules.headers.map { TemplateUse(path: "\(key).headers.\($0)", template: $1, place: .header) }
        }
        return listed.filter { !$0.path.hasPrefix("refresh.") || sources.contains($0.path) }
    }

    private var assertions: [TemplateUse] {
        [("client.assertion", client.assertion), ("assertion", assertion)].flatMap { key, rules -> [TemplateUse] in
            guard let rules else { return [] }
            let named = [("audience", rules.audience), ("issuer", rules.issuer), ("subject", rules.subject)]
            let single = named.compactMap { name, template in template.map { ("\(key).\(name)", $0) } }
            let header = rules.header.map { ("\(key).header.\($0)", $1) }
            let claims = rules.claims.flatMap { name, value in
                value.texts.map { ("\(key).claims.\(name)", Template($0)) }
            }
            return (single + header + claims).map { TemplateUse(path: $0, template: $1, place: .assertion) }
        }
    }

    private var afterConnectParts: [TemplateUse] {
        afterConnect.enumerated().flatMap { index, step -> [TemplateUse] in
            guard case .request(let request) = step else { return [] }
            let path = "after_connect[\(index)]"
            let headers = request.headers.map {
                TemplateUse(path: "\(path).headers.\($0)", template: $1, place: .header)
            }
            let filters = request.where.map { TemplateUse(path: "\(path).where.\($0)", template: $1, place: .filter) }
            let texts = request.json?.texts ?? []
            return headers + filters
                + texts.map { TemplateUse(path: "\(path).json", template: Template($0), place: .body) }
        }
    }
}

extension AuthorizationRules {
    /// The endpoints as far as requests and browsers route by them: with `fragment`, a page may read its query behind `#`.
    var pages: [Template] {
        guard fragment else { return endpoint }
        return endpoint.map { Template(String($0.description.prefix { $0 != "#" })) }
    }
}

extension RequestRules {
    /// Whether its parameters stand in the URL.
    var travelsInURL: Bool { method == .get || body == .query }
}

extension JSONValue {
    /// All texts in a value, names of members excluded.
    var texts: [String] {
        switch self {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(\.texts)
        case .object(let members): members.values.flatMap(\.texts)
        default: []
        }
    }
}
