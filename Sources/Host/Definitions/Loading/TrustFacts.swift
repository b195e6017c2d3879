import ConnectorSDK
import Foundation

/// What decides where a connector's secrets go and how it proves itself. A change that widens it waits until somebody
/// accepts it (DESIGN.md §3): one edited file would else send stored refresh tokens elsewhere.
package struct TrustFacts: Codable, Sendable, Hashable {
    /// `hosts`, written or derived, as they stand in a definition.
    package var hosts: [String]
    /// The hosts of all endpoints, placeholders included. Only what an earlier version stored is compared by them.
    package var endpoints: [String]
    /// The hosts of each operation's endpoints, in the order in which they are tried; nil in what an earlier version
    /// stored. Each apart: a host that one operation knows is a stranger to another's secrets.
    package var operations: [String: [String]]?
    /// Of the operations whose endpoints have several hosts: each endpoint's host with the placeholders that must be set
    /// for it to be chosen. Nil: there is none, or an earlier version stored it.
    package var choices: [String: [String]]?
    /// `client.authentication`, and whether a certificate is presented.
    package var authentication: String
    /// What else decides how the client shows who it is, by its key; nil in what an earlier version stored.
    package var clientKeys: [String: String]?
    /// The operations whose secrets stand in a URL; nil in what an earlier version stored.
    package var operationsInURL: [String]?
    /// Of the file's bytes and of those it extends.
    package var digest: String

    package init(_ loaded: LoadedDefinition) {
        let definition = loaded.definition
        hosts = definition.hosts.map(\.text).sorted()
        let operations = Self.operations(of: definition)
        endpoints = Set(operations.values.joined().map(Self.host)).sorted()
        let places = operations.mapValues { endpoints in
            endpoints.map { Self.place($0) + Self.defaults(of: Self.authority($0), in: definition) }
        }
        self.operations = places.mapValues(Self.once)
        choices = Self.choices(among: operations, at: places, in: definition)
        authentication =
            definition.client.authentication.rawValue + (definition.client.certificate ? "+certificate" : "")
        clientKeys = Self.clientKeys(of: definition)
        operationsInURL = Self.operationsInURL(of: definition)
        digest = loaded.digest
    }

    /// Why a definition must wait, given what was accepted before; nil: it may come into force.
    package func danger(after accepted: TrustFacts) -> String? {
        let known = accepted.hosts.compactMap(HostRule.init(text:))
        let wider = hosts.filter { text in
            guard !accepted.hosts.contains(text), let rule = HostRule(text: text) else { return false }
            return !known.contains { $0.covers(rule) }
        }
        if !wider.isEmpty { return "it widens hosts by \(wider.joined(separator: ", "))" }
        if let move = move(after: accepted) { return move }
        if authentication != accepted.authentication {
            return "client authentication changes from \(accepted.authentication) to \(authentication)"
        }
        return exposure(after: accepted)
    }

    private func move(after accepted: TrustFacts) -> String? {
        guard let before = accepted.operations, let now = operations else {
            let moved = endpoints.filter { !accepted.endpoints.contains($0) }
            return moved.isEmpty ? nil : "an endpoint moves to \(moved.joined(separator: ", "))"
        }
        for (operation, hosts) in now.sorted(by: { $0.key < $1.key }) {
            // Where a refresh token goes already, a new operation tells it to nobody new.
            let known = before[operation] ?? before["token", default: []] + before["refresh", default: []]
            // One more step after consent, or one less, moves none of the others. In a list of endpoints the order decides.
            let isFree = before[operation] == nil || operation == Self.steps
            if isFree ? hosts.allSatisfy(known.contains) : hosts == known { continue }
            return "the endpoint of \(operation) moves to \(hosts.joined(separator: ", "))"
        }
        return choice(after: accepted)
    }

    /// The hosts are the same, but not what decides among them: some connections would go elsewhere.
    private func choice(after accepted: TrustFacts) -> String? {
        for (operation, now) in (choices ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let before = accepted.choices?[operation], before != now else { continue }
            return "what decides among the endpoints of \(operation) changes: \(now.joined(separator: ", else "))"
        }
        return nil
    }

    private static let steps = "after_connect"

    /// The endpoints of every operation that has some.
    private static func operations(of definition: Definition) -> [String: [Template]] {
        let steps = definition.afterConnect.compactMap { step in
            if case .request(let request) = step { request.endpoint } else { nil }
        }
        let all: [String: [Template]] = [
            "authorization": definition.authorization?.endpoint ?? [],
            "device_authorization": definition.deviceAuthorization, "token": definition.token.endpoint,
            "refresh": definition.refresh.request.endpoint, "upgrade": definition.upgrade?.endpoint ?? [],
            "revocation": definition.revocation?.request.endpoint ?? [],
            "introspection": definition.introspection?.endpoint ?? [], Self.steps: steps,
        ]
        return all.filter { !$0.value.isEmpty }
    }

    /// A default decides a host like a literal does: ` (domain: a.example.com)`.
    private static func defaults(of authority: String, in definition: Definition) -> String {
        let named = Template(authority).placeholders.compactMap { name in
            definition.input(name)?.defaultValue.map { "\(name): \($0)" }
        }
        return named.isEmpty ? "" : " (\(named.joined(separator: ", ")))"
    }

    /// The first endpoint whose placeholders are all set is used, so those of its path count as much as its host.
    private static func choices(
        among operations: [String: [Template]], at places: [String: [String]], in definition: Definition
    ) -> [String: [String]]? {
        var choices: [String: [String]] = [:]
        for (operation, endpoints) in operations where operation != steps {
            guard let places = places[operation], Set(places).count > 1 else { continue }
            choices[operation] = zip(endpoints, places).map { endpoint, place in
                let needed = once(endpoint.placeholders.map { need($0, in: definition) }).sorted()
                return needed.isEmpty ? place : "\(place) with \(needed.joined(separator: ", "))"
            }
        }
        return choices.isEmpty ? nil : choices
    }

    /// What has a default is always set.
    private static func need(_ name: String, in definition: Definition) -> String {
        definition.input(name)?.defaultValue == nil ? "{\(name)}" : "{\(name)} or its default"
    }

    private static func once(_ hosts: [String]) -> [String] {
        var seen: Set<String> = []
        return hosts.filter { seen.insert($0).inserted }
    }

    /// The same with the names of placeholders as they are: `{tenant}` and `{Tenant}` are two.
    private static func place(_ endpoint: Template) -> String {
        Template(authority(endpoint)).segments.map { segment in
            switch segment {
            case .literal(let text): text.lowercased()
            case .placeholder(let name): "{\(name)}"
            }
        }.joined()
    }

    /// `https://{domain}.example.com:8443/token` is `{domain}.example.com:8443`.
    private static func host(_ endpoint: Template) -> String { authority(endpoint).lowercased() }

    private static func authority(_ endpoint: Template) -> String {
        let text = endpoint.description
        guard let scheme = text.range(of: "://") else {
            return text.split(separator: "/").first.map(String.init) ?? text
        }
        return String(text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" })
    }
}
