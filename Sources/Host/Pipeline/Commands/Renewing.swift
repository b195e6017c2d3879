import ConnectorSDK
import FaultPoints
import Foundation
import Logging
import Model
import Provider
import RefreshProtocol
import Secrets
import Spool
import StoreContract

/// `POST …/connections` with `connection`: another grant for a connection that keeps its id, without a person (PROTOCOL.md
/// §7, reconnect and import). It is presented beside the grant that is there, which serves and refreshes until the new
/// one's tokens are stored; a renewal that brings none has changed nothing.
extension TokenPipeline {
    /// Redeems a grant for a connection that is there.
    func renew(
        _ id: ConnectionID, _ request: RedeemRequest, _ grant: CheckedGrant, _ definition: Definition,
        by caller: Caller
    ) async throws -> ConnectionView {
        let flow = try await renewalFlow(id, request, grant, definition, caller)
        let material = try await material(of: flow)
        try Self.requireRequest(grant, material)
        let timing = parts.settings.timing.limited(hard: definition.refresh.hardDeadline)
        do {
            try await inFlight.exchange(into: LineID(connection: flow.connection)) {
                let place = try await self.place(for: material.gate, by: Actor(caller))
                try await self.carryOut(
                    Renewal(
                        flow: flow, material: material, place: place, token: grant.refreshToken, actor: Actor(caller),
                        timing: timing))
            }
        } catch let waiting as AnswerWaits {
            throw waiting.problem
        }
        await settleSteps(of: id, by: Actor(caller))
        return try await view(of: id, for: caller)
    }

    /// One renewal on its way.
    struct Renewal: Sendable {
        let flow: FlowRecord
        let material: Material
        let place: CallPlace
        /// With grant `refresh_token` only.
        let token: Secret?
        let actor: Actor
        let timing: Timing
        let attempt = AttemptID.random()
        let grant = GrantID.random(prefix: "grant_")

        var line: LineID { LineID(connection: flow.connection) }
    }

    private func renewalFlow(
        _ id: ConnectionID, _ request: RedeemRequest, _ grant: CheckedGrant, _ definition: Definition,
        _ caller: Caller
    ) async throws -> FlowRecord {
        var asked = AuthorizeRequest(connector: request.connector)
        asked.inputs = request.inputs
        asked.scopes = request.scopes
        asked.clientMaterial = request.clientMaterial
        let draft = try await renewal(of: id, asked, definition, caller)
        let record = draft.record
        try request.requireSame(as: record, for: caller)
        // The client is the connection's own from the beginning.
        let own = try await wrapping {
            try await self.parts.keyRing.prepare(record.organization)
            return try self.parts.grant(of: record).material
        }
        let stored = try await sealed(
            StoredGrant(parameters: grant.stored.parameters, material: own), for: record)
        let now = parts.store.now
        var flow = FlowRecord(
            .random(prefix: "flow_"), for: record, inputs: draft.inputs, by: caller, redirectURI: "", from: now,
            until: now)
        flow.usedAt = now
        flow.renewal = FlowRecord.Renewal(grantType: request.grant, sealedGrant: stored, replaces: GrantID("-"))
        return flow
    }

    /// From T1 to the deleted spool entry. Runs to its end whatever the caller does.
    private func carryOut(_ renewal: Renewal) async throws {
        let epoch = parts.epoch
        let (attempt, mark, admission, issued) = try await claim(renewal)
        let presentation: Presentation
        do {
            try await parts.journal.append(
                JournalLine(
                    attempt: attempt.id, line: renewal.line, fence: attempt.fence, mark: mark,
                    sentAt: attempt.sentAt ?? parts.store.now))
            presentation = try self.presentation(renewal, admission, issued, in: epoch)
        } catch {
            await tell(.notSent(attempt.id, reason: "not_written"), renewal)
            throw PipelineError(wrapping: error)
        }
        gates.note(renewal.material.gate) { $0.presented(at: $1) }
        let operation = renewal.material.operation(from: 0).name
        let definition = renewal.material.definition
        switch await outcome(of: presentation, definition, operation: operation, in: renewal.place) {
        case .notSent(let reason):
            await tell(.notSent(attempt.id, reason: reason.code), renewal)
            throw Self.nothingSent(reason.description)
        case .broken(let reason, _):
            await tell(.ambiguous(attempt.id, reason: reason.code), renewal)
            throw Self.noAnswer(reason.description)
        case .answer(let response):
            FaultPoint.answerReceived.reach()
            try await keep(
                SpoolEntry(
                    attempt: attempt.id, line: renewal.line, organization: renewal.flow.organization,
                    grant: renewal.grant, generationIn: 0, fence: attempt.fence, kind: .exchange(flow: renewal.flow.id),
                    operation: operation, response: response, receivedAt: parts.store.now, presented: renewal.token),
                renewal)
        }
    }

    private func keep(_ entry: SpoolEntry, _ renewal: Renewal) async throws {
        let end = try await keepAndStore(entry, flow: renewal.flow.id, actor: renewal.actor)
        FaultPoint.committed.reach()
        await putAway(entry.attempt, keepsRaw: end.keepsRaw)
        if case .failure(let problem) = end.result {
            throw problem.hiding(Array(renewal.material.secrets.values) + [renewal.token].compactMap { $0 })
        }
    }

    private func presentation(
        _ renewal: Renewal, _ admission: ClientGates.Admission, _ issued: MonotonicTime, in epoch: Int64
    ) throws -> Presentation {
        let full = renewal.material.adding(["refresh_token": renewal.token].compactMapValues { $0 })
        let request = try full.entry.connector.request(full.operation(from: 0), in: full.context)
        let wire = try RequestAssembly.assemble(request, secrets: full.secrets, now: .wallClock)
        let (timing, gates, parts) = (renewal.timing, gates, parts)
        return Presentation(
            wire, connectTimeout: timing.sendWindow, hardDeadline: timing.hard,
            mayWrite: {
                FaultPoint.sent.reach()
                guard HostClock.now - issued <= timing.sendWindow, parts.epoch == epoch else { return false }
                return gates.calls(admission)
            },
            onFirstByte: { FaultPoint.firstByte.reach() })
    }

    /// What became of the presentation is written until the store has it, however long that is away: a living host that
    /// does not say so would be waited for (PROTOCOL.md §6, `holder_clear`). The caller waits for it no longer than C.
    private func tell(_ event: LineEvent, _ renewal: Renewal) async {
        renewal.place.giveBack()
        let result = "failed:provider_unavailable"
        let began = HostClock.now
        while !(await isTold(event, result, renewal)) {
            guard HostClock.now - began <= renewal.timing.commitBudget else {
                return goOnTelling(event, result, renewal)
            }
        }
    }

    /// In a call of its own that a shutdown waits for, as for every call.
    func goOnTelling(_ event: LineEvent, _ result: String, _ renewal: Renewal) {
        renewal.place.giveBack()
        inFlight.insist(into: renewal.line) { await self.isTold(event, result, renewal) }
    }

    private func isTold(_ event: LineEvent, _ result: String, _ renewal: Renewal) async -> Bool {
        do {
            try await record(event, of: renewal.flow, result: result, renewal.actor)
            return true
        } catch {
            parts.logger.error(
                "a renewal's end cannot be stored yet",
                metadata: ["connection": "\(renewal.flow.connection)", "code": "\(error)"])
            try? await Task.sleep(for: .milliseconds(100))
            return false
        }
    }
}
