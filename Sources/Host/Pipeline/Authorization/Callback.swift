package import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import Secrets
import StoreContract

/// The second half: the browser comes back, or the caller brings the code.
extension TokenPipeline {
    /// `GET /oauth/callback`. The query is untrusted; nothing of it is ever shown.
    /// - Parameter cookies: Of the flows that the browser has started.
    /// - Throws: `invalid_state` without the cookie of the browser that started it (SECURITY.md line 63).
    package func callback(query: [(name: String, value: String)], cookies: [Secret]) async throws -> CallbackAnswer {
        guard let state = Self.single("state", in: query) else { throw Self.badState }
        let hash = RandomToken.hash(Secret(state))
        let found = try await wrapping { try await self.parts.store.read { try $0.flow(stateHash: hash) } }
        guard let flow = found, let expected = flow.cookieHash,
            cookies.contains(where: { equalInConstantTime(RandomToken.hash($0), expected) })
        else { throw Self.badState }
        if let usedAt = flow.usedAt, parts.store.now < usedAt + .seconds(600) {
            return try await answerAgain(flow)  // the same browser, the same redirect, no provider call
        }
        try await requireServing()
        // Not the end of it: once the connector is enabled again, the same callback goes on.
        guard try await isEnabled(flow) else { return answer(flow, result: "failed:connector_disabled") }
        let parameters = Dictionary(query.map { ($0.name, $0.value) }) { first, _ in first }
        let entry = try parts.connectors.entry(flow.connector)
        let code = Self.single(entry.definition.authorization?.callback.code ?? "code", in: query)
        let denial = Self.single("error", in: query)
        let actor = Actor(name: flow.startedBy, requestID: "-")
        // Before the state is spent: without a place nothing is sent, and the same callback goes on later.
        let isCode = code?.isEmpty == false && denial == nil
        let place = isCode ? try await place(for: parts.gate(of: flow), by: actor) : nil
        let used = try await use(flow)
        // Who says no must be the one that was asked (RFC 9207 §2.4).
        guard query.count(where: { $0.name == "iss" }) <= 1, (try? checkIssuer(parameters, used)) != nil else {
            return try await end(used, result: "failed:invalid_state")
        }
        if let denial {
            return try await end(used, result: denial == "access_denied" ? "denied" : "failed:provider_error")
        }
        guard let code, let place else { return try await end(used, result: "failed:malformed") }
        do {
            try await exchange(Secret(code), flow: used, parameters: parameters, actor: actor, in: place)
            return answer(used, result: try await settled(used, by: actor) ?? "connected")
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
        _ = try await usableConnector(flow.connector, for: caller)
        // Before the state is spent: what the caller left out it can still bring.
        _ = try await captures(request.parameters, flow)
        let renewed = try await load(LineID(connection: flow.connection)).line.generation > 0
        let place = try await place(for: parts.gate(of: flow), by: Actor(caller))
        let used = try await use(flow)
        var request = request
        request.parameters["state"] = state
        return (try await complete(used, request, by: caller, in: place), renewed)
    }

    /// Presents the code of a flow that is used now, and goes on with the steps after it.
    func complete(
        _ used: FlowRecord, _ request: ExchangeRequest, by caller: Caller, in place: CallPlace
    ) async throws -> ConnectionView {
        do {
            try await exchange(
                request.code, flow: used, parameters: request.parameters, actor: Actor(caller), in: place)
        } catch let error as AnswerWaits {
            throw error.problem
        } catch {
            let problem = PipelineError(wrapping: error)
            _ = try await end(used, result: "failed:\(problem.code.rawValue)")
            throw problem
        }
        _ = try await settled(used, by: Actor(caller))
        return try await view(of: used.connection, for: caller)
    }

    /// Gives the steps after an exchange the time that a caller has, and says how its flow ended, if that is known.
    private func settled(_ flow: FlowRecord, by actor: Actor) async throws -> String? {
        await settleSteps(of: flow.connection, by: actor)
        return try await wrapping { try await self.parts.store.read { try $0.flow(flow.id)?.result } }
    }

    /// The same callback again. While its code is being exchanged, by this host or another, it waits for the end of that.
    private func answerAgain(_ flow: FlowRecord) async throws -> CallbackAnswer {
        let began = HostClock.now
        var flow = flow
        while flow.result == nil {
            try await requireServing()
            guard HostClock.now - began < parts.settings.timing.soft else {
                return answer(flow, result: "failed:\(PipelineError.Code.pending.rawValue)")
            }
            try await Task.sleep(for: .milliseconds(50))
            let id = flow.id
            let found = try await wrapping { try await self.parts.store.read { try $0.flow(id) } }
            guard let found else { throw Self.badState }
            flow = found
        }
        guard flow.result == "connected" else { return answer(flow, result: flow.result ?? "failed") }
        // The steps after it may make it a choice.
        let actor = Actor(name: flow.startedBy, requestID: "-")
        return answer(flow, result: try await settled(flow, by: actor) ?? "connected")
    }

    private func isEnabled(_ flow: FlowRecord) async throws -> Bool {
        try await wrapping {
            try await self.parts.store.read {
                try $0.isEnabled(connector: flow.connector, organization: flow.organization)
            }
        }
    }

    /// Marks the state as used before the code is presented: it is good once, and no more once a browser took the ticket,
    /// which has another.
    private func use(_ flow: FlowRecord) async throws -> FlowRecord {
        try await wrapping {
            try await self.parts.store.write { transaction -> FlowRecord in
                guard var current = try transaction.flow(flow.id), current.usedAt == nil,
                    current.stateHash == flow.stateHash, current.expiresAt > transaction.now
                else { throw Self.badState }
                current.usedAt = transaction.now
                try transaction.update(current)
                return current
            }
        }
    }

    /// Writes how a flow ended, unless that is written already: then that counts. A new connection that never got a grant
    /// stays pending until its flow is cleared away.
    private func end(_ flow: FlowRecord, result: String) async throws -> CallbackAnswer {
        let parts = parts
        let ended = try await wrapping {
            try await self.write(flow.connection) { try $0.end(flow, withoutGrant: result, parts: parts) }
        }
        return answer(flow, result: ended)
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
