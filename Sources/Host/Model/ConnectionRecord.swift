package import struct Foundation.Data

/// One owner's authorized relationship to one provider, as it is stored. Tokens are in its lines.
package struct ConnectionRecord: Sendable, Hashable {
    /// Whose connection it is.
    package enum Owner: Sendable, Hashable, Comparable, CustomStringConvertible {
        case organization
        case user(String)

        /// `organization` or the user's id.
        package var description: String {
            switch self {
            case .organization: "organization"
            case .user(let id): id
            }
        }

        /// Reads what `description` wrote.
        package init(_ text: String) { self = text == "organization" ? .organization : .user(text) }

        package static func < (left: Self, right: Self) -> Bool { left.description < right.description }
    }

    /// How far telling the provider has come, after revoke or delete.
    package enum Revocation: String, Sendable, Hashable, Codable {
        case none
        case pending
        case done
        /// The definition has no revocation endpoint.
        case unsupported
        /// Another host goes on with the grant, so the provider is told nothing (`connections export --hand-over`).
        case handedOver = "handed_over"
    }

    package let id: ConnectionID
    package let organization: OrganizationID
    package let connector: String
    package let client: String
    /// Unique per organization, connector and owner.
    package var name: String
    package var owner: Owner
    package let createdAt: Timestamp
    /// When the revoker tries next, while `revocation` is pending.
    package var revokeAt: Timestamp
    /// The grant it was made by, such as `authorization_code`, `refresh_token`.
    package var grantType: String
    /// Connection inputs that are no secret.
    package var inputs: [String: String]
    /// Secret connection inputs: a sealed JSON object.
    package var sealedInputs: Data?
    /// What its grant is redeemed with again, and the client's material that is its own: sealed as one, nil for neither.
    package var sealedGrant: Data?
    package var requestedScopes: [String]
    /// Nil while nothing was granted.
    package var grantedScopes: [String]?
    /// The same by the name of the token, where there are several; else empty.
    package var tokenScopes: [String: [String]]
    package var captured: [String: String]
    /// What its other grants were made with, as long as something of them is held.
    package var otherGrants: OtherGrants
    /// What is still to be done since an answer was committed; nil when nothing is.
    package var steps: OpenSteps?
    /// When the next step is due; nil while none is, or while it waits for a person.
    package var stepAt: Timestamp?
    /// The caller's own JSON object, as text.
    package var metadata: String
    /// After this it answers 404; rows stay until revocation is certain.
    package var deletedAt: Timestamp?
    package var revocation: Revocation

    package init(
        id: ConnectionID, organization: OrganizationID, connector: String, client: String, name: String, owner: Owner,
        createdAt: Timestamp, grantType: String, inputs: [String: String] = [:], sealedInputs: Data? = nil,
        requestedScopes: [String] = [], metadata: String = "{}"
    ) {
        self.id = id
        self.organization = organization
        self.connector = connector
        self.client = client
        self.name = name
        self.owner = owner
        self.createdAt = createdAt
        revokeAt = createdAt
        self.grantType = grantType
        self.inputs = inputs
        self.sealedInputs = sealedInputs
        self.requestedScopes = requestedScopes
        captured = [:]
        tokenScopes = [:]
        otherGrants = OtherGrants()
        self.metadata = metadata
        revocation = .none
    }

    /// The client that speaks for it.
    package var clientKey: ClientKey { ClientKey(organization: organization, connector: connector, name: client) }
}

/// What callers see of a connection: the worst of its lines (DESIGN.md §2).
package enum ConnectionStatus: String, Sendable, Hashable, CaseIterable {
    case pending
    case active
    case degraded
    case recovering
    case suspect
    case needsReauthorization = "needs_reauthorization"
    case verify
    case expired
    case revoked
    case disabled
}
