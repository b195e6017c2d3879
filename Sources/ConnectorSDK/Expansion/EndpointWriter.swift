/// Expands one endpoint. Each value is checked or encoded for the part of the URL in which it stands, and that part is
/// known from the template's own text: no value can move what follows it into another part.
struct EndpointWriter {
    /// The part of a URL that comes next.
    private enum Part {
        case start
        case host
        /// After a base URL: its host is complete.
        case afterBase
        case path
        case query
    }

    let values: TemplateValues
    let place: String
    /// The placeholder that decides the host, if one does.
    private(set) var hostPlaceholder: String?
    private var part = Part.start
    private var text = ""

    init(_ values: TemplateValues, at place: String) {
        self.values = values
        self.place = place
    }

    /// The expanded text, not yet parsed.
    mutating func write(_ template: Template) throws(ConnectorError) -> String {
        for (index, segment) in template.segments.enumerated() {
            let following = index + 1 < template.segments.count ? template.segments[index + 1] : nil
            switch segment {
            case .literal(let literal): try append(literal)
            case .placeholder(let name): try append(valueOf: name, before: following)
            }
        }
        return text
    }

    private mutating func append(_ literal: String) throws(ConnectorError) {
        var rest = literal[...]
        if part == .start {
            guard let scheme = rest.firstRange(of: "://") else {
                throw refusal("an endpoint starts with https:// or a base URL")
            }
            text += rest[..<scheme.upperBound]
            rest = rest[scheme.upperBound...]
            part = .host
        }
        if part == .afterBase {
            guard rest.first == "/" || rest.first == "?" else { throw refusal("only / or ? may follow a base URL") }
            if rest.first == "/", text.hasSuffix("/") { text.removeLast() }
            part = .path
        }
        if part == .host, rest.contains(where: { $0 == "/" || $0 == "?" }) { part = .path }
        if part == .path, rest.contains("?") { part = .query }
        text += rest
    }

    private mutating func append(valueOf name: String, before next: Template.Segment?) throws(ConnectorError) {
        if let secret = values.secrets[name] {
            guard name == "token", part == .path else { throw refusal("{\(name)} is secret and cannot stand in a URL") }
            text += "{\(secret)}"
            return
        }
        guard let value = values.texts[name] else { throw .unresolved(name, at: place) }
        let isBase = values.inputs[name]?.format == .baseURL
        switch part {
        case .start:
            hostPlaceholder = name
            text = try base(value, name)
            part = .afterBase
        case .host:
            guard !isBase else { throw refusal("{\(name)} is a base URL and may stand at the start only") }
            // One in a port of this machine decides no host.
            if !text.hasSuffix(":") { hostPlaceholder = name }
            text += try host(value, name, before: next)
        case .afterBase: throw refusal("only / or ? may follow a base URL")
        case .path:
            guard !isBase else { throw refusal("{\(name)} is a base URL and may stand at the start only") }
            guard let segment = WireEncoding.pathSegment(value) else {
                throw refusal("the value of {\(name)} cannot stand in a path", of: name)
            }
            text += segment
        case .query:
            guard WireEncoding.isSane(value) else {
                throw refusal("the value of {\(name)} cannot stand in a query", of: name)
            }
            text += WireEncoding.percent(value)
        }
    }

    private func base(_ value: String, _ name: String) throws(ConnectorError) -> String {
        let absolute = value.contains("://") ? value : "https://" + value
        // Loopback is decided with the whole URL; here only the shape counts.
        guard let url = try? StrictURL(absolute, allowsLoopback: true), url.query == nil, !absolute.contains("?") else {
            throw refusal("the value of {\(name)} is no base URL such as https://host/path", of: name)
        }
        return url.description
    }

    private func host(_ value: String, _ name: String, before next: Template.Segment?) throws(ConnectorError) -> String
    {
        if text.hasSuffix(":") { return try port(value, name) }
        // A host name that somebody types has a domain: a bare label is a machine of this network.
        let labels = values.inputs[name]?.format == .hostname ? 2 : 1
        guard
            let host = mayHoldDots(name, value, before: next)
                ? HostName.name(value, labels: labels) : HostName.label(value)
        else {
            throw refusal("the value of {\(name)} is no valid host name", of: name)
        }
        return host
    }

    // Only for this machine, so that a development provider may listen where it finds a place.
    private func port(_ value: String, _ name: String) throws(ConnectorError) -> String {
        let host = text.dropLast().replacing("https://", with: "").replacing("http://", with: "")
        guard HostRule.loopbackHosts.contains(String(host)), Input.Format.isPort(value) else {
            throw refusal("{\(name)} cannot stand in a port, unless it is one of localhost")
        }
        return value
    }

    // In front of a fixed suffix one label is all that a value may be, unless the definition lists it or asks for a
    // host name; where the value is or ends the host, `hosts` decides.
    private func mayHoldDots(_ name: String, _ value: String, before next: Template.Segment?) -> Bool {
        let input = values.inputs[name]
        if input?.format == .dnsLabel || input?.format == .uuid { return false }
        if input?.format == .hostname || input?.allowedValues.contains(value) == true { return true }
        guard text.hasSuffix("://") || text.hasSuffix(".") else { return false }
        guard case .literal(let literal)? = next else { return next == nil }
        return literal.hasPrefix("/") || literal.hasPrefix("?") || literal.hasPrefix(":")
    }

    private func refusal(_ remedy: String, of placeholder: String? = nil) -> ConnectorError {
        ConnectorError(.invalidValue, at: place, remedy: remedy, placeholder: placeholder)
    }
}
