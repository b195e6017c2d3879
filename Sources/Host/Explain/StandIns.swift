import ConnectorSDK
import Definitions
import Foundation

/// Values for what is not known before a run, chosen so that every check of the connector passes, and found again in
/// what it writes: there they are shown as names. No request is ever made with them.
struct StandIns {
    /// The definition for the connector: the hosts that stand-ins lead to are within `hosts`. All other URLs are checked
    /// as in a run.
    let definition: Definition
    private(set) var context: ConnectorContext
    let consent: ConsentRequest
    /// Whom an assertion speaks for.
    private let subject: String
    private let tokenType: String
    /// Inputs without value.
    let unset: [String]
    /// Stand-in to what is shown, longest first.
    private let shown: [(text: String, name: String)]

    init(_ definition: Definition, given: [String: String]) {
        var values: [String: String] = [:]
        var shown: [(String, String)] = []
        var unset: [String] = []
        func standIn(_ name: String, format: Input.Format?) {
            let label = "tm-unset-\(shown.count)-x"
            let ending = format == .hostname || format == .baseURL ? ".invalid" : ""
            shown.append((label + ending, "<unset \(name)>"))
            values[name] = (format == .baseURL ? "https://" : "") + label + ending
        }
        for input in definition.inputs {
            if let value = given[input.name] ?? input.defaultValue {
                values[input.name] = value
            } else {
                if !input.secret { unset.append(input.name) }
                if input.required, !input.secret { standIn(input.name, format: input.format) }
            }
        }
        for name in Self.captures(of: definition) {
            if let value = given[name] { values[name] = value } else { standIn(name, format: nil) }
        }
        func run(_ name: String) -> String {
            let text = "tm-run-\(shown.count)-x"
            shown.append((text, "{\(name)}"))
            return text
        }
        // Where an assertion alone shows who asks, nobody need register a client.
        let clientID = given["client_id"] ?? (definition.needsClientID ? run("client_id") : "")
        context = ConnectorContext(
            clientID: clientID, values: values,
            secrets: Self.secrets(of: definition, given), callbackHost: run("callback_host"), allowsLoopback: true,
            random: run("random"), regrant: nil)
        subject = run("subject")
        tokenType = run("subject_token_type")
        consent = ConsentRequest(
            redirectURI: run("redirect_uri"), state: run("state"),
            challenge: definition.authorization?.pkce == true ? run("S256 of code_verifier") : nil,
            nonce: definition.asksForNonce ? run("nonce") : nil, loginHint: nil)
        self.unset = unset
        self.shown = shown
        self.definition = Self.admitting(values, isUnset: Set(shown.map(\.0)), in: definition)
        if definition.refresh.uses == .regrant {
            context.regrant = definition.grants.first(where: \.isRedeemedAgain).map(redemption)
        }
    }

    /// A grant as the host would redeem it.
    func redemption(of grant: GrantType) -> Redemption {
        switch grant {
        case .authorizationCode:
            .authorizationCode(
                redirectURI: consent.redirectURI,
                hasVerifier: definition.authorization.map { $0.pkce && !$0.endpoint.isEmpty } ?? false)
        case .clientCredentials: .clientCredentials
        case .jwtBearer: .jwtBearer(subject: subject)
        case .tokenExchange: .tokenExchange(subjectTokenType: tokenType, audience: nil, resource: nil)
        case .deviceCode: .deviceCode
        }
    }

    /// A written text with names in the place of stand-ins.
    func show(_ text: String) -> String {
        shown.reduce(text) { $0.replacing($1.text, with: $1.name) }
    }

    private static func secrets(of definition: Definition, _ given: [String: String]) -> Set<String> {
        let inputs = definition.inputs.filter { $0.secret && ($0.required || given[$0.name] != nil) }.map(\.name)
        return Set(inputs).union([
            "client_secret", "client_private_key", "client_certificate", "code", "code_verifier", "refresh_token",
            "access_token", "subject_token", "device_code",
        ])
    }

    /// Names that a callback, an answer or an earlier step brings.
    static func captures(of definition: Definition) -> [String] {
        var names = Set(definition.response.capture.keys)
        names.formUnion((definition.authorization?.callback.capture ?? [:]).keys)
        for step in definition.afterConnect {
            switch step {
            case .request(let request): names.formUnion(request.capture.keys)
            case .claims(_, let capture): names.formUnion(capture.keys)
            }
        }
        return names.sorted()
    }

    /// The definition with the hosts of those URLs that an unset value, or the organization's config, decides.
    private static func admitting(
        _ values: [String: String], isUnset: Set<String>, in definition: Definition
    ) -> Definition {
        var definition = definition
        let isForOrganization = definition.hosts.contains(.organization)
        for template in definition.allEndpoints where !template.placeholders.isEmpty {
            let text = template.placeholders.reduce(template.description) { text, name in
                text.replacing("{\(name)}", with: values[name] ?? "x")
            }
            let url = URLComponents(string: text.contains("://") ? text : "https://\(text)")
            guard let host = url?.host, isForOrganization || isUnset.contains(where: host.contains) else { continue }
            definition.hosts.append(.host(host.lowercased(), port: url?.port))
        }
        return definition
    }
}

extension Definition {
    /// Every endpoint of a request.
    fileprivate var allEndpoints: [Template] {
        let requests = [token, upgrade, refresh.request, revocation?.request].compactMap(\.self).flatMap(\.endpoint)
        let steps = afterConnect.compactMap { step -> Template? in
            if case .request(let request) = step { request.endpoint } else { nil }
        }
        return (authorization?.endpoint ?? []) + deviceAuthorization + requests + (introspection?.endpoint ?? [])
            + steps
    }
}
