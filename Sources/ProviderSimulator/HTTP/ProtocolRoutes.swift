import Foundation
import HTTPTypes
import Hummingbird

/// The endpoints that clients call: each is a piece of work for the core, run through faults and gates.
struct ProtocolRoutes: Sendable {
    let provider: SimulatedProvider

    @Sendable func token(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let parameters = try await request.form()
        let operation = Operation(grantType: parameters["grant_type"])
        return try await run(operation, request, parameters, context) { server, call, now in
            do throws(OAuthFailure) {
                let tokens =
                    parameters["grant_type"] == AuthorizationServer.assertionGrant
                    ? try server.redeemAssertion(parameters, audience: provider.currentIssuer + "/token", now: now)
                    : try server.token(
                        parameters, authorization: call.authorization, sequence: call.sequence, now: now)
                return Outcome(answer: .json(tokens.json), tokens: tokens)
            } catch {
                return Outcome(answer: .failure(error))
            }
        }
    }

    @Sendable func revoke(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let parameters = try await request.form()
        return try await run(.revoke, request, parameters, context) { server, call, _ in
            do throws(OAuthFailure) {
                try server.revoke(parameters, authorization: call.authorization)
                return Outcome(answer: Answer(status: 200, headers: [], body: ""))
            } catch {
                return Outcome(answer: .failure(error))
            }
        }
    }

    @Sendable func introspect(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let parameters = try await request.form()
        return try await run(.introspect, request, parameters, context) { server, call, now in
            do throws(OAuthFailure) {
                return Outcome(
                    answer: .json(try server.introspect(parameters, authorization: call.authorization, now: now)))
            } catch {
                return Outcome(answer: .failure(error))
            }
        }
    }

    @Sendable func authorizeDevice(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let parameters = try await request.form()
        return try await run(.deviceAuthorization, request, parameters, context) { server, call, now in
            do throws(OAuthFailure) {
                return Outcome(
                    answer: .json(
                        try server.authorizeDevice(
                            parameters, authorization: call.authorization, issuer: provider.currentIssuer, now: now)))
            } catch {
                return Outcome(answer: .failure(error))
            }
        }
    }

    @Sendable func userinfo(_ request: Request, _ context: ProviderContext) async throws -> Response {
        try await run(.userinfo, request, Parameters(form: ""), context) { server, call, now in
            let words = (call.authorization ?? "").split(separator: " ")
            guard words.count == 2, words[0].lowercased() == "bearer" else { return Outcome(answer: .unauthorized("")) }
            guard let record = server.useAccessToken(String(words[1]), now: now) else {
                return Outcome(answer: .unauthorized(" error=\"invalid_token\""))
            }
            let scope = JSONText.string(record.scope)
            return Outcome(
                answer: .json(
                    "{\"sub\":\(JSONText.string(record.subject)),\"client_id\":\(JSONText.string(record.clientID)),"
                        + "\"scope\":\(scope),\"generation\":\(record.generation)}"))
        }
    }

    /// One call of a client that says itself who it is.
    private func run(
        _ operation: Operation, _ request: Request, _ parameters: Parameters, _ context: ProviderContext,
        _ work: (inout AuthorizationServer, Call, Date) -> Outcome
    ) async throws -> Response {
        let authorization = request.headers[.authorization]
        let clientID = ClientCredentials.claimedID(authorization: authorization, parameters: parameters)
        return try await provider.run(
            operation, parameters, clientID: clientID, call: request.proxyCall, on: context.channel
        ) {
            work(&$0.server, Call(authorization: authorization, sequence: $1), $2)
        }
    }

    /// A call as the work sees it.
    private struct Call {
        var authorization: String?
        var sequence: Int?
    }
}

extension Answer {
    /// RFC 6750 §3: the challenge of a bearer resource.
    static func unauthorized(_ parameters: String) -> Answer {
        var answer = Answer.json("{\"error\":\"invalid_token\"}", status: 401)
        let realm = "Bearer realm=\"sandbox\"" + (parameters.isEmpty ? "" : ",\(parameters)")
        answer.headers.append(Header(name: "WWW-Authenticate", value: realm))
        return answer
    }
}
