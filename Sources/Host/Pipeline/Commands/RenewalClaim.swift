import FaultPoints
import Foundation
import Model
import RefreshProtocol
import Secrets
import Spool
import StoreContract

/// T1 of a renewal: flow, attempt, and the refresh token with its fingerprint in one transaction, before anything is sent.
extension TokenPipeline {
    /// - Returns: `issued`: m1 and m2 in one, since T1 and T2 are one transaction (PROTOCOL.md §10). To wait for a place
    ///   takes nothing from the send window.
    func claim(
        _ renewal: Renewal
    ) async throws -> (attempt: Attempt, mark: Int64, admission: ClientGates.Admission, issued: MonotonicTime) {
        let (parts, line, flow, material) = (parts, renewal.line, renewal.flow, renewal.material)
        let client = material.gate
        var admission = try await wrapping {
            try await self.gates.ask(client, connection: flow.connection, rules: material.definition)
        }
        let known = parts.epochs.known
        do {
            let content = try await wrapping { () -> TokenVersion.Content? in
                try await parts.keyRing.prepare(flow.organization)
                guard let token = renewal.token else { return nil }
                return try self.content(token, renewal.attempt, material.connection, material)
            }
            let issued = HostClock.now
            let permit = Claim.Permit(
                breaker: admission.breaker, rateLimitedUntil: admission.rateLimitedUntil, storeTrusted: known.isTrusted)
            let (step, mark, shared) = try await wrapping {
                try await self.claiming(flow.connection) { transaction -> Claimed in
                    try parts.require(known, in: transaction)
                    let question = parts.store.isExclusive ? nil : try SharedAdmission(client, in: transaction)
                    guard var connection = try transaction.connection(flow.connection), connection.deletedAt == nil,
                        let stored = try transaction.line(line)
                    else { throw Self.noSuchConnection }
                    if let content { try transaction.requireFree(content, for: connection, stored) }
                    var shared = try question?.decided(at: transaction.now, longest: renewal.timing.lease)
                    let claim = Claim(
                        attempt: renewal.attempt, host: parts.host, boot: parts.spool.boot, need: .generation(0),
                        permit: permit.asking(shared?.verdict), caller: renewal.actor.name)
                    let event = LineEvent.renew(
                        claim, grant: renewal.grant, rotation: material.rotation, token: content)
                    let step = try transaction.step(stored, event, timing: renewal.timing)
                    guard step.outcome == .sent else { return (step, 0, shared) }
                    var flow = flow
                    flow.renewal?.replaces = stored.grant
                    try transaction.insert(flow)
                    connection.remember(
                        flow.terms(beside: connection), of: renewal.grant,
                        held: try transaction.heldLines(of: connection.id))
                    try transaction.update(connection)
                    try transaction.record(
                        step, of: connection, action: "renew_claim", by: renewal.actor, parts: parts)
                    try shared?.take(for: client, in: transaction)
                    return (step, try parts.drawMark(in: transaction, known: known), shared)
                }
            }
            gates.follow(shared, into: &admission)
            guard step.outcome == .sent, let attempt = step.line.attempt(renewal.attempt) else {
                throw await problem(of: step.outcome, line)
            }
            FaultPoint.claimed.reach()
            return (attempt, mark, admission, issued)
        } catch {
            gates.giveBack(admission)
            // Only the acknowledgement may have been lost: then nothing was sent all the same.
            if (error as? PipelineError)?.code == .storeUnavailable {
                goOnTelling(.notSent(renewal.attempt, reason: "store"), "failed:store_unavailable", renewal)
            }
            throw error
        }
    }

    private typealias Claimed = (LineStep, Int64, SharedAdmission.Decision?)

    private func claiming(
        _ connection: ConnectionID, _ body: @escaping @Sendable (any StoreTransaction) throws -> Claimed
    ) async throws -> Claimed {
        try await decidingAgain { try await writeDoubting(connection, body) }
    }

    /// Why nothing was presented, in the words of a refresh that had to wait.
    private func problem(of outcome: LineOutcome, _ line: LineID) async -> PipelineError {
        if case .inFlight(_, let until) = outcome {
            return PipelineError(
                .refreshInProgress, "Another renewal of this connection is under way.",
                retryAfter: max(.seconds(1), until - parts.store.now))
        }
        do {
            let snapshot = try await load(line)
            let breaker = gates.openCode(parts.gate(of: snapshot.connection))?.code
            return RefreshVerdict.problem(of: outcome, snapshot, breaker: breaker, now: parts.store.now)
        } catch {
            return PipelineError(wrapping: error)
        }
    }
}

extension StoreTransaction {
    /// A refresh token belongs to one connection, and is imported into it once (PROTOCOL.md §2, §7).
    fileprivate func requireFree(
        _ token: TokenVersion.Content, for connection: ConnectionRecord, _ line: Line
    ) throws {
        guard try lines(of: connection.id).count == 1 else {
            throw PipelineError.invalid(
                "connection", "holds several refresh tokens, of which this would replace one; authorize it anew")
        }
        guard let fingerprint = token.fingerprint, let holder = try self.connection(withFingerprint: fingerprint) else {
            return
        }
        let isLeftOver =
            holder == connection.id
            && line.versions.contains { line.isHeldForRenewal($0) && $0.content.fingerprint == fingerprint }
        guard isLeftOver else {
            throw PipelineError.duplicate(holder, in: try self.connection(holder)?.organization, for: connection)
        }
    }
}
