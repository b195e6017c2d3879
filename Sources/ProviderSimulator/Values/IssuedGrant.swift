/// A grant made without consent page, for tests that import a refresh token.
public struct IssuedGrant: Sendable, Equatable, Codable {
    /// The family's number, as it stands in the presentation log.
    public var family: Int
    /// An access token, good for the client's `lifetime`.
    public var accessToken: String
    /// The family's refresh token of generation 1.
    public var refreshToken: String
    /// Seconds the access token lives.
    public var expiresIn: Int

    enum CodingKeys: String, CodingKey {
        case family
        case accessToken = "access_token"
        case refreshToken = "refresh_token"
        case expiresIn = "expires_in"
    }
}
