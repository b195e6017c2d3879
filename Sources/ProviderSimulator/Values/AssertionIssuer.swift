/// One who signs assertions (RFC 7523) that the simulated provider takes: a service account with the keys registered for it
/// and what it may ask for.
public struct AssertionIssuer: Sendable, Equatable, Codable {
    /// `iss`, such as a service account's address.
    public var issuer: String
    /// Its public key (SubjectPublicKeyInfo, PEM; RSA).
    public var publicKey: String
    /// Users it may speak for; empty: any. Itself always.
    public var subjects: [String]
    /// Scopes it may ask for; empty: any.
    public var scopes: [String]
    /// Seconds an access token lives.
    public var lifetime: Int

    /// An issuer that may speak for anybody unless told otherwise.
    public init(
        issuer: String, publicKey: String, subjects: [String] = [], scopes: [String] = [], lifetime: Int = 3600
    ) {
        self.issuer = issuer
        self.publicKey = publicKey
        self.subjects = subjects
        self.scopes = scopes
        self.lifetime = lifetime
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case issuer
        case publicKey = "public_key"
        case subjects
        case scopes
        case lifetime
    }

    /// Reads what the control plane is sent; what is left out has its default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            issuer: try values.decode(String.self, forKey: .issuer),
            publicKey: try values.decode(String.self, forKey: .publicKey),
            subjects: try values.decodeIfPresent([String].self, forKey: .subjects) ?? [],
            scopes: try values.decodeIfPresent([String].self, forKey: .scopes) ?? [],
            lifetime: try values.decodeIfPresent(Int.self, forKey: .lifetime) ?? 3600)
    }
}
