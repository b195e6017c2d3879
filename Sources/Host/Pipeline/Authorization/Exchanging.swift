import ConnectorSDK
import Foundation
import Model
import Provider
import RefreshProtocol
import Secrets
import Spool
import StoreContract
import Telemetry

/// Redeeming a code: one presentation, spooled before it is read, committed with a new grant (PROTOCOL.md §7).
extension TokenPipeline {
    /// Presents the code and stores what came. Runs to its end whatever the caller does: the code is spent.
    func exchange(
        _ code: Secret, flow: FlowRecord, parameters: [String: String], actor: Actor
    ) async throws -> LineOutcome {
        try checkIssuer(parameters, flow)
        let captured = try captures(parameters, flow)
        return try await inFlight.run {
            try await self.present(code, flow: flow, parameters, captured: captured, actor: actor)
        }
    }

    private func present(
        _ code: Secret, flow: FlowRecord, _ parameters: [String: String], captured: [String: String], actor: Actor
    ) async throws -> LineOutcome {
        var material = try await material(of: flow)
        material.context.values.merge(captured) { input, _ in input }
        material.context.values["state"] = parameters["state"]
        var secrets: [String: Secret] = ["code": code]
        if let sealed = flow.sealedVerifier { secrets["code_verifier"] = try openVerifier(sealed, flow) }
        material = material.adding(secrets)
        let operation = Self.redemption(flow)
        let wire: WireRequest
        do {
            let request = try material.entry.connector.request(operation, in: material.context)
            wire = try RequestAssembly.assemble(request, secrets: material.secrets, now: parts.store.now)
        } catch {
            throw PipelineError(wrapping: error)
        }
        let response = try await send(wire, material.definition, operation: "exchange")
        let entry = SpoolEntry(
            attempt: .random(), line: LineID(connection: flow.connection), organization: flow.organization,
            grant: .random(prefix: "grant_"), generationIn: 0, fence: 0, kind: .exchange(flow: flow.id),
            operation: "exchange", response: response, receivedAt: parts.store.now, presented: nil)
        try await wrapping { try await self.parts.spoolWrite(entry) }
        let end = try await wrapping {
            let end = try await self.storeExchange(entry, flow: flow.id, captured: captured, actor: actor)
            try await self.parts.spoolDelete(entry.attempt)
            return end
        }
        return try end.get()
    }

    private static func redemption(_ flow: FlowRecord) -> ConnectorSDK.Operation {
        .redeem(.authorizationCode(redirectURI: flow.redirectURI, hasVerifier: flow.sealedVerifier != nil))
    }

    /// Sends a request that is no presentation of a line; the failures are the provider's.
    func send(_ wire: WireRequest, _ definition: Definition, operation: String) async throws -> WireResponse {
        let timing = parts.settings.timing
        let (outcome, times) = await parts.provider.performTimed(
            Presentation(
                wire, connectTimeout: timing.sendWindow, hardDeadline: timing.hard, mayWrite: { true }))
        let name: String
        defer { parts.metrics.providerRequests.observe(times.duration, definition.id, operation, name) }
        switch outcome {
        case .answer(let response):
            name = "answer"
            return response
        case .notSent(let reason):
            name = "not_sent"
            throw PipelineError(
                .providerUnavailable, "Nothing was sent to the provider: \(reason).", retryAfter: .seconds(5))
        case .broken(let reason, _):
            name = "broken"
            throw PipelineError(
                .providerUnavailable, "The provider's answer did not arrive: \(reason).", retryAfter: .seconds(5))
        }
    }

    /// Reads a spooled exchange answer and commits it as a new grant. Safe to repeat. A failure inside the result is the
    /// answer's own and final; what is thrown is ours, and the entry has to stay.
    @discardableResult
    func storeExchange(
        _ entry: SpoolEntry, flow id: FlowID, captured: [String: String] = [:], actor: Actor = .host
    ) async throws -> Result<LineOutcome, PipelineError> {
        let found = try await parts.store.read { reader -> (FlowRecord, Line)? in
            guard let flow = try reader.flow(id), let line = try reader.line(entry.line) else { return nil }
            return (flow, line)
        }
        guard let (flow, line) = found else { return .failure(Self.badState) }
        let material = try await material(of: flow)
        let read = try AnswerReader(parts: parts).read(
            entry.response, to: Self.redemption(flow), material: material, line: line, attempt: entry.attempt,
            presented: nil)
        guard case .tokens(let content) = read.answer else {
            noteExchangeFailure(read, material.client.key)
            return .failure(Self.problem(of: read.failure))
        }
        do {
            let step = try await commit(content, read, captured, entry, flow, material, actor)
            noteSignals(step.signals, client: material.client.key)
            return .success(step.outcome)
        } catch let error as PipelineError {
            return .failure(error)  // a known refresh token: the first connection holds it, the second is refused
        }
    }

    private func commit(
        _ content: TokenVersion.Content, _ read: AnswerReader.Read, _ captured: [String: String], _ entry: SpoolEntry,
        _ flow: FlowRecord, _ material: Material, _ actor: Actor
    ) async throws -> LineStep {
        let parts = parts
        let rotation = material.rotation
        return try await write(flow.connection) { transaction in
            guard var connection = try transaction.connection(flow.connection),
                var line = try transaction.line(entry.line, withAttempt: entry.attempt)
            else { throw Self.badState }
            if let fingerprint = content.fingerprint,
                let holder = try transaction.connection(withFingerprint: fingerprint), holder != connection.id
            {
                throw PipelineError.duplicate(
                    holder, in: try transaction.connection(holder)?.organization, for: connection)
            }
            if line.rotation != rotation {
                let stored = line
                line.rotation = rotation
                try transaction.save(line, replacing: stored)
            }
            let step = try transaction.step(
                line, .redeem(entry.attempt, grant: entry.grant, content: content), timing: parts.settings.timing)
            connection.inputs = flow.inputs
            connection.sealedInputs = flow.sealedInputs
            connection.requestedScopes = flow.scopes
            connection.grantedScopes = nil
            connection.captured.merge(captured) { $1 }
            _ = connection.learn(read, at: transaction.now)
            try transaction.update(connection)
            try transaction.noteReducedScopes(connection, asked: flow.scopes, parts: parts)
            if var used = try transaction.flow(flow.id) {
                used.result = "connected"
                try transaction.update(used)
            }
            try transaction.record(step, of: connection, action: "exchange", by: actor, parts: parts)
            return step
        }
    }

    private func noteExchangeFailure(_ read: AnswerReader.Read, _ client: ClientKey) {
        if case .clientError(let code) = read.answer { gates.note(client) { $0.misconfigured(at: $1, code: code) } }
    }

    /// A failed exchange as callers see it.
    static func problem(of failure: ProviderFailure?) -> PipelineError {
        switch failure?.disposition {
        case .misconfigured:
            PipelineError(
                .clientMisconfigured,
                "The provider refuses the client (\(failure?.code ?? "")): check its id, secret and settings.",
                retryAfter: .seconds(60))
        case .rateLimited(let after):
            PipelineError(
                .providerRateLimited, "The provider limits this client's calls.", retryAfter: after ?? .seconds(5))
        case .retryLater(let after):
            PipelineError(
                .providerUnavailable, "The provider could not answer (\(failure?.code ?? "")).",
                retryAfter: after ?? .seconds(5))
        case .busy, .unclear:
            PipelineError(
                .providerUnavailable, "The provider's answer cannot be read (\(failure?.code ?? "")).",
                retryAfter: .seconds(5))
        case .refused, nil:
            PipelineError(
                .providerError, "The provider refused the grant (\(failure?.code ?? "")).", retryAfter: .seconds(5))
        }
    }

    /// RFC 9207: an issuer that comes back must be the definition's own (SECURITY.md line 5).
    private func checkIssuer(_ parameters: [String: String], _ flow: FlowRecord) throws {
        guard let came = parameters["iss"], let expected = try parts.connectors.entry(flow.connector).definition.issuer,
            expected.placeholders.isEmpty
        else { return }
        guard came == expected.description else { throw Self.badState }
    }

    /// What the definition takes from the callback: untrusted, one value of at most 512 bytes each.
    private func captures(_ parameters: [String: String], _ flow: FlowRecord) throws -> [String: String] {
        let rules = try parts.connectors.entry(flow.connector).definition.authorization?.callback.capture ?? [:]
        var captured: [String: String] = [:]
        for (name, parameter) in rules {
            guard let value = parameters[parameter] else { continue }
            guard value.utf8.count <= 512, !value.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
                throw PipelineError.invalid(
                    "parameters.\(parameter)", "has at most 512 bytes and no control characters")
            }
            captured[name] = value
        }
        return captured
    }
}

extension StoreTransaction {
    /// Granted less than asked for: an event (SECURITY.md line 9).
    func noteReducedScopes(_ connection: ConnectionRecord, asked: [String], parts: PipelineParts) throws {
        let missing = connection.missingScopes
        guard !missing.isEmpty else { return }
        try append(
            EventRecord(
                id: UUID().uuidString.lowercased(), kind: .scopesReduced, organization: connection.organization,
                connector: connection.connector, connection: connection.id, owner: connection.owner.description,
                epoch: parts.epoch, reason: "missing: \(missing.joined(separator: " "))", at: now))
    }
}

extension ConnectionRecord {
    /// Asked for and not granted; empty while nothing was granted.
    var missingScopes: [String] {
        guard let grantedScopes else { return [] }
        return requestedScopes.filter { !grantedScopes.contains($0) }
    }
}
