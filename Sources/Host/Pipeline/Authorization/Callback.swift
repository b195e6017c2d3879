package import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import Secrets
import StoreContract

/// The second half: the browser comes back, or the caller brings the code.
extension TokenPipeline {
    /// `GET /oauth/callback`. The query is untrusted; nothing of it is ever shown.
    /// - Throws: `invalid_state` without the cookie of the browser that started it (SECURITY.md line 63).
    package func callback(query: [(name: String, value: String)], cookie: Secret?) async throws -> CallbackAnswer {
        guard let state = Self.single("state", in: query) else { throw Self.badState }
        let hash = RandomToken.hash(Secret(state))
        let found = try await wrapping { try await self.parts.store.read { try $0.flow(stateHash: hash) } }
        guard let flow = found, let cookie, let expected = flow.cookieHash,
            equalInConstantTime(RandomToken.hash(cookie), expected)
        else { throw Self.badState }
        if let result = flow.result, let usedAt = flow.usedAt, parts.store.now < usedAt + .seconds(600) {
            return answer(flow, result: result)  // the same browser, the same redirect, no provider call
        }
        try await requireServing()
        let parameters = Dictionary(query.map { ($0.name, $0.value) }) { first, _ in first }
        let entry = try parts.connectors.entry(flow.connector)
        let code = Self.single(entry.definition.authorization?.callback.code ?? "code", in: query)
        let used = try await use(flow, repeated: query)
        // Who says no must be the one that was asked (RFC 9207 §2.4).
        guard (try? checkIssuer(parameters, used)) != nil else {
            return try await end(used, result: "failed:invalid_state")
        }
        if let denial = Self.single("error", in: query) {
            return try await end(used, result: denial == "access_denied" ? "denied" : "failed:provider_error")
        }
        guard let code, !code.isEmpty else { return try await end(used, result: "failed:malformed") }
        do {
            try await exchange(
                Secret(code), flow: used, parameters: parameters, actor: Actor(name: used.startedBy, requestID: "-"))
            return answer(used, result: try await settled(used, by: .host) ?? "connected")
        } catch let error as AnswerWaits {
            return answer(used, result: "failed:\(error.problem.code.rawValue)")  // for now: the flow goes on
        } catch {
            let problem = PipelineError(wrapping: error)
            return try await end(used, result: "failed:\(problem.code.rawValue)")
        }
    }

    /// `POST …/exchange`: the caller received the callback itself.
    package func exchange(
        _ request: ExchangeRequest, by caller: Caller
    ) async throws -> (connection: ConnectionView, renewed: Bool) {
        try caller.require(.authorize)
        try await requireServing()
        guard let state = request.state else { return (try await exchangeWithoutState(request, by: caller), false) }
        let hash = RandomToken.hash(Secret(state))
        let found = try await wrapping { try await self.parts.store.read { try $0.flow(stateHash: hash) } }
        guard let flow = found, flow.organization == caller.organization, flow.connector == request.connector,
            flow.startedBy == caller.name || caller.isAdmin, caller.reaches(connector: flow.connector),
            flow.ticketUsedAt == nil
        else { throw Self.badState }
        // Before the state is spent: what the caller left out it can still bring.
        _ = try await captures(request.parameters, flow)
        let used = try await use(flow, repeated: [])
        let renewed = try await load(LineID(connection: flow.connection)).line.generation > 0
        var request = request
        request.parameters["state"] = state
        return (try await complete(used, request, by: caller), renewed)
    }

    /// Presents the code of a flow that is used now, and goes on with the steps after it.
    func complete(_ used: FlowRecord, _ request: ExchangeRequest, by caller: Caller) async throws -> ConnectionView {
        do {
            try await exchange(request.code, flow: used, parameters: request.parameters, actor: Actor(caller))
        } catch let error as AnswerWaits {
            throw error.problem
        } catch {
            let problem = PipelineError(wrapping: error)
            _ = try await end(used, result: "failed:\(problem.code.rawValue)")
            throw problem
        }
        _ = try await settled(used, by: Actor(caller))
        return try await connection(used.connection, by: caller)
    }

    /// Gives the steps after an exchange the time that a caller has, and says how its flow ended, if that is known.
    private func settled(_ flow: FlowRecord, by actor: Actor) async throws -> String? {
        await settleSteps(of: flow.connection, by: actor)
        return try await wrapping { try await self.parts.store.read { try $0.flow(flow.id)?.result } }
    }

    /// Marks the state as used before the code is presented: it is good once.
    private func use(_ flow: FlowRecord, repeated query: [(name: String, value: String)]) async throws -> FlowRecord {
        try await wrapping {
            try await self.parts.store.write { transaction -> FlowRecord in
                guard var current = try transaction.flow(flow.id), current.usedAt == nil,
                    current.expiresAt > transaction.now
                else { throw Self.badState }
                current.usedAt = transaction.now
                try transaction.update(current)
                return current
            }
        }
    }

    /// Writes how a flow ended. A new connection that never got a grant stays pending until its flow is cleared away.
    private func end(_ flow: FlowRecord, result: String) async throws -> CallbackAnswer {
        try await wrapping {
            try await self.parts.store.write { try $0.end(flow.id, result) }
        }
        return answer(flow, result: result)
    }

    private func answer(_ flow: FlowRecord, result: String) -> CallbackAnswer {
        let pieces = result.split(separator: ":", maxSplits: 1).map(String.init)
        return CallbackAnswer(
            status: CallbackAnswer.Status(rawValue: pieces[0]) ?? .failed, code: pieces.count > 1 ? pieces[1] : nil,
            connection: flow.connection, returnTo: flow.returnTo ?? parts.settings.frontendURL)
    }

    /// A parameter that stands exactly once, of at most 4 KiB.
    private static func single(_ name: String, in query: [(name: String, value: String)]) -> String? {
        let found = query.filter { $0.name == name }
        guard found.count == 1, found[0].value.utf8.count <= 4096 else { return nil }
        return found[0].value
    }
}

extension Caller {
    var isAdmin: Bool { if case .user(_, .admin) = identity { true } else { false } }
}
