package import Model

package import struct Foundation.Data

/// Which connections a list shows.
package struct ConnectionFilter: Sendable, Hashable {
    package var organization: OrganizationID
    package var connector: String?
    package var owners: [ConnectionRecord.Owner]?
    package var name: String?
    /// What is shown of a connection: its worst line, or `disabled` (`ConnectionStatus.shown(enabled:)`). Nil: any.
    package var status: ConnectionStatus?

    package init(organization: OrganizationID) { self.organization = organization }
}

/// Where a list goes on.
package struct ConnectionCursor: Sendable, Hashable {
    package var createdAt: Timestamp
    package var id: ConnectionID

    package init(createdAt: Timestamp, id: ConnectionID) {
        self.createdAt = createdAt
        self.id = id
    }
}

/// One row of the counts.
package struct ConnectionCount: Sendable, Hashable {
    package var organization: OrganizationID
    package var connector: String
    package var status: ConnectionStatus
    package var count: Int

    package init(organization: OrganizationID, connector: String, status: ConnectionStatus, count: Int) {
        self.organization = organization
        self.connector = connector
        self.status = status
        self.count = count
    }
}

/// One row of a connection's timeline: an attempt with the generation it brought, if any; of an exchange the one by which its
/// grant was noted.
package struct TimelineEntry: Sendable, Hashable {
    package var cursor: Int64
    package var line: String
    package var attempt: Attempt
    package var generationOut: Int64?

    package init(cursor: Int64, line: String, attempt: Attempt, generationOut: Int64?) {
        self.cursor = cursor
        self.line = line
        self.attempt = attempt
        self.generationOut = generationOut
    }
}

/// A host as the store knows it.
package struct HostRecord: Sendable, Hashable {
    package var id: HostID
    package var boot: BootID
    package var heartbeatAt: Timestamp
    package var lost: Bool

    package init(id: HostID, boot: BootID, heartbeatAt: Timestamp, lost: Bool) {
        self.id = id
        self.boot = boot
        self.heartbeatAt = heartbeatAt
        self.lost = lost
    }
}

/// An organization's data key, wrapped by the key provider.
package struct DataKeyRecord: Sendable, Hashable {
    package var id: String
    package var organization: OrganizationID
    package var wrapped: Data
    package var createdAt: Timestamp
    package var encryptions: Int64
    package var retired: Bool

    package init(
        id: String, organization: OrganizationID, wrapped: Data, createdAt: Timestamp, encryptions: Int64, retired: Bool
    ) {
        self.id = id
        self.organization = organization
        self.wrapped = wrapped
        self.createdAt = createdAt
        self.encryptions = encryptions
        self.retired = retired
    }
}

/// How far the deletion of an organization has come. It stays when all else is gone: whoever still calls in that name
/// does not make the organization anew.
package struct OrganizationEnd: Sendable, Hashable {
    package let organization: OrganizationID
    package let beganAt: Timestamp
    /// When its rows and keys were erased; nil: they are still there, or some of them.
    package var erasedAt: Timestamp?
    /// When nothing of it was left in files and memory either.
    package var endedAt: Timestamp?
    /// When the name was let begin anew. The end stays all the same: an older backup holds what was erased.
    package var reopenedAt: Timestamp?
    /// Connections that were erased although their providers were not told.
    package var givenUp: Int64

    package init(
        organization: OrganizationID, beganAt: Timestamp, erasedAt: Timestamp? = nil, endedAt: Timestamp? = nil,
        reopenedAt: Timestamp? = nil, givenUp: Int64 = 0
    ) {
        self.organization = organization
        self.beganAt = beganAt
        self.erasedAt = erasedAt
        self.endedAt = endedAt
        self.reopenedAt = reopenedAt
        self.givenUp = givenUp
    }

    /// Nothing of it is begun.
    package var isInForce: Bool { reopenedAt == nil }
    /// Nothing of it can be opened any more.
    package var isErased: Bool { erasedAt != nil && isInForce }
}

/// The answer of a POST with `Idempotency-Key`, kept for a day; the body is sealed by the caller.
package struct IdempotentAnswer: Sendable, Hashable {
    /// Hash over organization, caller, route and the client's key.
    package var key: String
    /// Hash over the request's body: the same key with another body is refused.
    package var request: Data
    package var status: Int
    package var sealedBody: Data
    package var at: Timestamp

    package init(key: String, request: Data, status: Int, sealedBody: Data, at: Timestamp) {
        self.key = key
        self.request = request
        self.status = status
        self.sealedBody = sealedBody
        self.at = at
    }
}
