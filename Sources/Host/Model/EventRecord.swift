/// One event of the outbox, written in the transaction of the change it tells of; never with token material.
package struct EventRecord: Sendable, Hashable {
    /// The event types of DESIGN.md §8.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case tokenCreated = "TOKEN_CREATED"
        case tokenRefreshed = "TOKEN_REFRESHED"
        case tokenRevoked = "TOKEN_REVOKED"
        case tokenExpired = "TOKEN_EXPIRED"
        case tokenRefreshFailed = "TOKEN_REFRESH_FAILED"
        case tokenReauthorizationRequired = "TOKEN_REAUTHORIZATION_REQUIRED"
        case tokenReauthorizationDue = "TOKEN_REAUTHORIZATION_DUE"
        case scopesReduced = "SCOPES_REDUCED"
        case connectorWarning = "CONNECTOR_WARNING"
        case auditCheckpoint = "AUDIT_CHECKPOINT"
        case appEnabled
        case appDisabled
    }

    /// Random, the same at every delivery.
    package let id: String
    package let kind: Kind
    package let organization: OrganizationID
    package let connector: String
    /// Nil for events of a connector or a host.
    package let connection: ConnectionID?
    package let owner: String?
    package let generation: Int64?
    package let epoch: Int64
    /// A code such as `refused`, or a checkpoint's text; no secret.
    package let reason: String?
    package let at: Timestamp

    package init(
        id: String, kind: Kind, organization: OrganizationID, connector: String, connection: ConnectionID? = nil,
        owner: String? = nil, generation: Int64? = nil, epoch: Int64, reason: String? = nil, at: Timestamp
    ) {
        self.id = id
        self.kind = kind
        self.organization = organization
        self.connector = connector
        self.connection = connection
        self.owner = owner
        self.generation = generation
        self.epoch = epoch
        self.reason = reason
        self.at = at
    }
}
