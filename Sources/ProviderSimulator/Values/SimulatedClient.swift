/// One OAuth client the simulated provider knows, with the rotation rules that hold for it.
///
/// The rules belong to the client, not to the provider: one provider may have two classes (PROVIDERS.md, Constant Contact).
public struct SimulatedClient: Sendable, Equatable, Codable {
    /// The secret of every client that is there from the start. Made up, and no secret.
    public static let defaultSecret = "sandbox-secret"

    /// The client identifier (RFC 6749 §2.2).
    public var id: String
    /// The client secret; nil for a public client, which must then use PKCE.
    public var secret: String?
    /// What happens to a refresh token that was used.
    public var rotation: RotationClass
    /// For `overlap`: how long the used token stays good.
    public var window: OverlapWindow
    /// For `overlap`: what a replay after the window does.
    public var afterWindow: AfterWindow
    /// For `overlap`: what a replay inside the window gets.
    public var replay: ReplayAnswer
    /// Seconds an access token lives.
    public var lifetime: Int
    /// Seconds a refresh token lives from its issue; nil: for ever.
    public var refreshLifetime: Int?
    /// Whether a refresh kills the access tokens issued before it (GitHub, Zendesk).
    public var accessTokensDieAtRefresh: Bool
    /// For `static`: whether a refresh repeats the refresh token in its answer.
    public var repeatsRefreshToken: Bool
    /// Redirect URIs, matched exactly; empty: any `http` address on the loopback interface.
    public var redirectURIs: [String]
    /// Scopes that may be asked for; empty: any.
    public var scopes: [String]
    /// The scope without which consent brings no refresh token (as OpenID Connect's `offline_access`); nil: it always does.
    public var refreshScope: String?

    /// A client with the given rules; what is not named has the sandbox's defaults.
    public init(
        id: String, secret: String? = Self.defaultSecret, rotation: RotationClass = .singleUseFamily,
        window: OverlapWindow = .seconds(60), afterWindow: AfterWindow = .revoke, replay: ReplayAnswer = .newSibling,
        lifetime: Int = 3600, refreshLifetime: Int? = nil, accessTokensDieAtRefresh: Bool = false,
        repeatsRefreshToken: Bool = false, redirectURIs: [String] = [], scopes: [String] = [],
        refreshScope: String? = nil
    ) {
        self.id = id
        self.secret = secret
        self.rotation = rotation
        self.window = window
        self.afterWindow = afterWindow
        self.replay = replay
        self.lifetime = lifetime
        self.refreshLifetime = refreshLifetime
        self.accessTokensDieAtRefresh = accessTokensDieAtRefresh
        self.repeatsRefreshToken = repeatsRefreshToken
        self.redirectURIs = redirectURIs
        self.scopes = scopes
        self.refreshScope = refreshScope
    }

    /// The scope that the sandbox's own clients have to ask for to get a refresh token.
    public static let offline = "offline"

    /// The clients that are there from the start, one for each rotation class.
    public static let wellKnown: [SimulatedClient] = [
        SimulatedClient(id: "sandbox-client", refreshScope: offline),
        SimulatedClient(id: "sandbox-static", rotation: .static, refreshScope: offline),
        SimulatedClient(id: "sandbox-overlap", rotation: .overlap, refreshScope: offline),
        SimulatedClient(id: "sandbox-until-used", rotation: .overlap, window: .untilUsed, refreshScope: offline),
        SimulatedClient(id: "sandbox-single-use", rotation: .singleUse, refreshScope: offline),
        SimulatedClient(id: "sandbox-family", rotation: .singleUseFamily, refreshScope: offline),
    ]

    /// Whether presenting a used refresh token takes the whole family down.
    var revokesOnReuse: Bool {
        rotation == .singleUseFamily || (rotation == .overlap && afterWindow == .revoke)
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "client_id"
        case secret = "client_secret"
        case rotation = "class"
        case window
        case afterWindow = "after_window"
        case replay
        case lifetime
        case refreshLifetime = "refresh_lifetime"
        case accessTokensDieAtRefresh = "access_tokens_die_at_refresh"
        case repeatsRefreshToken = "repeats_refresh_token"
        case redirectURIs = "redirect_uris"
        case scopes
        case refreshScope = "refresh_scope"
    }
}
