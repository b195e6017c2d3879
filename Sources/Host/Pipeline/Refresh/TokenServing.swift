import Audit
import ConnectorSDK
package import Model
import RefreshProtocol
import Secrets
import StoreContract
import Telemetry

/// Reading a token: the hot path.
extension TokenPipeline {
    /// Serves the access token, refreshed first when less than the asked validity is left.
    /// - Throws: the problems of DESIGN.md §7; nothing is served before its audit record is durable.
    package func token(of id: ConnectionID, _ request: TokenRequest, by caller: Caller) async throws -> TokenView {
        try caller.require(.readTokens)
        var snapshot = try await snapshot(id, token: request.name, for: caller, unverified: true)
        try snapshot.requireServable()
        var isRecorded = false
        if let until = snapshot.wantsRefresh(validFor: request.minimumValidity, at: parts.store.now) {
            let need = Claim.Need.validity(generation: snapshot.line.generation, until: until)
            let ended = await runRefresh(snapshot.line.id, need: need, actor: Actor(caller))
            snapshot = try await self.snapshot(of: snapshot.line.id, after: ended, for: caller, unverified: true)
            try snapshot.requireServable()
            if !snapshot.isValid(at: parts.store.now) {
                throw verdict(ended, snapshot).problem
            }
            isRecorded = ended?.records(snapshot) == true
        }
        guard snapshot.isValid(at: parts.store.now) else {
            throw verdict(nil, snapshot).problem
        }
        let warnings = snapshot.warnings(for: request, at: parts.store.now)
        return try await serve(snapshot, warnings: warnings, action: Self.read, to: caller, isRecorded: isRecorded)
    }

    /// What `token` would serve, where nothing has to be waited for but its audit record. Nil: `token` is to be asked. It
    /// alone loads, refreshes, compares with what others may have written, and says what is wrong.
    package func tokenAtHand(of id: ConnectionID, _ request: TokenRequest, by caller: Caller) -> TokenAtHand? {
        guard parts.store.isExclusive, (try? caller.require(.readTokens)) != nil,
            let snapshot = cache.snapshot(LineID(connection: id, name: request.name)),
            caller.sees(snapshot.connection), (try? snapshot.requireServable()) != nil
        else { return nil }
        let now = parts.store.now
        guard snapshot.isValid(at: now), snapshot.wantsRefresh(validFor: request.minimumValidity, at: now) == nil,
            let served = try? served(
                snapshot, warnings: snapshot.warnings(for: request, at: now), action: Self.read, to: caller)
        else { return nil }
        return TokenAtHand(view: served.view) { [self] in recordRead(served.record, done: $0) }
    }

    private static let read = "token_read"

    /// The audit record first, then the token (SECURITY.md line 53).
    /// - Parameter isRecorded: T3 has recorded it already, with the same caller, token and request.
    func serve(
        _ snapshot: ConnectionSnapshot, warnings: [TokenView.Warning], action: String, to caller: Caller,
        isRecorded: Bool = false
    ) async throws -> TokenView {
        let (view, record) = try served(snapshot, warnings: warnings, action: action, to: caller)
        if !isRecorded { try await recordRead(record) }
        return view
    }

    /// The token as it is served, and the record that comes first.
    private func served(
        _ snapshot: ConnectionSnapshot, warnings: [TokenView.Warning], action: String, to caller: Caller
    ) throws -> (view: TokenView, record: AuditRecord) {
        let ill = gateWarning(of: snapshot.connection)
        let warnings = snapshot.isUnverified ? warnings + [.unverified] : warnings
        guard let view = snapshot.view(at: parts.store.now, warnings: warnings, gate: ill),
            let token = snapshot.auditIdentifier
        else {
            throw PipelineError(.pending, "This connection holds no token yet.")
        }
        let record = AuditRecord(
            time: parts.store.now, organization: caller.organization, caller: caller.name, action: action,
            connector: snapshot.connection.connector, connection: snapshot.connection.id, generation: view.generation,
            token: token, request: caller.requestID, outcome: "served")
        return (view, record)
    }

    /// A refresh of the connection would be held back now, whatever became of its own last one.
    private func gateWarning(of connection: ConnectionRecord) -> TokenView.Warning? {
        if gates.isCalm { return nil }
        let rules = try? parts.connectors.entry(connection.connector).definition
        return gates.isIll(parts.gate(of: connection), connection: connection.id, rules: rules)
            ? .refreshFailing("The client's refreshes are held back for now.") : nil
    }

    /// Adds to this host's chain of reads, and returns when it is durable.
    /// - Throws: `audit_unavailable`: then nothing may be given away.
    func recordRead(_ record: AuditRecord) async throws {
        try await withCheckedThrowingContinuation { continuation in
            recordRead(record) { continuation.resume(with: $0) }
        }
    }

    /// The same for who does not wait: `done` is called once, and only hands the result on.
    private func recordRead(
        _ record: AuditRecord, done: @escaping @Sendable (Result<Void, PipelineError>) -> Void
    ) {
        let (began, flushes) = (HostClock.now, parts.metrics.auditFlushes)
        parts.audit.append(record) { result in
            if case .success = result { flushes.observe(HostClock.now - began) }
            done(result.mapError { _ in .auditUnavailable })
        }
    }
}

extension PipelineError {
    fileprivate static let auditUnavailable = PipelineError(
        .auditUnavailable, "The audit record cannot be made durable, so nothing is served.", retryAfter: .seconds(2))
}

/// A token that may be served as soon as its audit record is durable.
package struct TokenAtHand: Sendable {
    package let view: TokenView
    /// Makes the record durable. What is given is called once, on a thread that others wait for.
    package let record: @Sendable (@escaping @Sendable (Result<Void, PipelineError>) -> Void) -> Void
}

extension ConnectionSnapshot {
    /// States in which nothing is ever served.
    func requireServable() throws {
        if line.state == .revoked { throw PipelineError(.revoked, "This connection was revoked.") }
        if case .needsReauthorization = line.state { throw needsReauthorization }
        if !enabled {
            throw PipelineError(
                .connectorDisabled, "The connector \(connection.connector) is disabled in this organization.")
        }
        if let steps = connection.steps { try requireServable(steps) }
        if tokens?.accessToken == nil, line.state == .pending {
            throw PipelineError(.pending, "The authorization of this connection is not finished.")
        }
    }

    private func requireServable(_ steps: OpenSteps) throws {
        switch steps.status {
        case .needsReauthorization?: throw needsReauthorization
        case .pending?:
            throw PipelineError(
                .pending,
                "A choice is outstanding: name one of `choices` with PATCH /api/v1/connections/\(connection.id).")
        default: break
        }
    }

    /// The user must sign in again; the problem says where.
    var needsReauthorization: PipelineError {
        let reason =
            switch line.state {
            case .verify:
                "The store was restored or the grant exported, and no operator has said yet whether it is still good;"
            case .needsReauthorization(.restored): "The store was restored without the newest tokens of this grant;"
            default: "The provider refuses this grant;"
            }
        var error = PipelineError(
            .needsReauthorization, reason + " the owner has to authorize the connection again.")
        error.connection = connection.id
        error.connector = connection.connector
        return error
    }

    /// Remaining life; nil when it is unknown or endless.
    func remaining(at now: Timestamp) -> Duration? { line.expiresAt.map { $0 - now } }

    /// An unknown lifetime counts as valid until somebody reports the token as rejected.
    func isValid(at now: Timestamp) -> Bool {
        guard tokens?.accessToken != nil else { return false }
        return remaining(at: now).map { $0 > .zero } ?? true
    }

    /// What is to be said of a token that lives shorter than it was asked to.
    func warnings(for request: TokenRequest, at now: Timestamp) -> [TokenView.Warning] {
        guard let remaining = remaining(at: now), remaining < request.minimumValidity else { return [] }
        return [.init(code: "shorter_than_asked", detail: "The token lives shorter than min_validity.")]
    }

    /// Until when the token should live, if it does not; nil when there is no need to refresh. Where the provider grants
    /// less than is asked, a token is good until half its life is over (`shorter_than_asked`).
    func wantsRefresh(validFor wanted: Duration, at now: Timestamp) -> Timestamp? {
        guard let remaining = remaining(at: now), remaining < wanted || remaining <= .zero else { return nil }
        let until = now + max(wanted, .milliseconds(1))
        guard let current = line.current?.content, let expiresAt = current.expiresAt else { return until }
        let lifetime = expiresAt - current.receivedAt
        if lifetime <= wanted, remaining > lifetime / 2 { return nil }
        return until
    }

    /// The token as it is served; nil while there is none.
    /// - Parameter gate: what its client has to say, where its own state says nothing.
    func view(at now: Timestamp, warnings more: [TokenView.Warning], gate: TokenView.Warning?) -> TokenView? {
        guard let tokens, let accessToken = tokens.accessToken else { return nil }
        return TokenView(
            accessToken: accessToken, tokenType: tokens.type, expiresAt: line.expiresAt,
            expiresIn: remaining(at: now).map { max(0, $0.inMilliseconds / 1000) }, generation: line.generation,
            name: line.id.name, scopes: tokens.scopes, captured: connection.captured, metadata: connection.metadata,
            warnings: [refreshWarning ?? gate, line.hasUnknownLifetime ? .unknownLifetime : nil].compactMap(\.self)
                + more, connector: connection.connector)
    }

    /// What its own lines and steps have to say.
    var refreshWarning: TokenView.Warning? {
        switch line.state {
        case .verify:
            .init(
                code: "verify",
                detail: "The store was restored or the connection exported; an operator has to confirm it.")
        // A way out of VERIFY, for one.
        case .degraded where line.failures == 0:
            .refreshFailing(
                "The refresh that says whether this connection still works is due; this token is the stored one.")
        case .degraded, .recovering, .suspect: .refreshFailing
        case _ where line.failures > 0: .refreshFailing
        case _ where !line.canPresent && line.reportedDead == line.generation:
            .refreshFailing("This token was reported as rejected, and nothing can be presented for another.")
        default:
            connection.steps?.status == .degraded
                ? .refreshFailing("A step after the exchange is outstanding and tried again.") : nil
        }
    }
}

extension TokenView.Warning {
    fileprivate static let unknownLifetime = Self(
        code: "unknown_lifetime", detail: "The provider named no lifetime; report a rejected token.")
    static let unverified = Self(
        code: "unverified", detail: "The store is away; this token is the last that this host knows of.")
    static let refreshFailing = refreshFailing("The last refresh did not succeed; this token is the stored one.")
    static func refreshFailing(_ detail: String) -> Self { Self(code: "refresh_failing", detail: detail) }
}
