package import ConnectorSDK
package import Model

/// The answer to `authorize`.
package struct AuthorizeAnswer: Sendable {
    /// The host's own `GET /oauth/start/{ticket}`.
    package var authorizationURL: String
    package var providerURL: String
    package var state: String
    package var connection: ConnectionID
    package var expiresAt: Timestamp
}

/// The answer to the browser's ticket: go there, with this cookie.
package struct TicketAnswer: Sendable {
    package var location: String
    /// The cookie's value, to be set HttpOnly, SameSite=Lax, for `maxAge`.
    package var cookie: Secret
    package var maxAge: Duration
}

/// How the browser's authorization ended.
package struct CallbackAnswer: Sendable {
    package enum Status: String, Sendable {
        case connected
        case choose
        case denied
        case failed
    }

    package var status: Status
    /// Of a failure, a problem code; never the provider's text.
    package var code: String?
    package var connection: ConnectionID?
    /// Nil: show a page.
    package var returnTo: String?
}

/// A connection as it is listed and shown.
package struct ConnectionView: Sendable {
    package struct TokenLine: Sendable {
        package var name: String
        package var generation: Int64
        package var expiresAt: Timestamp?
        package var scopes: [String]?
        package var status: ConnectionStatus
    }

    package struct LastRefresh: Sendable {
        package var at: Timestamp
        package var outcome: String
    }

    package struct LastError: Sendable {
        package var at: Timestamp
        package var code: String
    }

    package var id: ConnectionID
    package var connector: String
    package var client: String
    package var name: String
    package var owner: String
    package var status: ConnectionStatus
    package var statusReason: String?
    package var generation: Int64
    package var expiresAt: Timestamp?
    package var nextRefreshAt: Timestamp?
    package var tokens: [TokenLine]
    package var grantedScopes: [String]?
    package var missingScopes: [String]
    package var captured: [String: String]
    /// What can be named with `PATCH {choice}`; nil while nothing is to be chosen.
    package var choices: [Choice]?
    /// The caller's own JSON object, as text.
    package var metadata: String
    package var revocation: ConnectionRecord.Revocation
    package var createdAt: Timestamp
    package var lastRefresh: LastRefresh?
    package var lastError: LastError?
}

/// A page of connections.
package struct ConnectionPage: Sendable {
    package var items: [ConnectionView]
    package var nextCursor: String?
}

/// An access token as it is served.
package struct TokenView: Sendable {
    package struct Warning: Sendable, Hashable {
        /// `refresh_failing`, `shorter_than_asked`, `unverified`, `unknown_lifetime`, `verify`.
        package var code: String
        package var detail: String
    }

    package var accessToken: Secret
    package var tokenType: String
    package var expiresAt: Timestamp?
    /// Remaining life in seconds.
    package var expiresIn: Int64?
    package var generation: Int64
    package var name: String
    package var scopes: [String]
    package var captured: [String: String]
    /// The caller's own JSON object, as text.
    package var metadata: String
    package var warnings: [Warning]
    /// For the log alone.
    package var connector: String?
}

/// The answer to a refresh.
package struct RefreshAnswer: Sendable {
    package enum Outcome: String, Sendable {
        case refreshed
        case joined
        case current
        case pending
    }

    package var token: TokenView
    package var outcome: Outcome
    /// With `pending`, and with `current` where a limit held the call back.
    package var retryAfter: Duration?
}

/// A row of the timeline.
package struct TimelineItem: Sendable {
    package var attempt: AttemptID
    package var token: String
    package var purpose: Attempt.Purpose
    package var state: Attempt.State
    package var generationIn: Int64
    package var generationOut: Int64?
    package var claimedAt: Timestamp
    package var sentAt: Timestamp?
    package var closedAt: Timestamp?
    package var outcome: String?
    /// Who asked for it.
    package var caller: String
    package var host: HostID
}

/// A page of the timeline, newest first.
package struct TimelinePage: Sendable {
    package var items: [TimelineItem]
    package var nextCursor: String?
}

/// The answer to revoke and delete.
package struct RevokeAnswer: Sendable {
    package var revocation: ConnectionRecord.Revocation
}

/// A connector in the list.
package struct ConnectorView: Sendable {
    package var definition: Definition
    package var enabled: Bool
    package var configured: Bool
    package var connections: [ConnectionStatus: Int]
    /// Why a changed definition waits to be accepted; nil when none does.
    package var held: String?
}

/// A client's config as it is shown: secrets only by name.
package struct ConfigView: Sendable {
    package var clientID: String?
    package var secretsSet: [String]
    package var redirectURIs: [String]
    package var scopes: [String]?
    package var inputs: [String: String]
    package var settings: ClientRecord.Settings
    package var updatedAt: Timestamp?
}

/// The secret organization inputs of a client: which are set.
package struct CredentialsView: Sendable {
    /// Something is set, and nothing that is required is missing.
    package var configured: Bool
    /// When the client was last changed; nil while nothing is set.
    package var updatedAt: Timestamp?
    /// The names of those that are set.
    package var fields: [String]
}

/// A page of events.
package struct EventPage: Sendable {
    package var events: [EventRecord]
    /// Opaque; always there, to poll with.
    package var next: String
}

/// The health of one part.
package struct PartHealth: Sendable {
    package enum Status: String, Sendable, Comparable {
        case healthy
        case degraded
        case unhealthy

        package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
        private var rank: Int { Self.allOrdered.firstIndex(of: self) ?? 0 }
        private static let allOrdered: [Self] = [.healthy, .degraded, .unhealthy]
    }

    package var status: Status
    /// How long the part took to answer when it was last asked, which may have been for another caller a moment before;
    /// zero where nothing has to be asked.
    package var latency: Duration
    package var detail: String?

    package init(status: Status, latency: Duration, detail: String? = nil) {
        self.status = status
        self.latency = latency
        self.detail = detail
    }
}

/// The health of the host: the worst of its parts counts.
package struct HealthReport: Sendable {
    package var status: PartHealth.Status
    package var at: Timestamp
    /// By the names of DESIGN.md §7: store, keys, audit, connectors, events, cache, config.
    package var services: [(name: String, health: PartHealth)]

    /// Adds what makes a service ill that the pipeline does not know of: then it is at least degraded.
    package mutating func add(_ ills: [String], to service: String) {
        guard !ills.isEmpty, let index = services.firstIndex(where: { $0.name == service }) else { return }
        let part = services[index].health
        services[index].health.status = max(part.status, .degraded)
        services[index].health.detail = ((part.detail.map { [$0] } ?? []) + ills).joined(separator: "; ")
        status = max(status, .degraded)
    }
}

/// The answer to a grant without a browser.
package enum RedeemAnswer: Sendable {
    case connected(ConnectionView)
    case device(DeviceAnswer)
}

/// What a person needs to allow a device (RFC 8628 §3.2); the host polls meanwhile.
package struct DeviceAnswer: Sendable {
    package var connection: ConnectionID
    package var userCode: String
    package var verificationURI: String
    package var verificationURIComplete: String?
    /// How often the host asks whether it was allowed.
    package var interval: Duration
    package var expiresAt: Timestamp
}
