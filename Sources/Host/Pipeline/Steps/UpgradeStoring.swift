import ConnectorSDK
import Model
import RefreshProtocol
import Secrets
import Spool
import StoreContract

/// The upgrade's answer: tokens that replace the ones it was asked with.
extension TokenPipeline {
    func storeUpgrade(_ entry: SpoolEntry, of call: StepCall, by actor: Actor) async throws -> StoredStep {
        let read = try await AnswerReader(parts: parts).read(
            entry, to: .upgrade, material: call.material, line: call.line, held: call.tokens)
        guard case .tokens(let content) = read.answer else {
            let failure = StepFailure(read.failure ?? ProviderFailure(.unclear, code: "no_tokens"))
            return StoredStep(goesOn: try await fail(call, failure, by: actor))
        }
        let (parts, definition) = (parts, call.definition)
        let (outcome, goesOn) = try await write(call.connection.id) { transaction -> (LineOutcome, Bool) in
            guard var connection = try transaction.connection(call.connection.id),
                connection.steps?.remaining.first == call.step
            else { return (.notMine, false) }
            // A known refresh token is another's: two authorities would spend it twice (PROTOCOL.md §7).
            guard try transaction.holder(of: content, besides: call.line.id) == nil else { return (.notMine, false) }
            guard
                let step = try transaction.step(
                    call.line.id, .upgraded(entry.attempt, from: call.version.attempt, content: content),
                    timing: parts.settings.timing)
            else { return (.notMine, false) }
            switch step.outcome {
            case .applied:
                connection.completeStep(at: transaction.now)
                let before = connection
                _ = connection.learn(read, of: call.line.id)
                try transaction.noteReducedScopes(
                    connection, since: before, generation: step.line.generation, parts: parts)
                _ = connection.openSteps(after: read, definition: definition, connects: false, at: transaction.now)
            case .candidate: connection.awaitRevocation(definition, at: transaction.now)
            default: return (step.outcome, false)
            }
            try transaction.update(connection)
            try transaction.record(step, of: connection, action: "upgrade", by: actor, parts: parts)
            return (step.outcome, connection.stepAt.map { $0 <= transaction.now } ?? false)
        }
        guard outcome == .notMine else { return StoredStep(goesOn: goesOn) }
        let failed = try await fail(call, StepFailure("not_adopted"), by: actor)
        return StoredStep(goesOn: failed, keepsRaw: true)
    }
}

extension ConnectionRecord {
    /// A grant came for a revoked connection: it is revoked as that was.
    mutating func awaitRevocation(_ definition: Definition, at now: Timestamp) {
        revocation = definition.revocation == nil ? .unsupported : .pending
        revokeAt = now
    }
}
