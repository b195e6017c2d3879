/// What the placeholders of a definition stand for in one request (DESIGN.md §3). Secrets go by name only.
public struct TemplateValues: Sendable {
    /// Values that may be shown, by placeholder. None is empty.
    public private(set) var texts: [String: String]
    /// The names of secrets, by placeholder.
    public private(set) var secrets: [String: String] = [:]
    /// Placeholders that may be unset: a parameter that consists of one of them is then not sent.
    public private(set) var optional: Set<String>
    /// The inputs, whose formats say where a value may stand.
    let inputs: [String: Input]

    /// The inputs and captured values of a context, and the built-ins `client_id`, `random` and `callback_host`. The
    /// host puts `{state}` into the context's values where it knows it; a refresh goes without.
    public init(_ definition: Definition, _ context: ConnectorContext) {
        inputs = Dictionary(definition.inputs.map { ($0.name, $0) }) { first, _ in first }
        texts = context.values
        for input in definition.inputs where input.secret {
            texts[input.name] = nil
            if context.secrets.contains(input.name) { secrets[input.name] = input.name }
        }
        texts["client_id"] = context.clientID
        texts["random"] = context.random
        texts["callback_host"] = context.callbackHost
        texts = texts.filter { !$0.value.isEmpty }
        optional = Set(definition.inputs.filter { !$0.required }.map(\.name)).union(["state"])
    }

    /// The same, with `{name}` standing for a secret: `{token}` in a revocation.
    public func naming(_ secret: String, as name: String) -> TemplateValues {
        var values = self
        values.secrets[name] = secret
        return values
    }

    /// Whether every placeholder of a template has a value.
    public func resolve(_ template: Template) -> Bool {
        template.placeholders.allSatisfy { texts[$0] != nil || secrets[$0] != nil }
    }

    /// Whether a template is nothing but one placeholder that may be unset and is.
    func leavesOut(_ template: Template) -> Bool {
        guard case .placeholder(let name)? = template.segments.first, template.segments.count == 1 else { return false }
        return optional.contains(name) && !resolve(template)
    }
}

extension Template {
    /// Expands into a parameter, header or JSON string, secrets by name. Nil: it is not sent, because it consists of
    /// one unset optional input or is empty.
    /// - Parameter place: the definition's key, for the error.
    public func value(_ values: TemplateValues, at place: String) throws(ConnectorError) -> Value? {
        if values.leavesOut(self) { return nil }
        var parts: [Value.Part] = []
        for segment in segments {
            let part = try segment.part(values, at: place)
            if case .text(let text) = part, case .text(let before)? = parts.last {
                parts[parts.count - 1] = .text(before + text)
            } else {
                parts.append(part)
            }
        }
        return parts.isEmpty ? nil : Value(parts: parts)
    }

    /// Expands into a text that holds no secret: a query parameter of the consent page, an assertion's audience.
    public func text(_ values: TemplateValues, at place: String) throws(ConnectorError) -> String? {
        guard let value = try value(values, at: place) else { return nil }
        guard case .text(let text)? = value.parts.first, value.parts.count == 1 else {
            throw ConnectorError(.invalidValue, at: place, remedy: "a secret may stand in headers and bodies only")
        }
        return text
    }

    /// Expands into a header's value; its secrets are checked when they are filled in.
    public func header(_ values: TemplateValues, at place: String) throws(ConnectorError) -> Value? {
        guard let value = try value(values, at: place) else { return nil }
        let whole = value.parts.map { if case .text(let text) = $0 { text } else { "x" } }.joined()
        guard WireEncoding.isHeaderValue(whole) else {
            throw ConnectorError(
                .invalidValue, at: place, remedy: "a header holds visible ASCII and inner spaces only",
                placeholder: placeholders.count == 1 ? placeholders.first : nil)
        }
        return value
    }
}

extension Template.Segment {
    fileprivate func part(_ values: TemplateValues, at place: String) throws(ConnectorError) -> Value.Part {
        switch self {
        case .literal(let text): return .text(text)
        case .placeholder(let name):
            if let secret = values.secrets[name] { return .secret(secret) }
            guard let text = values.texts[name] else { throw .unresolved(name, at: place) }
            guard text.utf8.count <= WireEncoding.longestValue else {
                throw ConnectorError(
                    .invalidValue, at: place, remedy: "the value of {\(name)} is too long", placeholder: name)
            }
            return .text(text)
        }
    }
}

extension ConnectorError {
    static func unresolved(_ name: String, at place: String) -> ConnectorError {
        ConnectorError(
            .unresolvedPlaceholder, at: place, remedy: "{\(name)} has no value; set it", placeholder: name)
    }
}
