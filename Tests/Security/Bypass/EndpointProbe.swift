import ConnectorSDK
import Connectors

/// The requests of a definition, each written with values that a stranger chose.
struct EndpointProbe {
    /// An endpoint: what writes its URL, and the templates that may have been meant.
    struct Target {
        var name: String
        var templates: [Template]
        var write: (ConnectorContext) throws -> String
    }

    let definition: Definition
    let context: ConnectorContext
    let targets: [Target]

    init(_ definition: Definition, context: ConnectorContext, redemption: Redemption, consent: ConsentRequest) throws {
        self.definition = definition
        self.context = context
        guard let type = try Catalog.byID()[definition.connector] else {
            throw Missing(connector: definition.connector)
        }
        let connector = try type.init(definition: definition)
        func target(_ name: String, _ templates: [Template]?, _ operation: Operation) -> Target? {
            guard let templates, !templates.isEmpty else { return nil }
            return Target(name: name, templates: templates) { try connector.request(operation, in: $0).url }
        }
        var found = [
            target("exchange", definition.token.endpoint, .redeem(redemption)),
            target("refresh", definition.refresh.request.endpoint, .refresh),
            target("revoke", definition.revocation?.request.endpoint, .revoke),
            target("introspect", definition.introspection?.endpoint, .introspect),
            target("upgrade", definition.upgrade?.endpoint, .upgrade),
        ].compactMap(\.self)
        if let page = definition.authorization?.endpoint, !page.isEmpty {
            found.append(
                Target(name: "authorize", templates: page) { try connector.authorizationURL(consent, in: $0).url })
        }
        targets = found
    }

    /// The definition names a connector that is not there.
    struct Missing: Error { var connector: String }

    /// The inputs and captured values that decide a host.
    var deciding: [String] {
        Array(Set(targets.flatMap(\.templates).flatMap { Template(Self.authority(of: $0)).placeholders })).sorted()
    }

    /// Whether a template may have been meant to lead to a host: its literal parts stand, and each placeholder is what
    /// its input's format promises.
    func means(_ template: Template, host: String) -> Bool {
        let expression = Template(Self.authority(of: template)).segments.map { segment in
            switch segment {
            case .literal(let text): text.replacing(".", with: "\\.").lowercased()
            case .placeholder(let name): part(name)
            }
        }.joined()
        return (try? Pattern(expression))?.matches(whole: host) ?? false
    }

    private func part(_ name: String) -> String {
        let input = definition.input(name)
        if let values = input?.allowedValues, !values.isEmpty { return "[a-z0-9.-]+" }
        return switch input?.format {
        case .hostname, .baseURL, nil: "[a-z0-9.-]+(:[0-9]+)?"
        default: "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
        }
    }

    /// The host and port of a template, or the placeholder that it starts with.
    private static func authority(of template: Template) -> String {
        let text = template.description
        let rest = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
        return String(rest.prefix { $0 != "/" && $0 != "?" })
    }
}
