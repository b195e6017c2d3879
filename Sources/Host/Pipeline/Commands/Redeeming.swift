import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import Secrets
import Spool
import StoreContract

/// `POST …/connections`: grants without a browser. All go through the refresh protocol, from T1 on: one whose answer got
/// lost is presented again, and what came is spooled before it is read.
extension TokenPipeline {
    /// Redeems a grant without a browser, or begins to wait for a person who allows a device.
    package func redeem(_ request: RedeemRequest, by caller: Caller) async throws -> RedeemAnswer {
        try caller.require(.writeConnections)
        try await requireServing()
        let entry = try await usableConnector(request.connector, for: caller)
        return try await judgingInputs(of: entry.definition) { try await redeem(request, entry.definition, by: caller) }
    }

    private func redeem(
        _ request: RedeemRequest, _ definition: Definition, by caller: Caller
    ) async throws -> RedeemAnswer {
        let grant = try CheckedGrant(request, of: definition)
        if request.grant == GrantType.deviceCode.rawValue {
            return .device(try await startDevice(request, grant, definition, by: caller))
        }
        if let id = request.connection {
            return .connected(try await renew(id, request, grant, definition, by: caller))
        }
        let connection = try await connection(for: request, grant, definition, caller)
        return .connected(try await present(grant, for: connection, caller))
    }

    /// Pending connection, fingerprint and attempt in one transaction, before the first presentation (PROTOCOL.md §7).
    private func present(
        _ grant: CheckedGrant, for connection: ConnectionRecord, _ caller: Caller
    ) async throws -> ConnectionView {
        let client = try await client(connection.clientKey)
        let attempt = AttemptID.random()
        let content = try await wrapping { () -> TokenVersion.Content in
            try await self.parts.keyRing.prepare(caller.organization)
            let material = try self.parts.material(for: connection, client: client)
            try Self.requireRequest(grant, material)
            return try self.content(grant.refreshToken, attempt, connection, material)
        }
        let line = LineID(connection: connection.id)
        let start = RefreshRun.Start.importing(connection, .random(prefix: "grant_"), content)
        let (pending, _) = inFlight.join(line) { pending in
            var run = RefreshRun(
                self, line: line, start: start, actor: Actor(caller), pending: pending, attempt: attempt)
            await run.run()
        }
        let report = await pending.value(within: parts.settings.timing.soft)
        return try await imported(connection.id, report, caller)
    }

    /// A new connection, not stored yet.
    func connection(
        for request: RedeemRequest, _ grant: CheckedGrant, _ definition: Definition, _ caller: Caller
    ) async throws -> ConnectionRecord {
        var inputs = try CheckedInputs(request.inputs ?? [:], of: definition)
        var record = ConnectionRecord(
            id: .random(prefix: "conn_"), organization: caller.organization, connector: definition.id,
            client: request.client, name: try Self.checkedName(request.name),
            owner: try caller.owner(named: request.owner), createdAt: parts.store.now, grantType: request.grant,
            metadata: request.metadata ?? "{}")
        record.requestedScopes = try await scopes(request.scopes, definition, record.clientKey)
        record.inputs = inputs.plain
        try await seal(&inputs, for: record)
        record.sealedInputs = inputs.sealed
        record.sealedGrant = try await sealed(grant.stored, for: record)
        try PipelineError.refuse(definition.problems(withCaptured: request.captured), "What was captured is not right.")
        record.captured = request.captured
        return record
    }

    /// Nil where there is nothing to keep.
    func sealed(_ grant: StoredGrant, for record: ConnectionRecord) async throws -> Data? {
        guard !grant.isEmpty else { return nil }
        return try await wrapping {
            try await self.parts.keyRing.prepare(record.organization)
            return try self.parts.sealer.seal(grant.encoded(), for: .grant(of: record))
        }
    }

    /// What cannot even be written is told before anything is stored: a wrong host, a missing input, an unusable key.
    static func requireRequest(_ grant: CheckedGrant, _ material: Material) throws {
        let full = material.adding(["refresh_token": grant.refreshToken].compactMapValues { $0 })
        do {
            let request = try full.entry.connector.request(full.operation(from: 0), in: full.context)
            _ = try RequestAssembly.assemble(request, secrets: full.secrets, now: .wallClock)
        } catch let error as ConnectorError where error.place == "subject" {
            throw PipelineError.invalid("subject", error.remedy)
        }
    }

    /// Generation 0: the refresh token alone, sealed and fingerprinted, or nothing where the grant is redeemed again.
    func content(
        _ refreshToken: Secret?, _ attempt: AttemptID, _ connection: ConnectionRecord, _ material: Material
    ) throws -> TokenVersion.Content {
        let line = Line(
            id: LineID(connection: connection.id), organization: connection.organization, grant: GrantID("-"),
            rotation: material.rotation)
        let stored = StoredTokens(importing: refreshToken, scopes: connection.requestedScopes)
        return TokenVersion.Content(
            sealed: try parts.sealer.seal(
                stored.encoded(), for: .tokens(of: line, attempt: RefreshProtocol.importID(of: attempt))),
            fingerprint: refreshToken.map { parts.fingerprint(of: $0, material) }, receivedAt: parts.store.now,
            expiresAt: parts.store.now)
    }

    /// The caller still has what was redeemed, so one that brought nothing is not kept here. Whatever is open stays: the
    /// connection shows how it goes on.
    private func imported(_ id: ConnectionID, _ report: RunReport?, _ caller: Caller) async throws -> ConnectionView {
        switch report?.result {
        case nil, .committed(.advanced)?, .committed(.adopted)?: break
        default:
            let keepsAnswer = report?.keepsAnswer ?? false
            guard
                try await wrapping({
                    try await self.write(id) { try $0.eraseFailedImport(id, keepsAnswer: keepsAnswer) }
                })
            else { break }
            if let problem = report?.problem { throw problem }
            if let report, report.hasSentNothing {
                throw PipelineError(.storeUnavailable, "The store cannot be used now.", retryAfter: .seconds(2))
            }
            throw Self.problem(of: report?.failure)
        }
        return try await view(of: id, for: caller)
    }
}

extension RunReport {
    /// The store, or what goes with it, was away before anything was sent: the provider has not been asked.
    fileprivate var hasSentNothing: Bool {
        switch result {
        case .storeUnavailable: true
        case .notSent: failure == nil
        default: false
        }
    }
}

extension StoreTransaction {
    /// Erases a grant that brought nothing, unless something of it may still be at work or arrive: its refresh token
    /// would else be imported and presented again beside that (PROTOCOL.md I1, I6). One without a refresh token has no
    /// such presentation to wait for: whatever its call still does at the provider, a new grant is another.
    /// - Parameter keepsAnswer: an answer was put aside that a mended definition may read.
    /// - Returns: False when it stays.
    func eraseFailedImport(_ id: ConnectionID, keepsAnswer: Bool) throws -> Bool {
        let isOver = try lines(of: id).allSatisfy { line in
            guard line.generation == 0, !line.versions.contains(where: { $0.status == .candidate }) else {
                return false
            }
            guard line.current?.content.fingerprint == nil else { return line.attempts.isEmpty && line.quietAt <= now }
            return !keepsAnswer && line.attempts.allSatisfy(\.isOver)
        }
        guard isOver else { return false }
        try erase(id)
        return true
    }

    /// Erases a grant that the provider has refused for good before it brought a token, also one whose first answer got
    /// lost, once nothing of it can arrive any more, from this host or another. False when it stays, as while somebody
    /// authorizes it anew, or an answer is kept that a mended definition may read.
    func eraseDeadImport(_ id: ConnectionID, parts: PipelineParts) throws -> Bool {
        guard try connection(id)?.deletedAt == nil, try !hasOpenFlow(id), try !isExchanging(id) else { return false }
        let lines = try lines(of: id)
        let isDead = lines.allSatisfy { line in
            guard case .needsReauthorization = line.state else { return false }
            let entries = parts.spool.entries
            return line.generation == 0 && line.quietAt <= now
                && line.attempts.allSatisfy { $0.isOver && $0.host == parts.host }
                && !line.versions.contains { $0.status == .candidate }
                && !entries.hasEntry(for: line.id) && !entries.kept.hasAnswer(for: line.id)
        }
        guard isDead, !lines.isEmpty else { return false }
        try erase(id)
        return true
    }
}
