package import Model
import StoreContract

/// Listing and showing connections.
extension TokenPipeline {
    /// A page of the connections that a caller sees, oldest first.
    package func connections(
        _ filters: ConnectionFilters = ConnectionFilters(), cursor: String?, limit: Int, by caller: Caller
    ) async throws -> ConnectionPage {
        try caller.require(.readConnectors)
        var filter = ConnectionFilter(organization: caller.organization)
        filter.connector = filters.connector
        filter.status = filters.status
        filter.name = filters.name
        filter.owners = try owners(named: filters.owner, for: caller)
        let cursors = Cursors(.connections(filters), of: caller.organization, parts.installation)
        let start = try cursor.map { try cursors.connection($0) }
        if let connector = filters.connector, !caller.reaches(connector: connector) {
            return ConnectionPage(items: [], nextCursor: nil)
        }
        let wanted = filter
        let rows = try await wrapping {
            try await self.parts.store.read { reader in
                try reader.connections(wanted, after: start, limit: limit + 1).map { connection in
                    (connection, try reader.summary(of: connection))
                }
            }
        }
        let shown = rows.prefix(limit)
        let items = shown.filter { caller.sees($0.0) }.map { view($0.0, $0.1) }
        let next =
            rows.count > limit
            ? shown.last.map { cursors.text(ConnectionCursor(createdAt: $0.0.createdAt, id: $0.0.id)) } : nil
        return ConnectionPage(items: items, nextCursor: next)
    }

    /// One connection.
    package func connection(_ id: ConnectionID, by caller: Caller) async throws -> ConnectionView {
        try caller.require(.readConnectors)
        return try await view(of: id, for: caller)
    }

    /// What a caller is shown of what he has just made or changed; that he may do that was asked before.
    func view(of id: ConnectionID, for caller: Caller) async throws -> ConnectionView {
        let found = try await wrapping {
            try await self.parts.store.read { reader -> (ConnectionRecord, ConnectionSummary)? in
                guard let connection = try reader.connection(id) else { return nil }
                return (connection, try reader.summary(of: connection))
            }
        }
        guard let (connection, summary) = found, caller.sees(connection) else { throw Self.noSuchConnection }
        return view(connection, summary)
    }

    /// Why it refreshed when it did: attempts, newest first.
    package func timeline(
        of id: ConnectionID, cursor: String?, limit: Int, by caller: Caller
    ) async throws -> TimelinePage {
        try caller.require(.inspect)
        _ = try await snapshot(id, token: "default", for: caller)
        let cursors = Cursors(.timeline(id), of: caller.organization, parts.installation)
        let before = try cursor.map { try cursors.number($0) }
        let rows = try await wrapping {
            try await self.parts.store.read { try $0.timeline(of: id, before: before, limit: limit + 1) }
        }
        let shown = rows.prefix(limit)
        return TimelinePage(
            items: shown.map(TimelineItem.init),
            nextCursor: rows.count > limit ? shown.last.map { cursors.text($0.cursor) } : nil)
    }

    private func owners(named owner: String?, for caller: Caller) throws -> [ConnectionRecord.Owner]? {
        guard let owner else { return caller.visibleOwners }
        let wanted = ConnectionRecord.Owner(owner)
        if let visible = caller.visibleOwners, !visible.contains(wanted) { return [] }
        return [wanted]
    }

    private func view(_ connection: ConnectionRecord, _ summary: ConnectionSummary) -> ConnectionView {
        let now = parts.store.now
        let first = summary.lines.first
        let statuses = summary.lines.map { $0.status(at: now) }
        let status = ConnectionStatus.worst(statuses).with(connection.steps?.status).shown(enabled: summary.enabled)
        return ConnectionView(
            id: connection.id, connector: connection.connector, client: connection.client, name: connection.name,
            owner: connection.owner.description, status: status,
            statusReason: Self.reason(summary.lines, connection.steps),
            generation: first?.generation ?? 0, expiresAt: first?.expiresAt,
            nextRefreshAt: first.flatMap { nextTry($0, of: connection, enabled: summary.enabled) },
            tokens: zip(summary.lines, statuses).map { line, status in
                .init(
                    name: line.id.name, generation: line.generation, expiresAt: line.expiresAt,
                    scopes: connection.scopes(of: line.id.name), status: status)
            },
            grantedScopes: connection.grantedScopes, missingScopes: connection.missingScopes,
            captured: connection.captured, choices: connection.steps?.waiting?.choices, metadata: connection.metadata,
            revocation: connection.revocation,
            createdAt: connection.createdAt, lastRefresh: summary.lastRefresh,
            lastError: summary.lastError.later(connection.steps?.failure))
    }

    /// When the scheduler tries it next, as far as its own times and its client's breaker say; nil: never unasked.
    private func nextTry(_ line: Line, of connection: ConnectionRecord, enabled: Bool) -> Timestamp? {
        guard enabled || line.mustFinish, let wakeAt = line.wakeAt else { return nil }
        return gates.openCode(connection.clientKey).map { max(wakeAt, $0.until) } ?? wakeAt
    }

    private static func reason(_ lines: [Line], _ steps: OpenSteps?) -> String? {
        for line in lines { if case .needsReauthorization(let reason) = line.state { return reason.rawValue } }
        if let steps, let failure = steps.failure, failure.isFinal || steps.awaitsOthers { return failure.code }
        guard let steps, steps.status != nil else { return nil }
        return steps.waiting == nil ? steps.remaining.first?.description : "choice"
    }
}

extension ConnectionView.LastError? {
    /// The later one of a refresh's and a step's.
    fileprivate func later(_ failure: OpenSteps.Failure?) -> Self {
        guard let failure, (self?.at ?? .distantPast) <= failure.at else { return self }
        return .init(at: failure.at, code: failure.code)
    }
}

/// What a view shows besides the connection itself.
struct ConnectionSummary: Sendable {
    var lines: [Line]
    var enabled: Bool
    var lastRefresh: ConnectionView.LastRefresh?
    var lastError: ConnectionView.LastError?
}

extension StoreReader {
    func summary(of connection: ConnectionRecord) throws -> ConnectionSummary {
        let lines = try lines(of: connection.id)
        var summary = ConnectionSummary(
            lines: lines,
            enabled: try isEnabled(connector: connection.connector, organization: connection.organization))
        guard let line = lines.first, let last = try lastClosedAttempt(of: line.id), let closed = last.closedAt else {
            if lines.allSatisfy({ $0.generation == 0 }) {
                summary.lastError = try failedAuthorization(of: connection.id)
            }
            return summary
        }
        summary.lastRefresh = .init(at: closed, outcome: last.state.rawValue)
        if last.state != .done { summary.lastError = .init(at: closed, code: last.outcome ?? last.state.rawValue) }
        return summary
    }
}

extension StoreReader {
    /// Why a connection that never held a token is still pending: how its last authorization failed.
    private func failedAuthorization(of connection: ConnectionID) throws -> ConnectionView.LastError? {
        guard let flow = try lastEndedFlow(of: connection), let result = flow.result else { return nil }
        let at = flow.usedAt ?? flow.createdAt
        if result == CallbackAnswer.Status.denied.rawValue { return .init(at: at, code: "access_denied") }
        let pieces = result.split(separator: ":", maxSplits: 1).map(String.init)
        return pieces.count > 1 ? .init(at: at, code: pieces[1]) : nil
    }
}

extension TimelineItem {
    init(_ entry: TimelineEntry) {
        let attempt = entry.attempt
        self.init(
            attempt: attempt.id, token: entry.line, purpose: attempt.purpose, state: attempt.state,
            generationIn: attempt.generationIn, generationOut: entry.generationOut, claimedAt: attempt.claimedAt,
            sentAt: attempt.sentAt, closedAt: attempt.closedAt, outcome: attempt.outcome, caller: attempt.caller,
            host: attempt.host)
    }
}
