import ConnectorSDK
import FaultPoints
import Logging
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
    /// - Throws: `PipelineError` when it ended; `AnswerWaits` when the answer is safe and the store has to take it later.
    func exchange(
        _ code: Secret, flow: FlowRecord, parameters: [String: String], actor: Actor, in place: CallPlace
    ) async throws {
        try checkIssuer(parameters, flow)
        let captured = try await captures(parameters, flow)
        let line = LineID(connection: flow.connection)
        try await inFlight.exchange(into: line) {
            let entry = try await self.present(["code": code], flow: flow, parameters, captured: captured, in: place)
            FaultPoint.answerReceived.reach()
            let end = try await self.keepAndStore(entry, flow: flow.id, actor: actor)
            FaultPoint.committed.reach()
            await self.putAway(entry.attempt, keepsRaw: end.keepsRaw)
            // What the provider sent may repeat the code, which nothing but this call knows.
            if case .failure(let problem) = end.result { throw problem.hiding([code]) }
        }
    }

    /// How an exchange ended for good.
    struct ExchangeEnd: Sendable {
        var result: Result<LineOutcome, PipelineError>
        /// What the provider said, if it said no.
        var failure: ProviderFailure?
        /// The raw answer stays sealed: nobody could read it, or its grant is another connection's (PROTOCOL.md §7).
        var keepsRaw = false
    }

    /// The answer is spooled, and the store cannot take it now: the flow is not over.
    struct AnswerWaits: Error {
        let problem: PipelineError
    }

    /// Presents a code, by the name that requests have for it.
    func present(
        _ code: [String: Secret], flow: FlowRecord, _ parameters: [String: String] = [:],
        captured: [String: String] = [:], in place: CallPlace, mayWrite: @escaping @Sendable () -> Bool = { true }
    ) async throws -> SpoolEntry {
        var material = try await material(of: flow)
        material.context.values.merge(captured) { $1 }
        material.context.values["state"] = parameters["state"]
        var secrets = code
        if let sealed = flow.sealedVerifier { secrets["code_verifier"] = try openVerifier(sealed, flow) }
        material = material.adding(secrets)
        let wire: WireRequest
        do {
            let request = try material.entry.connector.request(Self.redemption(flow, material), in: material.context)
            wire = try RequestAssembly.assemble(request, secrets: material.secrets, now: .wallClock)
        } catch {
            throw PipelineError(wrapping: error)
        }
        let response = try await send(wire, material.definition, operation: "exchange", in: place, mayWrite: mayWrite)
        return SpoolEntry(
            attempt: .random(), line: LineID(connection: flow.connection), organization: flow.organization,
            grant: .random(prefix: "grant_"), generationIn: 0, fence: 0, kind: .exchange(flow: flow.id),
            operation: "exchange", response: response, receivedAt: parts.store.now, presented: nil, captured: captured)
    }

    /// Bytes before thought, as `Owner` orders it for a refresh: a spool that fails is tried again for as long as C, then
    /// the store takes the answer alone, and both in turn until one has it.
    func keepAndStore(_ entry: SpoolEntry, flow: FlowID, actor: Actor) async throws -> ExchangeEnd {
        let answeredAt = HostClock.now
        var isSpooled = false
        while true {
            let isEarly = HostClock.now - answeredAt <= parts.settings.timing.commitBudget
            if !isSpooled { isSpooled = await spooled(entry) }
            if isSpooled || !isEarly {
                do {
                    return try await storeExchange(entry, flow: flow, actor: actor)
                } catch {
                    let problem = PipelineError(wrapping: error)
                    parts.logger.error(
                        "an exchange cannot be stored",
                        metadata: ["connection": "\(entry.line.connection)", "code": "\(problem.code.rawValue)"])
                    let mayPass = [.storeUnavailable, .keysUnavailable].contains(problem.code)
                    if isSpooled, !mayPass || !isEarly { throw AnswerWaits(problem: problem) }
                }
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func spooled(_ entry: SpoolEntry) async -> Bool {
        do {
            try await parts.spoolWrite(entry)
            FaultPoint.spooled.reach()
            return true
        } catch {
            parts.logger.error("spool cannot be written", metadata: ["code": "\(error)"])
            return false
        }
    }

    /// One that cannot be removed is found again, and is a duplicate then.
    func putAway(_ attempt: AttemptID, keepsRaw: Bool) async {
        do {
            try await parts.putAway(attempt, keepsRaw: keepsRaw)
        } catch {
            parts.logger.error("spool entry cannot be deleted", metadata: ["code": "\(error)"])
        }
    }

    static func redemption(_ flow: FlowRecord, _ material: Material) -> ConnectorSDK.Operation {
        if flow.renewal != nil { return material.operation(from: 0) }
        if flow.device != nil { return .redeem(.deviceCode) }
        return .redeem(.authorizationCode(redirectURI: flow.redirectURI, hasVerifier: flow.sealedVerifier != nil))
    }

    /// Sends a request that is no presentation of a line; the failures are the provider's.
    func send(
        _ wire: WireRequest, _ definition: Definition, operation: String, in place: CallPlace,
        mayWrite: @escaping @Sendable () -> Bool = { true }
    ) async throws -> WireResponse {
        let timing = parts.settings.timing
        let presentation = Presentation(
            wire, connectTimeout: timing.sendWindow, hardDeadline: timing.hard, mayWrite: mayWrite)
        switch await outcome(of: presentation, definition, operation: operation, in: place) {
        case .answer(let response): return response
        case .notSent(let reason): throw Self.nothingSent(reason.description)
        case .broken(let reason, _): throw Self.noAnswer(reason.description)
        }
    }

    /// What became of a call, measured. Its place is free after it.
    func outcome(
        of presentation: Presentation, _ definition: Definition, operation: String, in place: CallPlace
    ) async -> PresentationOutcome {
        defer { place.giveBack() }
        let (outcome, times) = await parts.provider.performTimed(presentation)
        let name =
            switch outcome {
            case .answer: "answer"
            case .notSent: "not_sent"
            case .broken: "broken"
            }
        parts.metrics.providerRequests.observe(times.duration, definition.id, operation, name)
        return outcome
    }

    static func nothingSent(_ reason: String) -> PipelineError {
        PipelineError(.providerUnavailable, "Nothing was sent to the provider: \(reason).", retryAfter: .seconds(5))
    }

    static func noAnswer(_ reason: String) -> PipelineError {
        PipelineError(.providerUnavailable, "The provider's answer did not arrive: \(reason).", retryAfter: .seconds(5))
    }

    /// RFC 9207: an issuer that comes back must be the definition's own, and must come where the definition captures it,
    /// since then the provider always sends it (SECURITY.md line 5). One that depends on a claim is judged with the ID
    /// token.
    func checkIssuer(_ parameters: [String: String], _ flow: FlowRecord) throws {
        try checkIssuer(parameters, of: flow.connector, inputs: flow.inputs)
    }

    /// The same for a flow that is not there yet.
    func checkIssuer(_ parameters: [String: String], of connector: String, inputs: [String: String]) throws {
        let definition = try parts.connectors.entry(connector).definition
        guard let came = parameters["iss"] else {
            guard definition.authorization?.callback.alwaysNamesIssuer != true else { throw Self.badState }
            return
        }
        guard let expected = definition.issuer?.filled(with: { inputs[$0] }) else { return }
        guard came == expected else { throw Self.badState }
    }
}
