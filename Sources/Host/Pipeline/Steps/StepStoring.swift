import Audit
import ConnectorSDK
import Foundation
import Logging
import Model
import RefreshProtocol
import Secrets
import Spool
import StoreContract

/// What steps bring is committed one by one: a later one that fails takes nothing back (DESIGN.md §2).
extension TokenPipeline {
    /// What became of a step's spooled answer.
    struct StoredStep: Sendable {
        /// Whether another step is due now.
        var goesOn = false
        /// The answer may hold the only copy of a token that has no place in the store.
        var keepsRaw = false
    }

    /// Reads a spooled answer and commits it. Safe to repeat, and at a start.
    func storeStep(_ entry: SpoolEntry, by actor: Actor) async throws -> StoredStep {
        // Public documents that were on their way when the process ended are asked for again.
        guard let step = Step(entry.operation) else { return StoredStep() }
        let found = try await parts.store.read { reader -> (ConnectionRecord, ClientRecord?, Line)? in
            guard let connection = try reader.connection(entry.line.connection),
                let line = try reader.line(entry.line, withAttempt: entry.attempt)
            else { return nil }
            return (connection, try reader.client(connection.clientKey), line)
        }
        guard let (connection, client, line) = found else { return StoredStep() }
        if line.versions.contains(where: { $0.attempt == entry.attempt }) { return StoredStep() }
        let isCurrent = line.grant == entry.grant && line.generation == entry.generationIn
        guard isCurrent, connection.steps?.remaining.first == step, let version = line.current else {
            return StoredStep(keepsRaw: step == .upgrade)
        }
        let call = try await stepCall(step, connection, client, line, version)
        if step == .upgrade { return try await storeUpgrade(entry, of: call, by: actor) }
        let reading = call.material.entry.connector.read(
            entry.response, to: call.operation, in: call.material.context)
        return StoredStep(goesOn: try await commit(reading, of: call, by: actor))
    }

    /// Commits what a step says that brings no tokens, or its failure. True when another step is due now.
    func commit(_ reading: Reading, of call: StepCall, by actor: Actor) async throws -> Bool {
        switch (call.step, reading) {
        case (.introspect, .state(active: true, let expiry)):
            return try await finish(call, "active", by: actor) { connection, transaction in
                if let lifetime = call.lifetime(expiry) {
                    _ = try transaction.step(
                        call.line.id, .learned(call.version.attempt, lifetime), timing: self.parts.settings.timing)
                }
                connection.completeStep(at: transaction.now)
            }
        case (.introspect, .state(active: false, _)):
            return try await fail(call, StepFailure("token_inactive"), by: actor)
        case (.afterConnect, .captured(let all)): return try await take(all, of: call, by: actor)
        case (_, .failure(let failure)):
            return try await fail(call, StepFailure(failure.hiding(call.secrets)), by: actor)
        default: return try await fail(call, StepFailure("no_such_answer"), by: actor)
        }
    }

    private func take(_ all: [[String: String]], of call: StepCall, by actor: Actor) async throws -> Bool {
        let secrets = call.secrets
        guard !all.contains(where: { $0.values.contains { text in secrets.contains { $0.isGivenAway(by: text) } } })
        else { return try await fail(call, StepFailure("captures_a_token"), by: actor) }
        if all.isEmpty, call.isOptional { return try await pass(call, by: actor) }
        let backOff = backOff()
        return try await finish(call, "\(all.count) left", by: actor) { connection, transaction in
            // A renewal goes on with what was chosen before, as long as that is still there.
            let same = all.filter { !$0.isEmpty && $0.allSatisfy { connection.captured[$0.key] == $0.value } }
            if let only = all.count == 1 ? all[0] : same.count == 1 ? same[0] : nil {
                connection.captured.merge(only) { $1 }
                return connection.completeStep(at: transaction.now)
            }
            connection.awaitChoice(Choice.named(all), backOff: backOff, at: transaction.now)
            if let flow = connection.steps?.flow { try transaction.noteChoice(in: flow) }
        }
    }

    /// The step's failure is part of the connection: shown, said once, and tried again by itself.
    func fail(_ call: StepCall, _ failure: StepFailure, by actor: Actor) async throws -> Bool {
        if call.isOptional { return try await pass(call, by: actor) }
        parts.logger.warning(
            "a step failed",
            metadata: [
                "connection": "\(call.connection.id)", "connector": "\(call.definition.id)", "code": "\(failure.code)",
            ])
        let (backOff, parts) = (backOff(), parts)
        return try await finish(call, failure.code, by: actor) { connection, transaction in
            let isFirst = connection.steps?.failures == 0
            connection.failStep(failure, backOff: backOff, at: transaction.now)
            guard isFirst || failure.isFinal else { return }
            try transaction.tell(
                failure.isFinal ? .tokenReauthorizationRequired : .connectorWarning, "\(call.step): \(failure.code)",
                of: connection, generation: call.line.generation, parts: parts)
        }
    }

    /// An optional step that brought nothing leaves the connection as it is.
    private func pass(_ call: StepCall, by actor: Actor) async throws -> Bool {
        try await finish(call, "passed over", by: actor) { $0.completeStep(at: $1.now) }
    }

    /// Writes a step's end, unless the connection has moved on since it was asked. True when another is due now.
    private func finish(
        _ call: StepCall, _ outcome: String, by actor: Actor,
        _ change: @escaping @Sendable (inout ConnectionRecord, any StoreTransaction) throws -> Void
    ) async throws -> Bool {
        let parts = parts
        return try await write(call.connection.id) { transaction in
            guard var connection = try transaction.connection(call.connection.id),
                let line = try transaction.line(call.line.id), connection.steps?.remaining.first == call.step,
                line.grant == call.line.grant, line.generation == call.line.generation, line.state != .revoked
            else { return false }
            try change(&connection, transaction)
            try transaction.update(connection)
            try transaction.audit(
                AuditRecord(
                    time: transaction.now, organization: connection.organization, caller: actor.name,
                    action: "step", connector: connection.connector, connection: connection.id,
                    generation: line.generation, token: nil, request: actor.requestID,
                    outcome: "\(call.step): \(outcome)"), parts: parts)
            return connection.stepAt.map { $0 <= transaction.now } ?? false
        }
    }

    /// As a failed refresh waits (PROTOCOL.md §6).
    func backOff() -> @Sendable (Int) -> Duration {
        let (timing, seed) = (parts.settings.timing, AttemptID.random())
        return { timing.backOff(failures: $0, seed: seed) }
    }
}

extension StepCall {
    /// What introspection says about a lifetime that the answer left open; the answer's own word counts before it.
    fileprivate func lifetime(_ expiry: Expiry?) -> Lifetime? {
        guard connection.steps?.lacksLifetime == true, let expiry else { return nil }
        let times = RefreshPlan.times(
            expiry, holdsRefreshToken: tokens.refreshToken != nil, uses: material.uses,
            receivedAt: version.content.receivedAt,
            definition: definition, settings: material.client.settings, connection: connection.id)
        return times.expiresAt.map { Lifetime(expiresAt: $0, dueAt: times.dueAt, notBefore: times.notBefore) }
    }
}

extension StoreTransaction {
    /// The browser that comes back, or comes back again, hears that there is something to choose.
    fileprivate func noteChoice(in id: FlowID) throws {
        guard var flow = try flow(id), flow.result == "connected" else { return }
        flow.result = CallbackAnswer.Status.choose.rawValue
        try update(flow)
    }
}
