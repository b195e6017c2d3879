import ConnectorSDK
import Foundation

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

    /// A refresh token obtained elsewhere, before its first answer.
    init(importing refreshToken: Secret, scopes: [String]) {
        self.refreshToken = refreshToken
        type = "Bearer"
        self.scopes = scopes
    }

    /// Reads what `encoded()` wrote.
    init(decoding data: Data) throws {
        let wire = try JSONDecoder().decode(Wire.self, from: data)
        accessToken = wire.access.map(Secret.init)
        refreshToken = wire.refresh.map(Secret.init)
        type = wire.type
        scopes = wire.scopes
        idToken = wire.id.map(Secret.init)
    }

    /// Plain text for the sealer and nobody else.
    func encoded() throws -> Data {
        try JSONEncoder().encode(
            Wire(
                access: accessToken?.reveal(), refresh: refreshToken?.reveal(), type: type, scopes: scopes,
                id: idToken?.reveal()))
    }

    private struct Wire: Codable {
        var access: String?
        var refresh: String?
        var type: String
        var scopes: [String]
        var id: String?
    }
}
