import ConnectorSDK

/// Finds out where a URL of a definition can lead, from its text and the inputs' rules alone (DESIGN.md §3, `hosts`).
struct HostDerivation {
    /// What one URL leads to.
    enum Result {
        case rules([HostRule])
        /// A value decides the host: `hosts` must say which may be meant.
        case needsHosts(String)
        case problem(URLTemplate.Problem)
    }

    /// Hosts that the values of enums may make of all URLs together.
    private static let mostHosts = 1000

    private let inputs: [Input]
    private let byName: [String: Input]
    private let captured: Set<String>
    private var left = Self.mostHosts

    init(inputs: [Input], captured: Set<String>) {
        self.inputs = inputs
        self.captured = captured
        byName = Dictionary(inputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func derive(_ template: Template) -> Result {
        var rules: [HostRule] = []
        guard let templates = expandEnums(template) else {
            return .needsHosts("its values make more than \(Self.mostHosts) hosts")
        }
        for template in templates {
            do {
                let url = try URLTemplate(template)
                switch try derive(url) {
                case .rules(let more): rules += more
                case let other: return other
                }
            } catch {
                return .problem(error)
            }
        }
        return .rules(rules)
    }

    private func derive(_ url: URLTemplate) throws(URLTemplate.Problem) -> Result {
        if case .placeholder(let name) = url.start { return try startsWith(name) }
        let names = url.host.placeholders
        for name in names { try refuseInHost(name) }
        // A name that nothing declares is another check's finding.
        if !names.allSatisfy({ captured.contains($0) || byName[$0] != nil }) {
            return .rules([])
        }
        if url.start == .http, !HostRule.loopbackHosts.contains(url.host.description) {
            throw .init(
                rule: "https-only", message: "plain http",
                hint: "write https://; http is for literal loopback hosts only")
        }
        if names.isEmpty { return .rules([try literal(url)]) }
        try checkAround(url, names)
        let port = try url.port.flatMap { port throws(URLTemplate.Problem) in try number(of: port, url.start) }
        if port == nil, let suffix = labelSuffix(url) { return .rules([.suffix(suffix)]) }
        return .needsHosts("`{\(names[0])}` decides the host" + (port == nil ? "" : ", and no suffix has a port"))
    }

    /// The template with the values of enums in the place of their placeholders, where these decide the host. Nil: they
    /// make too many.
    private mutating func expandEnums(_ template: Template) -> [Template]? {
        guard !template.placeholders.isEmpty else { return [template] }
        var deciding = Set(authority(of: template).placeholders)
        if case .placeholder(let name)? = template.segments.first { deciding.insert(name) }
        let enums = inputs.filter { !$0.allowedValues.isEmpty && deciding.contains($0.name) }
        if enums.isEmpty { return [template] }
        var texts = [template.description]
        for input in enums {
            guard texts.count * input.allowedValues.count <= left else { return nil }
            texts = texts.flatMap { text in
                input.allowedValues.map { value in
                    let isStart = text.hasPrefix("{\(input.name)}") && !value.hasPrefix("https://")
                    return text.replacing("{\(input.name)}", with: isStart ? "https://\(value)" : value)
                }
            }
        }
        left -= texts.count
        return texts.map { Template($0) }
    }

    private func authority(of template: Template) -> Template {
        guard let scheme = template.description.firstRange(of: "://") else { return Template("") }
        return Template(String(template.description[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }))
    }

    private func startsWith(_ name: String) throws(URLTemplate.Problem) -> Result {
        let isURL = captured.contains(name) || byName[name]?.format == .baseURL
        if isURL { return .needsHosts("`{\(name)}` decides the host") }
        // A name that nothing declares is another check's finding.
        if byName[name] == nil, !Checking.builtIns.contains(name) { return .rules([]) }
        throw .init(
            rule: "placeholder-place", message: "`{\(name)}` cannot stand at the start of a URL",
            hint: "only a base_url input or a captured URL can; else write https:// in front")
    }

    private func refuseInHost(_ name: String) throws(URLTemplate.Problem) {
        if captured.contains(name) { return }
        guard let input = byName[name] else {
            if Checking.builtIns.contains(name) {
                throw .init(
                    rule: "placeholder-place", message: "`{\(name)}` cannot stand in a host",
                    hint: "only inputs and captured values can")
            }
            return
        }
        if input.format == .baseURL {
            throw .init(
                rule: "placeholder-place", message: "the base_url `{\(name)}` brings its own scheme",
                hint: "let the URL start with {\(name)}")
        }
    }

    private func literal(_ url: URLTemplate) throws(URLTemplate.Problem) -> HostRule {
        let host = url.host.description
        let isLoopback = HostRule.loopbackHosts.contains(host)
        guard isLoopback || HostName.name(host) != nil else {
            throw .init(
                message: "`\(host)` is no host name", hint: "write a name with its domain; addresses are refused")
        }
        guard let port = url.port else { return .host(host, port: nil) }
        if !port.placeholders.isEmpty {
            try checkPort(port, isLoopback: isLoopback)
            return .loopback(host)
        }
        return .host(host, port: try number(of: port, url.start))
    }

    /// A literal port; nil for the scheme's own.
    private func number(of port: Template, _ start: URLTemplate.Start) throws(URLTemplate.Problem) -> Int? {
        guard Input.Format.isPort(port.description), let number = Int(port.description) else {
            throw .init(message: "`\(port.description)` is no port", hint: "1 to 65535")
        }
        return number == (start == .https ? 443 : 80) ? nil : number
    }

    /// What no value can mend: literal labels that are none, and a port that a value decides.
    private func checkAround(_ url: URLTemplate, _ names: [String]) throws(URLTemplate.Problem) {
        let example = names.reduce(url.host.description) { $0.replacing("{\($1)}", with: "a.example") }
        guard HostName.name(example) != nil else {
            throw .init(
                message: "`\(url.host.description)` is no host name, whatever its placeholders hold",
                hint: "labels are letters, digits and hyphens, with one dot between them")
        }
        if let port = url.port, !port.placeholders.isEmpty { try checkPort(port, isLoopback: false) }
    }

    /// docs/decisions/0004-port-placeholders.md: only what the organization sets, only on this machine.
    private func checkPort(_ port: Template, isLoopback: Bool) throws(URLTemplate.Problem) {
        let input = port.placeholders.count == 1 ? byName[port.placeholders[0]] : nil
        let isWhole = port.segments.count == 1
        let isBound = input.map { $0.per == .organization && ($0.pattern != nil || !$0.allowedValues.isEmpty) } ?? false
        if isLoopback, isWhole, isBound { return }
        throw .init(
            rule: "port-placeholder", message: "a placeholder cannot stand here as the port",
            hint: "only on localhost, 127.0.0.1 or [::1], from an organization input with a pattern or enum")
    }

    /// The literal suffix behind the one label that a value decides, or nil when the value decides more.
    private func labelSuffix(_ url: URLTemplate) -> String? {
        let labels = url.host.description.split(separator: ".", omittingEmptySubsequences: false)
        let variable = labels.indices.filter { !Template(String(labels[$0])).placeholders.isEmpty }
        guard variable.count == 1, url.host.placeholders.count == 1, let index = variable.first else { return nil }
        let name = url.host.placeholders[0]
        let isLabel = captured.contains(name) || [.dnsLabel, .uuid].contains(byName[name]?.format)
        let suffix = labels[(index + 1)...].joined(separator: ".")
        let example = url.host.description.replacing("{\(name)}", with: "a")
        guard isLabel, HostName.name(suffix) != nil, HostName.name(example) != nil else { return nil }
        return "." + suffix
    }
}
