import ConnectorSDK
package import Model
import RefreshProtocol
import Secrets
import Spool
import StoreContract

/// The answer to a check.
package struct CheckAnswer: Sendable {
    package var ok: Bool
    /// What was asked and what came of it; no secret.
    package var detail: String
}

/// `POST …/{id}/check`: asks the provider about the access token. Never presents a refresh token.
extension TokenPipeline {
    /// Introspection (RFC 7662) where the definition has it, else the first `get` of `after_connect`.
    package func check(_ id: ConnectionID, by caller: Caller) async throws -> CheckAnswer {
        try caller.require(.inspect)
        try await requireServing()
        let snapshot = try await snapshot(id, token: "default", for: caller)
        if snapshot.line.state == .revoked { throw PipelineError(.revoked, "This connection was revoked.") }
        guard snapshot.enabled else {
            throw PipelineError(
                .connectorDisabled, "The connector \(snapshot.connection.connector) is disabled in this organization.")
        }
        guard let version = snapshot.line.current, snapshot.tokens?.accessToken != nil else {
            throw PipelineError(.pending, "This connection holds no token yet.")
        }
        guard snapshot.isValid(at: parts.store.now) else {
            return CheckAnswer(ok: false, detail: "The access token is past; nothing was asked.")
        }
        guard let step = try parts.connectors.entry(ofConnectionTo: snapshot.connection.connector).definition.check
        else {
            return CheckAnswer(ok: true, detail: "The token is not past; the definition has no request to ask with.")
        }
        let call = try await wrapping {
            try await self.stepCall(step, snapshot.connection, snapshot.client, snapshot.line, version)
        }
        return try await answer(to: call, by: caller)
    }

    private func answer(to call: StepCall, by caller: Caller) async throws -> CheckAnswer {
        let parts = parts
        let reading: Reading
        do {
            let request = try call.material.entry.connector.request(call.operation, in: call.material.context)
            let entry = try await ask(request, for: call, named: "check", by: Actor(caller))
            await putAway(entry.attempt, keepsRaw: false)
            reading = call.material.entry.connector.read(
                entry.response, to: call.operation, in: call.material.context)
        } catch {
            throw PipelineError(wrapping: error)
        }
        let answer = call.answer(reading)
        try await wrapping {
            try await parts.store.write {
                try $0.audit(
                    .of(caller, "check", call.connection, at: $0.now, outcome: answer.ok ? "ok" : "not ok"),
                    parts: parts)
            }
        }
        return answer
    }
}

extension StepCall {
    fileprivate func answer(_ reading: Reading) -> CheckAnswer {
        switch reading {
        case .state(active: true, _): CheckAnswer(ok: true, detail: "Introspection: the token is active.")
        case .state(active: false, _): CheckAnswer(ok: false, detail: "Introspection: the token is not active.")
        case .captured: CheckAnswer(ok: true, detail: "The provider answered \(step).")
        case .failure(let failure):
            CheckAnswer(ok: false, detail: "The provider refused \(step): \(failure.hiding(secrets).code).")
        case .tokens, .further, .done, .device: CheckAnswer(ok: false, detail: "The answer to \(step) cannot be read.")
        }
    }
}

extension Definition {
    /// The request that asks about an access token and changes nothing.
    fileprivate var check: Step? {
        if introspection != nil { return .introspect }
        let index = afterConnect.firstIndex {
            if case .request(let request) = $0 { request.method == .get } else { false }
        }
        return index.map(Step.afterConnect)
    }
}
