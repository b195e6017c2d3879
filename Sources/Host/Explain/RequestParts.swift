import ConnectorSDK
import Definitions
import Foundation

/// Takes a request that a connector described apart, and says of each part where it comes from.
struct RequestParts {
    let origins: Origins
    let standIns: StandIns

    /// - Parameter rules: the keys of the request's section.
    func parts(of request: ProviderRequest, _ rules: RequestRules) -> [ExplainedPart] {
        let values = TemplateValues(standIns.definition, standIns.context).naming("token", as: "token")
        var parts = [
            ExplainedPart(.method, request.method.rawValue, origins.request("method")),
            ExplainedPart(.url, standIns.show(request.url), origins.endpoint(rules.endpoint, values)),
        ]
        parts += request.query.map { field(.query, $0, rules) }
        parts += headers(request, rules)
        if request.presentsCertificate {
            let isAuthentication = origins.definition.client.authentication == .tlsClientAuth
            let origin = origins.key(isAuthentication ? "client.authentication" : "client.certificate")
            parts.append(ExplainedPart(.certificate, "{client_certificate}", origin))
        }
        return parts + body(request.body, rules)
    }

    private func headers(_ request: ProviderRequest, _ rules: RequestRules) -> [ExplainedPart] {
        var parts = request.headers.map { header in
            ExplainedPart(
                .header, header.name, standIns.show(header.value.shown), origins.request("headers.\(header.name)"))
        }
        switch request.authorization {
        case .none: break
        case .basic(let username, let password):
            let pair = standIns.show("\(username.shown):\(password.shown)")
            parts.append(
                ExplainedPart(.header, "Authorization", "Basic \(pair)", origins.key("client.authentication")))
        case .bearer(let token):
            let origin = origins.section == "revocation" ? origins.key("revocation.authorize") : .engine
            parts.append(ExplainedPart(.header, "Authorization", "Bearer \(token.shown)", origin))
        }
        if !request.headers.contains(where: { $0.name.lowercased() == "accept" }) {
            parts.append(ExplainedPart(.header, "Accept", "application/json", .engine))
        }
        let media: String? =
            switch request.body {
            case .none: nil
            case .form: "application/x-www-form-urlencoded"
            case .json: "application/json"
            }
        if let media { parts.append(ExplainedPart(.header, "Content-Type", media, origins.request("body"))) }
        return parts
    }

    private func body(_ body: ProviderRequest.Body, _ rules: RequestRules) -> [ExplainedPart] {
        switch body {
        case .none: []
        case .form(let fields): fields.map { field(.body, $0, rules) }
        case .json(.object(let members)):
            members.map { member in
                ExplainedPart(
                    .body, member.name, standIns.show(member.tree.shown), origins.parameter(member.name, rules))
            }
        case .json(let tree): [ExplainedPart(.body, standIns.show(tree.shown), .engine)]
        }
    }

    private func field(
        _ place: ExplainedPart.Place, _ field: ProviderRequest.Field, _ rules: RequestRules
    ) -> ExplainedPart {
        ExplainedPart(place, field.name, standIns.show(field.value.shown), origins.parameter(field.name, rules))
    }
}

extension ExplainedPart {
    init(_ place: Place, _ value: String, _ origin: Origin) { self.init(place, "", value, origin) }
}

extension Value {
    /// The value with names in the place of secrets, and what the host derives in words.
    var shown: String { parts.map(\.shown).joined() }
}

extension Value.Part {
    var shown: String {
        switch self {
        case .text(let text): text
        case .secret(let name): "{\(name)}"
        case .assertion(let assertion): assertion.shown
        case .hmac(let key, let parts, let encoding):
            "{hmac-sha-256 \(encoding.rawValue) by \(key) of \(parts.map(\.shown).joined())}"
        case .sha256(let parts, let encoding): "{sha-256 \(encoding.rawValue) of \(parts.map(\.shown).joined())}"
        case .random: "{256 random bits}"
        case .now(let format): "{now, \(format.rawValue)}"
        case .proofKeyChallenge: "{S256 of code_verifier}"
        }
    }
}

extension Assertion {
    fileprivate var shown: String {
        let header = header.map { ("header \($0)", $1.shown) }
        let more = (header + claims.map { ($0, $1.said) }).sorted { $0.0 < $1.0 }
        let claims = [("iss", issuer.shown), ("sub", subject?.shown ?? "none"), ("aud", audience)] + more
        let listed = claims.map { "\($0) \($1)" }.joined(separator: ", ")
        let algorithm = algorithm ?? "RS256 or the JWK's"
        return "{JWT: \(listed), \(lifetime.components.seconds)s, \(algorithm), signed by \(key)}"
    }
}

extension ProviderRequest.JSONTree {
    /// A text without its quotes, all else as JSON.
    fileprivate var said: String { if case .value(let value) = self { value.shown } else { shown } }

    /// As JSON, with names in the place of secrets.
    var shown: String {
        switch self {
        case .value(let value): JSONWriter.text(.string(value.shown))
        case .literal(let value): JSONWriter.text(value)
        case .array(let elements): "[" + elements.map(\.shown).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\(JSONWriter.text(.string($0.name))):\($0.tree.shown)" }.joined(separator: ",") + "}"
        }
    }
}
