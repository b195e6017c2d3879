import ConnectorSDK
import Foundation
import Secrets

/// One token of a token set as it is sealed into a version. A plain value of its own, so that `Secret` never encodes.
struct StoredTokens: Sendable, Equatable {
    var accessToken: Secret?
    var refreshToken: Secret?
    var type: String
    var scopes: [String]
    var idToken: Secret?

    /// The token of an answer; without a refresh token in it the old one stays (RFC 6749 §6, mutation M44).
    init(_ token: Token, idToken: Secret?, presented: Secret?, askedScopes: [String]) {
        accessToken = token.accessToken
        refreshToken = token.refreshToken ?? presented
        type = token.type
        scopes = token.scopes ?? askedScopes
        self.idToken = idToken
    }

    /// What there is before the first answer: a refresh token obtained elsewhere, or nothing but a grant to redeem.
    init(importing refreshToken: Secret?, scopes: [String]) {
        self.refreshToken = refreshToken
        type = "Bearer"
        self.scopes = scopes
    }

    /// Reads what `encoded()` wrote.
    init(decoding data: Data) throws {
        guard case .object(let members) = try JSONReader.read(data), case .string(let type)? = members["type"],
            case .array(let scopes)? = members["scopes"]
        else { throw SecretsError(.refused, "A stored token set cannot be read.") }
        func secret(_ name: String) -> Secret? {
            if case .string(let text)? = members[name] { Secret(text) } else { nil }
        }
        accessToken = secret("access")
        refreshToken = secret("refresh")
        idToken = secret("id")
        self.type = type
        self.scopes = scopes.compactMap { if case .string(let scope) = $0 { scope } else { nil } }
    }

    /// Plain text for the sealer and nobody else.
    func encoded() -> Data {
        var members: [String: JSONValue] = ["type": .string(type), "scopes": .array(scopes.map(JSONValue.string))]
        members["access"] = accessToken.map { .string($0.reveal()) }
        members["refresh"] = refreshToken.map { .string($0.reveal()) }
        members["id"] = idToken.map { .string($0.reveal()) }
        return Data(JSONWriter.text(.object(members)).utf8)
    }
}
