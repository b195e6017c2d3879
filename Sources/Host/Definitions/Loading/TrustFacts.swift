import ConnectorSDK
import Foundation

/// What decides where a connector's secrets go and how it proves itself. A change that widens it waits until somebody
/// accepts it (DESIGN.md §3): one edited file would else send stored refresh tokens elsewhere.
package struct TrustFacts: Codable, Sendable, Hashable {
    /// `hosts`, written or derived, as they stand in a definition.
    package var hosts: [String]
    /// The hosts of all endpoints, placeholders included.
    package var endpoints: [String]
    /// `client.authentication`, and whether a certificate is presented.
    package var authentication: String
    /// Of the file's bytes and of those it extends.
    package var digest: String

    package init(_ loaded: LoadedDefinition) {
        let definition = loaded.definition
        hosts = definition.hosts.map(\.text).sorted()
        endpoints = Set(Self.endpoints(of: definition).map(Self.host)).sorted()
        authentication =
            definition.client.authentication.rawValue + (definition.client.certificate ? "+certificate" : "")
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
        let moved = endpoints.filter { !accepted.endpoints.contains($0) }
        if !moved.isEmpty { return "an endpoint moves to \(moved.joined(separator: ", "))" }
        if authentication != accepted.authentication {
            return "client authentication changes from \(accepted.authentication) to \(authentication)"
        }
        return nil
    }

    private static func endpoints(of definition: Definition) -> [Template] {
        let requests: [RequestRules?] = [
            definition.token, definition.refresh.request, definition.upgrade, definition.revocation?.request,
        ]
        return requests.flatMap { $0?.endpoint ?? [] } + (definition.authorization?.endpoint ?? [])
            + definition.deviceAuthorization + (definition.introspection?.endpoint ?? [])
            + definition.afterConnect.compactMap { step in
                if case .request(let request) = step { request.endpoint } else { nil }
            }
    }

    /// `https://{domain}.example.com:8443/token` is `{domain}.example.com:8443`.
    private static func host(_ endpoint: Template) -> String {
        let text = endpoint.description
        guard let scheme = text.range(of: "://") else {
            return text.split(separator: "/").first.map(String.init) ?? text
        }
        return String(text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }).lowercased()
    }
}
