import Model
import RefreshProtocol
import Spool
import StoreContract

/// What the answer to a renewal becomes that nobody attends: the exchange's, or the end of its attempt.
extension TokenPipeline {
    static let renewedMeanwhile = PipelineError(
        .revisionConflict, "The connection got another grant while this one was redeemed; that one stays.")

    /// An answer without tokens changes the attempt and its flow, and nothing else: the grant of before goes on.
    func recordRefusal(
        _ read: AnswerReader.Read, _ entry: SpoolEntry, _ flow: FlowRecord, _ material: Material, _ actor: Actor
    ) async throws {
        let code = Self.problem(of: read.failure).code
        let event = LineEvent.answer(entry.asPresented(by: parts), read.answer)
        guard let step = try await record(event, of: flow, result: "failed:\(code.rawValue)", actor) else { return }
        await noteSignals(step, client: material.gate)
    }

    /// Writes what became of a renewal's attempt, and how its flow ended by that.
    @discardableResult
    func record(_ event: LineEvent, of flow: FlowRecord, result: String, _ actor: Actor) async throws -> LineStep? {
        let parts = parts
        return try await write(flow.connection) { transaction -> LineStep? in
            guard let connection = try transaction.connection(flow.connection),
                let step = try transaction.step(
                    LineID(connection: flow.connection), event, timing: parts.settings.timing)
            else { return nil }
            try transaction.end(flow.id, result)
            try transaction.record(step, of: connection, action: flow.action, by: actor, parts: parts)
            return step
        }
    }
}

extension FlowRecord {
    /// For the audit.
    var action: String { renewal == nil ? "exchange" : "renew" }

    /// What the tokens of its answer do to the line.
    func event(_ entry: SpoolEntry, _ content: TokenVersion.Content, by redeemer: Redeemer) -> LineEvent {
        guard let renewal else {
            return .redeem(entry.attempt, grant: entry.grant, content: content, by: redeemer)
        }
        return .renewed(entry.attempt, grant: entry.grant, from: renewal.replaces, content: content)
    }
}
