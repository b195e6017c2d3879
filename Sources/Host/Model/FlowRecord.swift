package import struct Foundation.Data

/// One authorization on its way through the browser. State, ticket and cookie are stored hashed (SECURITY.md line 2).
package struct FlowRecord: Sendable, Hashable {
    package let id: FlowID
    package let organization: OrganizationID
    package let connection: ConnectionID
    package let connector: String
    package let client: String
    /// Identity of the caller that started it: `user:<id>` or `service:<id>`.
    package let startedBy: String
    package var stateHash: Data
    package let ticketHash: Data
    /// Nil until the browser took its ticket.
    package var cookieHash: Data?
    /// Set when the ticket was used: it is good once.
    package var ticketUsedAt: Timestamp?
    package let redirectURI: String
    /// Sealed PKCE verifier; nil where the definition says `pkce: off`.
    package let sealedVerifier: Data?
    package let scopes: [String]
    /// Inputs that take effect with the new grant; the old ones stay for the old grant.
    package let inputs: [String: String]
    package let sealedInputs: Data?
    package let loginHint: String?
    package let returnTo: String?
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
    /// Set when the state was used, before the code is presented: it is good once.
    package var usedAt: Timestamp?
    /// Set where the host polls for what a person decides elsewhere (RFC 8628); then nobody comes back with a state.
    package var device: Device?
    /// Set where a grant that nobody attends renews the connection; then no code comes.
    package var renewal: Renewal?
    /// How it ended: `connected`, `choose`, `denied`, or `failed:<code>`. Nil while open.
    package var result: String?

    package init(
        id: FlowID, organization: OrganizationID, connection: ConnectionID, connector: String, client: String,
        startedBy: String, stateHash: Data, ticketHash: Data, redirectURI: String, sealedVerifier: Data?,
        scopes: [String], inputs: [String: String], sealedInputs: Data?, loginHint: String?, returnTo: String?,
        createdAt: Timestamp, expiresAt: Timestamp
    ) {
        self.id = id
        self.organization = organization
        self.connection = connection
        self.connector = connector
        self.client = client
        self.startedBy = startedBy
        self.stateHash = stateHash
        self.ticketHash = ticketHash
        self.redirectURI = redirectURI
        self.sealedVerifier = sealedVerifier
        self.scopes = scopes
        self.inputs = inputs
        self.sealedInputs = sealedInputs
        self.loginHint = loginHint
        self.returnTo = returnTo
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    /// Whether somebody was sent to a consent page of ours. An exchange without state has a flow whose state was never
    /// good.
    package var hasConsentPage: Bool { device == nil && expiresAt > createdAt }

    /// What takes effect with the answer to a renewal that nobody attends.
    package struct Renewal: Sendable, Hashable {
        /// As `ConnectionRecord.grantType`.
        package let grantType: String
        /// As `ConnectionRecord.sealedGrant`.
        package let sealedGrant: Data?
        /// The grant that the connection's first line had when it began: once another has taken its place it comes too
        /// late.
        package var replaces: GrantID

        package init(grantType: String, sealedGrant: Data?, replaces: GrantID) {
            self.grantType = grantType
            self.sealedGrant = sealedGrant
            self.replaces = replaces
        }
    }

    /// A device authorization that is being polled.
    package struct Device: Sendable, Hashable {
        /// The device code, sealed.
        package let sealedCode: Data
        /// The least time between two polls; the provider may ask for more.
        package var interval: Duration
        /// When it is polled next.
        package var pollAt: Timestamp

        package init(sealedCode: Data, interval: Duration, pollAt: Timestamp) {
            self.sealedCode = sealedCode
            self.interval = interval
            self.pollAt = pollAt
        }
    }
}
