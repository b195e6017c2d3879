package import struct Foundation.Data

/// A stored token set: generation N of a line, or a candidate that may become it.
package struct TokenVersion: Sendable, Hashable {
    /// What a version is to its line.
    package enum Status: String, Sendable, Hashable, Codable {
        case current
        case superseded
        /// Received, but it may not move the pointer (yet). Never dropped.
        case candidate
        case dead
    }

    /// Number within the line; of a candidate the one it would get.
    package var generation: Int64
    /// The generation whose refresh token brought it.
    package let parentGeneration: Int64
    package let grant: GrantID
    /// The attempt that brought it: a line has at most one version per attempt. Also its version in the seal's AAD.
    package let attempt: AttemptID
    package let fence: Int64
    package var content: Content
    package var status: Status
    /// The revoker has to tell the provider: the line was revoked when it came (row 15), or will be one day, and this is the
    /// last of a grant that one from elsewhere has replaced.
    package var revocationPending: Bool

    package init(
        generation: Int64, parentGeneration: Int64, grant: GrantID, attempt: AttemptID, fence: Int64, content: Content,
        status: Status, revocationPending: Bool = false
    ) {
        self.generation = generation
        self.parentGeneration = parentGeneration
        self.grant = grant
        self.attempt = attempt
        self.fence = fence
        self.content = content
        self.status = status
        self.revocationPending = revocationPending
    }

    /// What the protocol carries but never looks into.
    package struct Content: Sendable, Hashable {
        /// The sealed token set.
        package var sealed: Data
        /// HMAC of the refresh token; nil when the set holds none.
        package var fingerprint: Data?
        package var receivedAt: Timestamp
        package var expiresAt: Timestamp?
        /// See `Line.dueAt`.
        package var dueAt: Timestamp?
        /// See `Line.notBefore`.
        package var notBefore: Timestamp?
        /// The refresh token's own end, if known.
        package var refreshExpiresAt: Timestamp?
        /// Nothing ends the access token: of one without `expiresAt` the difference from an unknown end.
        package var isEndless: Bool
        /// See `Line.canPresent`.
        package var canPresent: Bool

        package init(
            sealed: Data, fingerprint: Data?, receivedAt: Timestamp, expiresAt: Timestamp?, dueAt: Timestamp? = nil,
            notBefore: Timestamp? = nil, refreshExpiresAt: Timestamp? = nil, isEndless: Bool = false,
            canPresent: Bool = true
        ) {
            self.isEndless = isEndless
            self.canPresent = canPresent
            self.sealed = sealed
            self.fingerprint = fingerprint
            self.receivedAt = receivedAt
            self.expiresAt = expiresAt
            self.dueAt = dueAt
            self.notBefore = notBefore
            self.refreshExpiresAt = refreshExpiresAt
        }
    }
}
