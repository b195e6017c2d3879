import ConnectorSDK
import Connectors
import Foundation

/// The time at which all answers of these tests are complete: 2026-01-01T00:00:00Z.
let now: Int64 = 1_767_225_600_000

extension Definition {
    /// A provider that does everything as the RFCs have it, changed by a test.
    static func sample(_ change: (inout Definition) -> Void = { _ in }) -> Definition {
        let rules = RequestRules(endpoint: [Template("https://auth.example.com/token")])
        var definition = Definition(id: "sample", title: "Sample", token: rules, refresh: RefreshRules(request: rules))
        definition.authorization = AuthorizationRules(endpoint: [Template("https://auth.example.com/authorize")])
        definition.revocation = RevocationRules(
            request: RequestRules(endpoint: [Template("https://auth.example.com/revoke")]))
        definition.introspection = IntrospectionRules(
            endpoint: [Template("https://auth.example.com/introspect")], when: .always)
        definition.hosts = [.host("auth.example.com", port: nil)]
        change(&definition)
        return definition
    }
}

extension ConnectorContext {
    /// A client that has all material, and a line with both tokens.
    static func sample(
        values: [String: String] = [:],
        secrets: Set<String> = [
            "client_secret", "client_private_key", "client_certificate", "code", "code_verifier", "refresh_token",
            "access_token",
        ],
        scopes: [String] = []
    ) -> ConnectorContext {
        ConnectorContext(
            clientID: "id", values: values, secrets: secrets, scopes: scopes, callbackHost: "cb.example", random: "uuid"
        )
    }
}

extension ProviderResponse {
    static func sample(
        _ status: Int = 200, _ body: String, type: String? = "application/json", headers: [String: String] = [:]
    ) -> ProviderResponse {
        var lines = headers.map { Header(name: $0.key, value: $0.value) }
        if let type { lines.append(Header(name: "content-type", value: type)) }
        return ProviderResponse(status: status, headers: lines, body: Data(body.utf8), receivedAt: now)
    }
}

extension OAuth2Connector {
    /// Reads an answer to a refresh.
    func refreshed(_ response: ProviderResponse) -> Reading { read(response, to: .refresh, in: .sample()) }
}

extension Reading {
    var tokens: TokenSet? { if case .tokens(let tokens) = self { tokens } else { nil } }
    var token: Token? { tokens?.tokens.first }
    var failure: ProviderFailure? { if case .failure(let failure) = self { failure } else { nil } }
    var isDone: Bool { if case .done = self { true } else { false } }
}

extension ProviderRequest.Field {
    /// A secret under its own name.
    static func secret(_ name: String) -> ProviderRequest.Field { ProviderRequest.Field(name, .secret(name)) }
}

typealias Field = ProviderRequest.Field

/// Foundation has one too.
typealias Operation = ConnectorSDK.Operation
