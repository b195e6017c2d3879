import Foundation
import HTTPTypes
import Hummingbird

/// Everything below `/roles/`: the requests of the roles that are played.
struct RoleRoutes: Sendable {
    let provider: SimulatedProvider

    func add(to group: RouterGroup<ProviderContext>) {
        for method: HTTPRequest.Method in [.get, .post, .put, .delete] {
            group.on(":role/**", method: method, use: answer)
        }
    }

    @Sendable private func answer(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let id = try context.parameters.require("role")
        guard let role = provider.withState({ state, _ in state.roles[id]?.role }) else {
            throw HTTPError(.notFound, message: "no role \(id) is played")
        }
        guard let arrived = try await ArrivedRequest(request) else {
            return refusal(of: "the body is no form and no JSON object", in: role)
        }
        // Some providers have the token endpoint at the same path; a browser sends GET.
        if let consent = role.consent, consent.path == arrived.path, arrived.method == "GET" {
            return decide(arrived, consent, role)
        }
        let call: RoleState.Call
        do {
            call = try take(arrived, role)
        } catch {
            return Answer.failure(error).response()
        }
        return try await provider.run(
            call.operation, call.parameters, clientID: role.client.id, call: request.proxyCall, on: context.channel
        ) { state, sequence, now in
            do throws(OAuthFailure) {
                let answer = try state.server.act(call, role, sequence: sequence, now: now)
                state.roles[id]?.report.note(call.act)
                return Outcome(answer: answer.body, tokens: answer.tokens)
            } catch {
                state.roles[id]?.report.deviations.append(error.description)
                return Outcome(answer: .failure(error))
            }
        }
    }

    private func take(_ request: ArrivedRequest, _ role: Role) throws(OAuthFailure) -> RoleState.Call {
        let result = provider.withState { state, now -> Result<RoleState.Call, OAuthFailure> in
            guard var played = state.roles[role.id] else { return .failure(.invalidRequest("no such role")) }
            defer { state.roles[role.id] = played }
            do throws(OAuthFailure) {
                return .success(try played.call(request, now: now))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func decide(_ request: ArrivedRequest, _ consent: ConsentScript, _ role: Role) -> Response {
        let judgement = Judgement(request, by: consent)
        var deviations = judgement.deviations
        let redirectURI = judgement.found[.redirectURI] ?? ""
        if !RedirectURI.isAllowed(redirectURI, for: role.client) {
            deviations.append("redirect_uri is not the client's")
        }
        if let challenge = judgement.found[.challenge], !ProofKey.isChallenge(challenge) {
            deviations.append("code_challenge is none")
        }
        guard deviations.isEmpty else { return refusal(of: deviations.joined(separator: "; "), in: role) }
        let given = ConsentRequest(
            clientID: role.client.id, redirectURI: redirectURI, scope: consent.scope, state: judgement.found[.state],
            challenge: judgement.found[.challenge], subject: "sandbox-user")
        let code = provider.withState { state, now in state.server.issueCode(for: given, now: now) }
        var pairs = [(consent.code, code)] + consent.callback.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if let state = given.state { pairs.append(("state", state)) }
        if let issuer = consent.issuer { pairs.append(("iss", issuer)) }
        let location = RedirectURI.adding(pairs, to: redirectURI)
        return Response(status: .found, headers: [.location: location, .cacheControl: "no-store"])
    }

    private func refusal(of text: String, in role: Role) -> Response {
        let failure = provider.withState { state, _ in
            state.roles[role.id]?.deviation(text) ?? .invalidRequest(text)
        }
        return Answer.failure(failure).response()
    }
}
