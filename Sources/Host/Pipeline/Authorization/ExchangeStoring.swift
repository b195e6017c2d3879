import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import Secrets
import Spool
import StoreContract

/// What an exchange's answer becomes: a new grant of its connection (PROTOCOL.md §7).
extension TokenPipeline {
    /// Reads a spooled exchange answer and commits it as a new grant. Safe to repeat. A failure inside the result is the
    /// answer's own and final; what is thrown is ours, and the entry has to stay.
    /// - Parameter onlyUnfilled: the person was told that it failed; what came since stays.
    func storeExchange(
        _ entry: SpoolEntry, flow id: FlowID, actor: Actor = .host, onlyUnfilled: Bool = false
    ) async throws -> ExchangeEnd {
        let (flow, line) = try await parts.store.read { (try $0.flow(id), try $0.line(entry.line)) }
        // Nobody is left whose grant this would be.
        guard let line else { return ExchangeEnd(result: .failure(Self.badState), keepsRaw: true) }
        // Began after the backup that was restored: nobody is left who would go on with it.
        if flow == nil, parts.epoch > 1 { return ExchangeEnd(result: .failure(Self.badState), keepsRaw: true) }
        guard let flow else {
            throw PipelineError(.internal, "The authorization of a spooled answer is gone: \(id).")
        }
        let material = try await material(of: flow, evenDeleted: true)
        let read = try await AnswerReader(parts: parts).read(
            entry, to: Self.redemption(flow, material), material: try proven(material, flow), line: line)
        guard case .tokens(let content) = read.answer else {
            let problem = Self.problem(of: read.failure)
            if flow.renewal == nil {
                await noteExchangeFailure(read, material.gate)
                try await endCode(of: flow, problem)
            } else {
                try await recordRefusal(read, entry, flow, material, actor)
            }
            return ExchangeEnd(result: .failure(problem), failure: read.failure, keepsRaw: read.keepsRaw)
        }
        do {
            let step = try await commit(content, read, entry, flow, material, actor, onlyUnfilled: onlyUnfilled)
            await noteSignals(step, client: material.gate)
            guard step.outcome == .candidate else { return ExchangeEnd(result: .success(step.outcome)) }
            let isRevoked = step.line.state == .revoked
            return ExchangeEnd(result: .failure(isRevoked ? Self.revokedMeanwhile : Self.renewedMeanwhile))
        } catch let error as PipelineError where error.code == .duplicateGrant {
            // A known refresh token: the first connection holds it, the second is refused.
            if flow.renewal != nil {
                try await record(
                    .ambiguous(entry.attempt, reason: error.code.rawValue), of: flow,
                    result: "failed:\(error.code.rawValue)", actor)
            } else {
                try await endCode(of: flow, error)
            }
            return ExchangeEnd(result: .failure(error), keepsRaw: true)
        }
    }

    private static let revokedMeanwhile = PipelineError(
        .revoked, "The connection was revoked while it was authorized; what came is revoked too.")

    /// What was sent beside a code, or is one that is sent again: an answer may repeat it.
    private func proven(_ material: Material, _ flow: FlowRecord) throws -> Material {
        var sent: [String: Secret] = [:]
        if let sealed = flow.sealedVerifier { sent["code_verifier"] = try openVerifier(sealed, flow) }
        if let device = flow.device { sent["device_code"] = try openDeviceCode(device, flow) }
        return material.adding(sent)
    }

    private func commit(
        _ content: TokenVersion.Content, _ read: AnswerReader.Read, _ entry: SpoolEntry, _ flow: FlowRecord,
        _ material: Material, _ actor: Actor, onlyUnfilled: Bool
    ) async throws -> LineStep {
        let parts = parts
        let rotation = material.rotation
        return try await write(flow.connection) { transaction in
            guard var connection = try transaction.connection(flow.connection),
                var line = try transaction.line(entry.line, withAttempt: entry.attempt)
            else { throw Self.badState }
            if onlyUnfilled, flow.renewal == nil, line.generation > 0 || line.state != .pending { throw Self.badState }
            try transaction.requireFree(content, for: entry.line, of: connection)
            for other in read.others {
                let id = LineID(connection: connection.id, name: other.name)
                try transaction.requireFree(other.content, for: id, of: connection)
            }
            let stored = line
            line.rotation = rotation
            let redeemer = Redeemer(
                host: parts.host, boot: parts.spool.boot, caller: flow.startedBy,
                sentAt: flow.usedAt ?? entry.receivedAt)
            let before = try transaction.lines(of: connection.id)
            let step = try transaction.step(
                line, replacing: stored, flow.event(entry, content, by: redeemer), timing: parts.settings.timing)
            if step.outcome != .duplicate {
                for other in read.others {
                    let filled = try transaction.fill(
                        other, beside: step.line, entry, by: redeemer, timing: parts.settings.timing)
                    try transaction.record(filled, of: connection, action: flow.action, by: actor, parts: parts)
                }
            }
            switch step.outcome {
            case .duplicate: return step  // it is in already, and what was learned may have moved on
            case .candidate:
                try transaction.remember(flow, entry, read, in: &connection)
                let isRevoked = step.line.state == .revoked
                if isRevoked { connection.awaitRevocation(material.definition, at: transaction.now) }
                try transaction.end(flow.id, isRevoked ? "failed:revoked" : "failed:revision_conflict")
            default:
                let terms = connection.terms
                connection.take(flow, filling: [entry.line.name] + read.others.map(\.name))
                connection.captured.merge(entry.captured) { $1 }
                _ = connection.learn(read, of: entry.line)
                try transaction.replace(terms, of: before, by: entry.grant, in: &connection)
                _ = connection.openSteps(
                    after: read, definition: material.definition, flow: flow, connects: true, at: transaction.now)
                try transaction.end(flow.id, "connected")
            }
            try transaction.update(connection)
            try transaction.record(step, of: connection, action: flow.action, by: actor, parts: parts)
            if step.outcome != .candidate {
                // After the event of the grant that it speaks of.
                try transaction.noteReducedScopes(
                    connection, since: nil, generation: step.line.generation, parts: parts)
            }
            return step
        }
    }

    private func noteExchangeFailure(_ read: AnswerReader.Read, _ client: ClientKey) async {
        guard case .clientError(let code) = read.answer, code != ProviderFailure.ofTheRequest else { return }
        await shareMisconfigured(client, code: code)
    }

}

extension StoreTransaction {
    /// Who else has or had the refresh token of a token set for a line: within one (token endpoint, client_id) it belongs to
    /// one line of one connection (PROTOCOL.md §2, §7). Nil: nobody.
    func holder(of content: TokenVersion.Content, besides line: LineID) throws -> ConnectionID? {
        guard let fingerprint = content.fingerprint, let holder = try connection(withFingerprint: fingerprint) else {
            return nil
        }
        guard holder == line.connection else { return holder }
        let others = try lines(of: holder).map(\.id).filter { $0 != line }
        let isHeld = try others.contains { try versions(of: $0).contains { $0.content.fingerprint == fingerprint } }
        return isHeld ? holder : nil
    }

    /// - Throws: `duplicate_grant` when somebody else has it.
    fileprivate func requireFree(
        _ content: TokenVersion.Content, for line: LineID, of connection: ConnectionRecord
    ) throws {
        guard let holder = try holder(of: content, besides: line) else { return }
        throw PipelineError.duplicate(holder, in: try self.connection(holder)?.organization, for: connection)
    }

    /// Redeems one more token of an answer into a line of its own, made if it is not there; revoked as the first one is.
    fileprivate func fill(
        _ other: AnswerReader.Other, beside first: Line, _ entry: SpoolEntry, by redeemer: Redeemer, timing: Timing
    ) throws -> LineStep {
        let (id, attempt) = (LineID(connection: first.id.connection, name: other.name), entry.attempt.of(other.name))
        let stored = try line(id, withAttempt: attempt)
        var line =
            stored
            ?? Line(id: id, organization: first.organization, grant: first.grant, rotation: first.rotation)
        // One that is made again after the store went back: its readers may know the generations of the lost rows.
        line.fence = max(line.fence, first.epochStart)
        line.rotation = first.rotation
        line.enabled = first.enabled
        if first.state == .revoked { line.state = .revoked }
        // Where the first one's answer came too late, so did the others'.
        let isLate = first.state != .revoked && first.grant != entry.grant
        let event: LineEvent =
            isLate
            ? .renewed(attempt, grant: entry.grant, from: entry.grant, content: other.content)
            : .redeem(attempt, grant: entry.grant, content: other.content, by: redeemer)
        return try step(line, replacing: stored, event, timing: timing)
    }

    /// Granted less than asked for, or less than it was: an event (SECURITY.md line 9), where this answer brought that about.
    /// - Parameter before: as it was before the answer; nil where a grant begins.
    func noteReducedScopes(
        _ connection: ConnectionRecord, since before: ConnectionRecord?, generation: Int64, parts: PipelineParts
    ) throws {
        let (missing, granted) = (connection.missingScopes, connection.grantedScopes ?? [])
        let lost = (before?.grantedScopes ?? []).filter { !granted.contains($0) }
        let isNews = !lost.isEmpty || !Set(missing).isSubset(of: before?.missingScopes ?? [])
        guard isNews else { return }
        let all = missing + lost.filter { !missing.contains($0) }
        try tell(
            .scopesReduced, "missing: \(all.joined(separator: " "))", of: connection, generation: generation,
            parts: parts)
    }
}

extension ConnectionRecord {
    /// A flow's inputs and scopes take effect with its grant. Lines that it does not fill keep their grant, and what that
    /// was granted (docs/decisions/0025-findings-mended.md).
    fileprivate mutating func take(_ flow: FlowRecord, filling lines: [String]) {
        takeGrant(of: flow)
        // What was captured belongs to where the inputs lead.
        if inputs != flow.inputs { captured = [:] }
        inputs = flow.inputs
        sealedInputs = flow.sealedInputs
        requestedScopes = flow.scopes
        grantedScopes = nil
        for name in lines { tokenScopes[name] = nil }
    }

    /// Which grant it is that a flow brings, and what it is redeemed with again.
    mutating func takeGrant(of flow: FlowRecord) {
        guard let renewal = flow.renewal else {
            grantType = (flow.device == nil ? GrantType.authorizationCode : .deviceCode).rawValue
            return
        }
        grantType = renewal.grantType
        sealedGrant = renewal.sealedGrant
    }

    /// What one of its tokens was granted, as far as that is known.
    func scopes(of line: String) -> [String]? { tokenScopes[line] ?? (tokenScopes.isEmpty ? grantedScopes : nil) }

    /// Asked for and not granted; empty while nothing was granted. `offline_access` asks for a refresh token and is no right of
    /// its own: servers leave it out of what they grant (OpenID Connect Core §11).
    var missingScopes: [String] {
        guard let grantedScopes else { return [] }
        return requestedScopes.filter { !grantedScopes.contains($0) && $0 != "offline_access" }
    }
}
