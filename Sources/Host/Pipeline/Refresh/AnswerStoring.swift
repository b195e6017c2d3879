import ConnectorSDK
import Foundation
import Model
import Provider
import RefreshProtocol
import Secrets
import Spool
import StoreContract

extension TokenPipeline {
    /// Runs a transaction that may change a connection; what is cached of it is gone before anybody hears of it.
    /// - Parameter known: what the transaction itself has shown of the connection.
    func write<Result: Sendable>(
        _ connection: ConnectionID, known: (Result) -> ConnectionSnapshot? = { _ in nil },
        _ body: @escaping @Sendable (any StoreTransaction) throws -> Result
    ) async throws -> Result {
        try await cache.writing(connection, known: known) { try await parts.store.write(body) }
    }

    /// What became of an answer.
    struct StoredAnswer: Sendable {
        var outcome: LineOutcome
        var failure: ProviderFailure?
        /// The generation it brought, whose token T3's audit record names beside the actor.
        var recordedGeneration: Int64?
        /// Row 25: nobody could read it, and it may hold the only token there is.
        var keepsRaw = false
    }

    /// What T3 has shown.
    private struct CommittedAnswer: Sendable {
        var step: LineStep
        var connection: ConnectionRecord
        /// As it is now: it may have been changed since the call was made.
        var client: ClientRecord?
    }

    /// T3: reads a spooled answer and commits what it says (rows 13–25). Safe to repeat.
    func store(
        _ entry: SpoolEntry, material: Material, line: Line, timing: Timing, actor: Actor
    ) async throws -> StoredAnswer {
        let read = try await AnswerReader(parts: parts).read(
            entry, to: material.operation(from: entry.generationIn), material: material, line: line)
        let (parts, definition) = (parts, material.definition)
        let token = read.tokens?.accessToken.map(parts.installation.auditIdentifier)
        let known: (CommittedAnswer?) -> ConnectionSnapshot? = { committed in
            guard let committed, committed.step.outcome == .advanced, let tokens = read.tokens else { return nil }
            return ConnectionSnapshot(
                connection: committed.connection, client: committed.client, line: committed.step.line, tokens: tokens,
                auditIdentifier: token, enabled: committed.step.line.enabled)
        }
        let stored = try await write(entry.line.connection, known: known) { transaction -> CommittedAnswer? in
            let step = try transaction.step(
                entry.line, .answer(entry.asPresented(by: parts), read.answer), timing: timing)
            // Erased, so revoked for certain: nothing of it is wanted any more.
            guard let step, var connection = try transaction.connection(entry.line.connection) else { return nil }
            let before = connection
            let isOurs = step.outcome == .advanced || step.outcome == .adopted
            if isOurs {
                let isNews = connection.learn(read, of: entry.line, grant: entry.grant)
                let opensSteps = connection.openSteps(
                    after: read, definition: definition, connects: entry.generationIn == 0, at: transaction.now)
                if isNews || opensSteps { try transaction.update(connection) }
            } else if step.signals.contains(.revocationWanted), [.done, .handedOver].contains(connection.revocation) {
                connection.revocation = .pending  // a late child of a revoked connection (row 15)
                connection.revokeAt = transaction.now
                try transaction.update(connection)
            }
            try transaction.record(
                step, of: connection, action: "refresh_answer", by: actor,
                token: step.outcome == .advanced ? token : nil, parts: parts)
            if isOurs {
                // After the event of the tokens that it speaks of.
                try transaction.noteReducedScopes(
                    connection, since: before, generation: step.line.generation, parts: parts)
            }
            // Who shares the store compares before he uses what is remembered; it is not worth a question there.
            let client =
                parts.store.isExclusive ? try transaction.client(connection.clientKey) : material.client
            return CommittedAnswer(step: step, connection: connection, client: client)
        }
        guard let step = stored?.step else { return StoredAnswer(outcome: .notMine) }
        await noteSignals(step, client: material.gate)
        return StoredAnswer(
            outcome: step.outcome, failure: read.failure,
            recordedGeneration: step.outcome == .advanced ? step.line.generation : nil,
            keepsRaw: read.keepsRaw && line.rotation.rotates)
    }
}

extension ConnectionRecord {
    /// Takes over what an answer told about the connection, and says whether that was anything new.
    /// - Parameter grant: whose answer it is; nil: the connection's own.
    mutating func learn(_ read: AnswerReader.Read, of line: LineID, grant: GrantID? = nil) -> Bool {
        let before = (terms(of: grant).captured, grantedScopes, tokenScopes)
        // What a line that a renewal left out is told is true of its own server.
        if let grant, otherGrants.terms[grant] != nil {
            otherGrants.terms[grant]?.captured.merge(read.captured) { $1 }
        } else {
            captured.merge(read.captured) { $1 }
        }
        // RFC 6749 §5.1: no scope in the answer means what was asked for.
        let own = read.grantedScopes ?? scopes(of: line.name) ?? requestedScopes
        if tokenScopes.isEmpty, read.others.isEmpty {
            grantedScopes = own
        } else {
            tokenScopes[line.name] = own
            for other in read.others { tokenScopes[other.name] = other.scopes ?? [] }
            grantedScopes = tokenScopes.sorted { $0.key < $1.key }.flatMap(\.value)
        }
        return before != (terms(of: grant).captured, grantedScopes, tokenScopes)
    }
}

extension SpoolEntry {
    /// An answer as it is spooled.
    init(
        attempt: AttemptID, line: LineID, organization: OrganizationID, grant: GrantID, generationIn: Int64,
        fence: Int64,
        kind: Kind, operation: String, response: WireResponse, receivedAt: Timestamp, presented: Secret?,
        captured: [String: String] = [:]
    ) {
        self.init(
            attempt: attempt, line: line, organization: organization, grant: grant, generationIn: generationIn,
            fence: fence, kind: kind, operation: operation, status: response.status,
            headers: response.headers.map { .init(name: $0.name, value: $0.value) }, body: response.body,
            receivedAt: receivedAt, presented: presented, captured: captured)
    }

    /// The answer as connectors read it.
    var response: ProviderResponse {
        ProviderResponse(status: status, headers: headers, body: body, receivedAt: receivedAt.milliseconds)
    }

    /// The presentation it answers. Its boot is of interest only when the store has forgotten the attempt.
    func asPresented(by parts: PipelineParts) -> Presented {
        Presented(
            attempt: attempt, grant: grant, generationIn: generationIn, fence: fence, host: parts.host,
            boot: parts.spool.boot)
    }
}

extension WireResponse {
    /// The answer as connectors read it.
    func asProviderResponse(receivedAt: Timestamp) -> ProviderResponse {
        ProviderResponse(
            status: status, headers: headers.map { .init(name: $0.name, value: $0.value) }, body: body,
            receivedAt: receivedAt.milliseconds)
    }
}
