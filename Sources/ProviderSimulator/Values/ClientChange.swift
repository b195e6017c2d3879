/// The body of `POST /_sandbox/clients`: a new client, or changes to one that exists. What is not named stays as it was.
struct ClientChange: Decodable, Sendable {
    var id: String
    var secret: String?
    var rotation: RotationClass?
    var window: OverlapWindow?
    var afterWindow: AfterWindow?
    var replay: ReplayAnswer?
    var lifetime: Int?
    var refreshLifetime: Int?
    var accessTokensDieAtRefresh: Bool?
    var repeatsRefreshToken: Bool?
    var redirectURIs: [String]?
    var scopes: [String]?
    var refreshScope: String?

    /// The client after the change. An empty `client_secret` makes it a public client, an empty `refresh_scope` one whose
    /// every consent brings a refresh token.
    func applied(to client: SimulatedClient) -> SimulatedClient {
        var changed = client
        if let secret { changed.secret = secret.isEmpty ? nil : secret }
        changed.rotation = rotation ?? client.rotation
        changed.window = window ?? client.window
        changed.afterWindow = afterWindow ?? client.afterWindow
        changed.replay = replay ?? client.replay
        changed.lifetime = lifetime ?? client.lifetime
        changed.refreshLifetime = refreshLifetime ?? client.refreshLifetime
        changed.accessTokensDieAtRefresh = accessTokensDieAtRefresh ?? client.accessTokensDieAtRefresh
        changed.repeatsRefreshToken = repeatsRefreshToken ?? client.repeatsRefreshToken
        changed.redirectURIs = redirectURIs ?? client.redirectURIs
        changed.scopes = scopes ?? client.scopes
        if let refreshScope { changed.refreshScope = refreshScope.isEmpty ? nil : refreshScope }
        return changed
    }

    typealias CodingKeys = SimulatedClient.CodingKeys
}
