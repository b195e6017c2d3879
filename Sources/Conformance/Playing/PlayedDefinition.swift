public import ConnectorSDK
import Foundation

/// A definition to be played by the simulated provider: everything as it was written, but every endpoint leads there.
///
/// The played one is a file of its own that extends the shipped one and replaces nothing but addresses:
/// - `https://host/path` becomes `http://127.0.0.1:<port>/roles/<id>/host/path`, placeholders in the host included;
/// - `{base}/path` of an input becomes `…/roles/<id>/{base}/path`, and the input a `text`, for a base URL may stand at the
///   start only; one that a callback or an answer brings stays, and the provider brings its own address;
/// - `hosts` are the provider's and those of `issuer` and `jwks`, which are never called.
public struct PlayedDefinition: Sendable {
    /// The id, `played-` in front of the shipped one's.
    public let id: String
    /// The text of its file, to lie beside the one it extends.
    public let text: String

    /// - Parameter provider: the simulated provider's address, `http://127.0.0.1:<port>`.
    public init(of definition: Definition, at provider: String) {
        id = "played-\(definition.id)"
        let writer = Redirection(definition, to: Self.base(of: id, at: provider))
        text = JSONWriter.text(.object(writer.keys(id: id, provider: provider))) + "\n"
    }

    /// The address below which a role is played.
    static func base(of id: String, at provider: String) -> String { "\(provider)/roles/\(id)" }
}

/// Writes the keys that hold addresses.
private struct Redirection {
    let definition: Definition
    let base: String
    /// Values that come from outside and may be URLs.
    let captured: Set<String>

    init(_ definition: Definition, to base: String) {
        self.definition = definition
        self.base = base
        captured = Set(definition.captures)
    }

    func keys(id: String, provider: String) -> [String: JSONValue] {
        var keys: [String: JSONValue] = [
            "format": .number("1"), "id": .string(id), "title": .string(definition.title),
            "extends": .string(definition.id), "hosts": .array(hosts(provider)),
            "token": endpoint(definition.token.endpoint), "refresh": endpoint(definition.refresh.request.endpoint),
        ]
        if let rules = definition.authorization, !rules.endpoint.isEmpty {
            keys["authorization"] = endpoint(rules.endpoint)
        }
        if !definition.deviceAuthorization.isEmpty {
            keys["device_authorization"] = endpoint(definition.deviceAuthorization)
        }
        keys["upgrade"] = definition.upgrade.map { endpoint($0.endpoint) }
        keys["introspection"] = definition.introspection.map { endpoint($0.endpoint) }
        keys["revocation"] = definition.revocation.map { endpoint($0.request.endpoint) }
        if !definition.afterConnect.isEmpty { keys["after_connect"] = .array(definition.afterConnect.map(step)) }
        let bases = definition.inputs.filter { $0.format == .baseURL }
        if !bases.isEmpty {
            keys["inputs"] = .object(
                Dictionary(uniqueKeysWithValues: bases.map { ($0.name, .object(["format": .string("text")])) }))
        }
        return keys
    }

    private func endpoint(_ templates: [Template]) -> JSONValue {
        .object(["endpoint": .array(templates.map { .string(redirected($0)) })])
    }

    private func redirected(_ template: Template) -> String {
        if case .placeholder(let name)? = template.segments.first {
            return captured.contains(name) ? template.description : "\(base)/\(template)"
        }
        guard let scheme = template.description.firstRange(of: "://") else { return template.description }
        return "\(base)/\(template.description[scheme.upperBound...])"
    }

    private func step(_ step: AfterConnectStep) -> JSONValue {
        switch step {
        case .claims(let field, let capture):
            return .object(["claims_of": .string(field.rawValue), "capture": pointers(capture)])
        case .request(let request):
            var keys: [String: JSONValue] = [
                request.method.rawValue.lowercased(): .string(redirected(request.endpoint)),
                "capture": pointers(request.capture), "optional": .bool(request.optional),
                "headers": .object(request.headers.mapValues { .string($0.description) }),
            ]
            keys["json"] = request.json
            keys["list"] = request.list.map { .string($0.description) }
            if !request.where.isEmpty {
                let pairs = request.where.map { ($0.key.description, JSONValue.string($0.value.description)) }
                keys["where"] = .object(Dictionary(uniqueKeysWithValues: pairs))
            }
            return .object(keys)
        }
    }

    private func pointers(_ capture: [String: JSONPointer]) -> JSONValue {
        .object(capture.mapValues { .string($0.description) })
    }

    private func hosts(_ provider: String) -> [JSONValue] {
        let others = [definition.issuer?.description, definition.jwks].compactMap(\.self)
            .compactMap { URLComponents(string: $0.replacing("{", with: "").replacing("}", with: ""))?.host }
        return Set([provider.replacing("http://", with: "")] + others).sorted().map { .string($0) }
    }
}

extension Definition {
    /// Names that a callback, an answer or an earlier step brings.
    var captures: [String] {
        var names = Array(response.capture.keys)
        names += (authorization?.callback.capture ?? [:]).keys
        for step in afterConnect {
            switch step {
            case .request(let request): names += request.capture.keys
            case .claims(_, let capture): names += capture.keys
            }
        }
        return names
    }
}
