package import ConnectorSDK
package import Definitions
import Foundation

/// Reads the documented answers of a definition as the host would, and says where `expect` says something else. So a
/// file proves what it says without any account at the provider.
package struct ExampleRun: Sendable {
    private let types: [String: any Connector.Type]

    /// - Parameter connectors: The compiled connectors, by id.
    package init(connectors: [String: any Connector.Type]) { types = connectors }

    /// - Returns: An error for each member of `expect` that the answer does not bear out.
    package func findings(_ loaded: LoadedDefinition) -> [Diagnostic] {
        // Whatever keeps a connector from being made is the loader's finding.
        guard let connector = try? types[loaded.definition.connector]?.init(definition: loaded.definition) else {
            return []
        }
        return loaded.definition.examples.enumerated().flatMap { index, example in
            let seen = Self.read(example, by: connector)
            return example.expect.sorted { $0.key < $1.key }.compactMap { name, wanted in
                Self.difference(name, wanted, seen, loaded, at: "examples[\(index)].expect.\(name)")
            }
        }
    }

    private static func difference(
        _ name: String, _ wanted: JSONValue, _ seen: [String: String], _ loaded: LoadedDefinition, at path: String
    ) -> Diagnostic? {
        guard let place = loaded.sources.key(path) else { return nil }
        guard seen[name] != text(wanted) else {
            let known = fields.union(loaded.definition.response.capture.keys)
            guard seen[name] == nil, !known.contains(name) else { return nil }
            return Diagnostic(
                "example-result", "`\(name)` is nothing that an answer gives",
                hint: "one of \(known.sorted().joined(separator: ", "))", at: place)
        }
        let found = seen.isEmpty ? "nothing" : seen.map { "\($0.key): \($0.value)" }.sorted().joined(separator: ", ")
        return Diagnostic(
            "example-result",
            "reading this answer gives " + (seen[name].map { "\(name): \($0)" } ?? "no `\(name)`, but \(found)"),
            hint: "correct `expect`, or what `response` says of such an answer", at: place)
    }

    /// What `expect` can name, beside captures.
    private static let fields: Set = [
        "access_token", "refresh_token", "id_token", "token_type", "scope", "expires_in", "refresh_expires_in", "means",
        "code",
    ]

    /// What an example gives, in the words of `expect`.
    private static func read(_ example: Example, by connector: any Connector) -> [String: String] {
        let receivedAt: Int64 = 1_700_000_000_000
        let response = ProviderResponse(
            status: example.status,
            headers: example.headers.map { ProviderResponse.Header(name: $0.key.lowercased(), value: $0.value) },
            body: Data(example.body.utf8), receivedAt: receivedAt)
        let context = ConnectorContext(clientID: "client", random: "random")
        switch connector.read(response, to: operation(example), in: context) {
        case .tokens(let set), .further(let set): return words(set, receivedAt)
        case .failure(let failure): return ["means": meaning(failure.disposition), "code": failure.code]
        case .done: return ["means": "done"]
        case .state(let active, _): return ["active": "\(active)"]
        case .captured(let found): return ["means": "captured \(found.count)"]
        case .device(let codes): return ["user_code": codes.userCode]
        }
    }

    private static func words(_ set: TokenSet, _ receivedAt: Int64) -> [String: String] {
        var seen = set.captured
        guard let token = set.tokens.first else { return seen }
        seen["access_token"] = token.accessToken.reveal()
        seen["refresh_token"] = token.refreshToken?.reveal()
        seen["token_type"] = token.type
        seen["id_token"] = set.idToken?.reveal()
        seen["scope"] = token.scopes?.joined(separator: " ")
        if case .at(let end) = token.expiry { seen["expires_in"] = "\((end - receivedAt) / 1000)" }
        seen["refresh_expires_in"] = token.refreshExpiresAt.map { "\(($0 - receivedAt) / 1000)" }
        return seen
    }

    private static func operation(_ example: Example) -> ConnectorSDK.Operation {
        switch example.operation {
        case .exchange:
            .redeem(.authorizationCode(redirectURI: "https://host.example/oauth/callback", hasVerifier: true))
        case .refresh: .refresh
        case .revoke: .revoke
        }
    }

    private static func meaning(_ disposition: ProviderFailure.Disposition) -> String {
        switch disposition {
        case .refused: "reauthorize"
        case .misconfigured: "misconfigured"
        case .retryLater: "retry"
        case .rateLimited: "rate_limited"
        case .busy, .unclear: "ambiguous"
        }
    }

    /// Nil for `null`: the answer gives no such thing.
    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .null: nil
        case .string(let text): text
        default: JSONWriter.text(value)
        }
    }
}
