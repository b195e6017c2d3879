import ConnectorSDK
import FaultPoints
import Model
import Provider
import RefreshProtocol
import Secrets
import Spool
import StoreContract

/// The next step of a connection, with everything that performing and reading it needs.
struct StepCall: Sendable {
    let step: Step
    let connection: ConnectionRecord
    let line: Line
    /// The token set that the step is about.
    let version: TokenVersion
    let tokens: StoredTokens
    /// Its secrets hold the access token and no refresh token: a step never presents one.
    let material: Material

    var definition: Definition { material.definition }

    var operation: ConnectorSDK.Operation {
        switch step {
        case .upgrade: .upgrade
        case .introspect: .introspect
        case .afterConnect(let index): .afterConnect(index)
        }
    }

    /// The step as the definition has it; nil for the engine's own and where the definition has it no more.
    var afterConnect: AfterConnectStep? {
        guard case .afterConnect(let index) = step, definition.afterConnect.indices.contains(index) else { return nil }
        return definition.afterConnect[index]
    }

    /// Whether a failure leaves the connection as it is.
    var isOptional: Bool { if case .request(let request)? = afterConnect { request.optional } else { false } }

    /// Everything that no answer may publish (SECURITY.md line 61).
    var secrets: [Secret] {
        Array(material.secrets.values) + [tokens.refreshToken, tokens.idToken].compactMap(\.self)
    }
}

/// Why a step failed.
struct StepFailure: Error {
    /// The provider's code or ours; no secret.
    var code: String
    /// What the provider asked for, if it did.
    var retryAfter: Duration?
    /// Certain: trying again cannot help.
    var isFinal = false

    init(_ code: String, retryAfter: Duration? = nil, isFinal: Bool = false) {
        self.code = code
        self.retryAfter = retryAfter
        self.isFinal = isFinal
    }

    init(_ failure: ProviderFailure) {
        switch failure.disposition {
        case .retryLater(let after), .rateLimited(let after): self.init(failure.code, retryAfter: after)
        case .refused, .misconfigured, .busy, .unclear: self.init(failure.code, retryAfter: failure.retryAfter)
        }
    }

    /// Nil for what is ours and passes: the store or the keys are away.
    init?(_ error: any Error) {
        switch error {
        case let error as StepFailure: self = error
        case let error as ConnectorError: self.init("\(error.code)")
        default:
            let problem = PipelineError(wrapping: error)
            guard ![.storeUnavailable, .keysUnavailable].contains(problem.code) else { return nil }
            self.init(problem.code.rawValue)
        }
    }
}

extension TokenPipeline {
    /// The next step of a connection, if one is due and can be performed.
    func dueStep(of id: ConnectionID) async throws -> StepCall? {
        let found = try await parts.store.read { reader -> (ConnectionRecord, ClientRecord?, Line)? in
            guard let connection = try reader.connection(id), connection.deletedAt == nil,
                let at = connection.stepAt, at <= reader.now, let line = try reader.line(LineID(connection: id))
            else { return nil }
            return (connection, try reader.client(connection.clientKey), line)
        }
        guard let (connection, client, line) = found else { return nil }
        if connection.steps?.awaitsOthers == true { try await concludeAuthorizations(of: id) }
        guard let step = connection.steps?.remaining.first else { return nil }
        guard ![.revoked, .verify].contains(line.state), line.enabled, let version = line.current else {
            try await standDown(connection, isOver: line.state == .revoked)
            return nil
        }
        guard try await claimStep(of: connection) else { return nil }
        return try await stepCall(step, connection, client, line, version)
    }

    /// Where other hosts share the store, one of them performs a step: it is due again for others only once this one must
    /// have ended. Its own end says when, as ever.
    private func claimStep(of read: ConnectionRecord) async throws -> Bool {
        guard !parts.store.isExclusive else { return true }
        let timing = parts.settings.timing
        let longest = timing.sendWindow + timing.hard + timing.commitBudget
        return try await write(read.id) { transaction in
            guard var current = try transaction.connection(read.id), current.deletedAt == nil,
                current.stepAt == read.stepAt, current.steps == read.steps
            else { return false }
            current.stepAt = transaction.now + longest
            try transaction.update(current)
            return true
        }
    }

    func stepCall(
        _ step: Step, _ connection: ConnectionRecord, _ client: ClientRecord?, _ line: Line, _ version: TokenVersion
    ) async throws -> StepCall {
        try await parts.keyRing.prepare(connection.organization)
        let tokens = try parts.tokens(of: version, line: line)
        var secrets: [String: Secret] = [:]
        secrets["access_token"] = tokens.accessToken
        return StepCall(
            step: step, connection: connection, line: line, version: version, tokens: tokens,
            material: try parts.material(for: connection, client: client, grant: version.grant).adding(secrets))
    }

    /// Nothing is done for a revoked connection any more, and for one whose connector is disabled not now.
    private func standDown(_ connection: ConnectionRecord, isOver: Bool) async throws {
        try await write(connection.id) { transaction in
            guard var current = try transaction.connection(connection.id) else { return }
            if isOver { current.steps = nil }
            current.stepAt = isOver ? nil : transaction.now + .seconds(30)
            try transaction.update(current)
        }
    }

    /// One that could not be performed comes up again then.
    func postponeStep(of id: ConnectionID, by pause: Duration) async throws {
        try await write(id) { transaction in
            guard var current = try transaction.connection(id), current.stepAt != nil else { return }
            current.stepAt = transaction.now + pause
            try transaction.update(current)
        }
    }

    /// Sends one request of a step and spools its answer before anything reads it.
    func ask(
        _ request: ProviderRequest, for call: StepCall, named name: String, by actor: Actor
    ) async throws -> SpoolEntry {
        let wire = try RequestAssembly.assemble(request, secrets: call.material.secrets, now: .wallClock)
        let place = try await place(for: call.material.gate, by: actor)
        let response = try await send(wire, call.definition, operation: name, in: place)
        FaultPoint.stepAnswered.reach()
        let entry = SpoolEntry(
            attempt: .random(), line: call.line.id, organization: call.line.organization, grant: call.line.grant,
            generationIn: call.line.generation, fence: call.line.fence, kind: .step, operation: name,
            response: response, receivedAt: parts.store.now, presented: nil)
        try await parts.spoolWrite(entry)
        FaultPoint.stepSpooled.reach()
        return entry
    }
}
