import ConnectorSDK
import Connectors
import Definitions
import Foundation
import Testing

/// The documented answers of the catalog's definitions, read by the connector as the host reads them.
@Suite struct CatalogExampleTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "connectors.d").path(percentEncoded: false)

    @Test("each example of each definition gives what it says")
    func examples() throws {
        let types = try Catalog.byID()
        let found = DefinitionLoader(connectors: Set(types.keys)).load(folder: Self.folder).definitions
        var count = 0
        for (id, loaded) in found.sorted(by: { $0.key < $1.key }) {
            let type = try #require(types[loaded.definition.connector])
            let connector = try type.init(definition: loaded.definition)
            for example in loaded.definition.examples {
                let seen = Self.read(example, by: connector)
                for (name, wanted) in example.expect {
                    #expect(seen[name] == Self.text(wanted), "\(id), \(example.name): \(name)")
                }
                count += 1
            }
        }
        #expect(count >= 60)
    }

    /// What an example gives, in the words of `expect`.
    private static func read(_ example: Example, by connector: any Connector) -> [String: String] {
        let receivedAt: Int64 = 1_700_000_000_000
        let response = ProviderResponse(
            status: example.status,
            headers: example.headers.map { ProviderResponse.Header(name: $0.key.lowercased(), value: $0.value) },
            body: Data(example.body.utf8), receivedAt: receivedAt)
        let context = ConnectorContext(clientID: "client", random: "random")
        switch connector.read(response, to: operation(example), in: context) {
        case .tokens(let set), .further(let set):
            var seen = set.captured
            guard let token = set.tokens.first else { return seen }
            seen["access_token"] = token.accessToken.reveal()
            seen["refresh_token"] = token.refreshToken?.reveal()
            seen["token_type"] = token.type
            seen["scope"] = token.scopes?.joined(separator: " ")
            if case .at(let end) = token.expiry { seen["expires_in"] = "\((end - receivedAt) / 1000)" }
            seen["refresh_expires_in"] = token.refreshExpiresAt.map { "\(($0 - receivedAt) / 1000)" }
            return seen
        case .failure(let failure): return ["means": meaning(failure.disposition), "code": failure.code]
        case .done: return ["means": "done"]
        case .state(let active, _): return ["active": "\(active)"]
        case .captured(let found): return ["means": "captured \(found.count)"]
        case .device(let codes): return ["user_code": codes.userCode]
        }
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
