import ConnectorSDK
import Connectors
import Definitions
import Foundation

/// A provider's answer through the oauth2 connector's readers, as one definition of the catalog has it: two bytes for the
/// definition, then operation, status and media type, then the body.
enum AnswerTarget: Target {
    private static let now: Int64 = 1_767_225_600_000
    private static let tenYears: Int64 = 10 * 365 * 86_400_000
    private static let statuses = [200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 502, 503]
    private static let types = [
        "application/json", "application/x-www-form-urlencoded", "text/plain; charset=utf-8", "text/html", "",
    ]
    private static let operations: [ConnectorSDK.Operation] = [
        .redeem(.authorizationCode(redirectURI: "https://host.example/oauth/callback", hasVerifier: true)), .refresh,
        .revoke, .introspect, .afterConnect(0), .redeem(.clientCredentials), .upgrade,
    ]

    private static let readers: [(definition: Definition, connector: OAuth2Connector)] = catalog.compactMap { loaded in
        (try? OAuth2Connector(definition: loaded.definition)).map { (loaded.definition, $0) }
    }

    static func seeds(_ repository: URL) throws -> [[UInt8]] {
        let usual = [
            #"{"access_token":"at-example","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-example","scope":"a b"}"#,
            #"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
            #"{"access_token":"at","expires_at":"2026-01-01T02:00:00+01:00","refresh_token":"","id_token":null}"#,
            "access_token=at&expires_in=5184000&refresh_token=rt%2B1&scope=a%2Cb", "error=bad_verification_code",
            #"{"active":true,"exp":1767229200,"scope":"a"}"#, #"{"expires_in":1e999,"access_token":"\ud83d\ude00"}"#,
        ].map { [0, 0, 1, 0, 0] + Array($0.utf8) }
        let documented = readers.enumerated().flatMap { index, reader in
            reader.definition.examples.map { example -> [UInt8] in
                let operation: UInt8 = [.exchange: 0, .refresh: 1, .revoke: 2][example.operation] ?? 0
                let status = UInt8(statuses.firstIndex(of: example.status) ?? 4)
                let type: UInt8 = example.body.hasPrefix("{") ? 0 : 1
                return [UInt8(index >> 8), UInt8(index & 255), operation, status, type] + Array(example.body.utf8)
            }
        }
        return usual + documented
    }

    static func run(_ bytes: [UInt8]) {
        guard bytes.count >= 5 else { return }
        let (definition, connector) = readers[(Int(bytes[0]) << 8 | Int(bytes[1])) % readers.count]
        let operation = operations[Int(bytes[2]) % operations.count]
        let type = types[Int(bytes[4]) % types.count]
        let response = ProviderResponse(
            status: statuses[Int(bytes[3]) % statuses.count],
            headers: type.isEmpty ? [] : [.init(name: "content-type", value: type)], body: Data(bytes.dropFirst(5)),
            receivedAt: now)
        let context = ConnectorContext(
            clientID: "client", values: Expansion.standIns(definition),
            secrets: ["client_secret", "access_token", "refresh_token", "code", "code_verifier"], random: "random")
        let first = connector.read(response, to: operation, in: context)
        let second = connector.read(response, to: operation, in: context)
        check(first, second, response)
    }

    private static func check(_ first: Reading, _ second: Reading, _ response: ProviderResponse) {
        switch (first, second) {
        case (.tokens(let tokens), .tokens(let again)), (.further(let tokens), .further(let again)):
            invariant(tokens == again, "other tokens the second time")
            check(tokens)
        case (.done, .done): break
        case (.captured(let found), .captured(let again)):
            invariant(found == again, "other captures the second time")
        case (.state(_, let end), .state(_, let again)):
            invariant(end == again, "another state the second time")
            if let end { check(end) }
        case (.failure(let failure), .failure(let again)):
            invariant(failure == again, "another failure the second time")
            let isShowable = failure.code.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
            invariant(failure.code.utf8.count <= 100 && isShowable, "a code that cannot be shown: \(failure.code)")
        default: fatalError("read otherwise the second time")
        }
    }

    private static func check(_ set: TokenSet) {
        invariant(!set.tokens.isEmpty, "a token set without tokens")
        var secrets = [set.idToken].compactMap(\.self)
        for token in set.tokens {
            invariant(!token.accessToken.isEmpty && token.refreshToken?.isEmpty != true, "an empty token")
            check(token.expiry)
            if let end = token.refreshExpiresAt { check(.at(end)) }
            secrets += [token.accessToken, token.refreshToken].compactMap(\.self)
        }
        for value in set.captured.values {
            invariant(!secrets.contains { $0.reveal() == value }, "a capture publishes a token")
        }
    }

    private static func check(_ expiry: Expiry) {
        if case .at(let end) = expiry {
            invariant(end > now && end <= now + tenYears, "a lifetime that is none: \(end)")
        }
    }
}
