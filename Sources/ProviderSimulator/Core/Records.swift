import Foundation

/// An authorization code waiting to be redeemed.
struct IssuedCode: Sendable {
    var clientID: String
    var redirectURI: String
    var state: String?
    var challenge: String?
    var scope: String
    var subject: String
    var expiresAt: Date
    /// Whether it was presented already; a code has one try, a failed one included.
    var spent = false
    /// The family it became, so that a second presentation can revoke it (RFC 6749 §4.1.2).
    var family: Int?
    var spentBy: Int?
}

/// One consent and everything that descends from it.
struct TokenFamily: Sendable {
    var clientID: String
    var subject: String
    var scope: String
    var revoked = false
    /// The number of the last refresh, or of the exchange: 1.
    var generation = 0
    /// Access tokens of an earlier generation are dead.
    var oldestLiveAccess = 1
    var newestAccessExpiresAt: Date?
}

/// A refresh token that was handed out. It is kept after its use, to recognize its reuse.
struct RefreshTokenRecord: Sendable {
    var family: Int
    var generation: Int
    /// The refresh token this one came for.
    var parent: String?
    var expiresAt: Date?
    var spentAt: Date?
    var spentBy: Int?
    /// The newest replacement handed out for it.
    var successor: String?
    /// Its overlap window was closed by the first use of a replacement.
    var closed = false
    var revoked = false
}

/// An access token that was handed out.
struct AccessTokenRecord: Sendable {
    /// Nil for client credentials: no consent, no family.
    var family: Int?
    var generation: Int
    var clientID: String
    var subject: String
    var scope: String
    var issuedAt: Date
    var expiresAt: Date
    /// The refresh token it came for.
    var parent: String?
    var revoked = false
}
