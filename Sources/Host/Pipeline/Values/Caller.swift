package import Model

/// Who calls, as its token said. Default deny: what is not named here is not allowed.
package struct Caller: Sendable, Hashable {
    /// A role of a user.
    package enum Role: String, Sendable, Hashable {
        case admin
        case member
    }

    /// What a service may do (DESIGN.md §7).
    package enum Scope: String, Sendable, Hashable, CaseIterable {
        case connectorRead = "connector:read"
        case connectorWrite = "connector:write"
        case connectionWrite = "connection:write"
        case tokenRead = "token:read"
        case tokenRefresh = "token:refresh"
        case tokenForce = "token:force"
        case eventsRead = "events:read"
        case configRead = "config:read"
        case configWrite = "config:write"
    }

    /// A person or a program.
    package enum Identity: Sendable, Hashable {
        case user(id: String, role: Role)
        /// `connectors` nil: all.
        case service(id: String, scopes: Set<Scope>, connectors: Set<String>?)
        /// Who has the host's own Unix user: commands of the machine, never a request of the API. Is given no
        /// token.
        case operating(user: String)
    }

    package let organization: OrganizationID
    package let identity: Identity
    /// Ties log lines, audit records and answers of one request together.
    package let requestID: String
    /// When what he proved himself with is no longer good, leeway included, on the wall clock; nil: it does not end.
    package let validUntil: Timestamp?
    /// Stands for all organizations that his token names: the same whichever of them the call is about.
    package let belonging: Int

    /// - Parameter belonging: nil: to that organization alone.
    package init(
        organization: OrganizationID, identity: Identity, requestID: String, validUntil: Timestamp? = nil,
        belonging: Int? = nil
    ) {
        self.organization = organization
        self.identity = identity
        self.requestID = requestID
        self.validUntil = validUntil
        self.belonging = belonging ?? Self.belonging(to: [organization])
    }

    /// One number for a set of organizations, in whatever order a token names them.
    package static func belonging(to organizations: [OrganizationID]) -> Int {
        Set(organizations).hashValue
    }

    /// `user:<id>`, `service:<id>` or `operator:<Unix user>`, for audit and logs.
    package var name: String {
        switch identity {
        case .user(let id, _): "user:\(id)"
        case .service(let id, _, _): "service:\(id)"
        case .operating(let user): "operator:\(user)"
        }
    }
}
