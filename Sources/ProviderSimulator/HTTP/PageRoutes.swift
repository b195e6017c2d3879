import Foundation
import HTTPTypes
import Hummingbird

/// What a person opens in a browser: the index, the consent page; and the metadata document.
struct PageRoutes: Sendable {
    let provider: SimulatedProvider

    @Sendable func index(_ request: Request, _ context: ProviderContext) -> Response {
        let page = IndexPage(
            issuer: provider.currentIssuer, statistics: provider.statistics(), clients: provider.clients(),
            waiting: provider.gates.waiting, faults: provider.faults().count)
        return HTML.page("Sandbox provider", page.body)
    }

    /// Authorization server metadata (RFC 8414 §3.2).
    @Sendable func metadata(_ request: Request, _ context: ProviderContext) -> Response {
        let issuer = provider.currentIssuer
        let document: [String: JSONValue] = [
            "issuer": .text(issuer), "authorization_endpoint": .text(issuer + "/authorize"),
            "token_endpoint": .text(issuer + "/token"),
            "device_authorization_endpoint": .text(issuer + "/device_authorization"),
            "revocation_endpoint": .text(issuer + "/revoke"),
            "introspection_endpoint": .text(issuer + "/introspect"), "userinfo_endpoint": .text(issuer + "/userinfo"),
            "response_types_supported": .list(["code"]), "code_challenge_methods_supported": .list(["S256"]),
            "grant_types_supported": .list([
                "authorization_code", "refresh_token", "client_credentials", AuthorizationServer.deviceGrant,
            ]),
            "token_endpoint_auth_methods_supported": .list(["client_secret_basic", "client_secret_post", "none"]),
            "authorization_response_iss_parameter_supported": .flag(true),
        ]
        return ControlRoutes.json(document)
    }

    /// Shows the consent page, or decides at once for scripts: `auto=allow|deny`, or that behind `login_hint=auto-`.
    @Sendable func showConsent(_ request: Request, _ context: ProviderContext) -> Response {
        answer(request.queryParameters, status: .found)
    }

    /// The consent page's form; scripts post the authorization request with `decision=allow|deny`.
    @Sendable func decideConsent(_ request: Request, _ context: ProviderContext) async throws -> Response {
        answer(request.queryParameters.adding(try await request.form()), status: .seeOther)
    }

    private func answer(_ parameters: Parameters, status: HTTPResponse.Status) -> Response {
        provider.withState { state, _ in state.statistics.arrived(.authorize) }
        let response = respond(parameters, status: status)
        provider.withState { state, _ in state.statistics.left(status: response.status.code) }
        return response
    }

    private func respond(_ parameters: Parameters, status: HTTPResponse.Status) -> Response {
        switch step(parameters) {
        case .ask(let request):
            HTML.page("Allow access?", ConsentPage(request: request, parameters: parameters).body)
        case .go(let location):
            Response(status: status, headers: [.location: location, .cacheControl: "no-store"])
        case .refuse(let reason):
            HTML.page("This request cannot be answered", "<p>\(HTML.escape(reason))</p>", status: .badRequest)
        }
    }

    private func step(_ parameters: Parameters) -> Step {
        let issuer = provider.currentIssuer
        let decision = Self.decision(parameters)
        return provider.withState { state, now in
            do throws(ConsentRefusal) {
                let request = try state.server.consent(parameters, issuer: issuer)
                guard let decision else { return .ask(request) }
                return .go(state.server.decide(request, allow: decision == "allow", issuer: issuer, now: now))
            } catch {
                switch error {
                case .page(let reason): return .refuse(reason)
                case .redirect(let location): return .go(location)
                }
            }
        }
    }

    /// What an authorization request leads to.
    private enum Step: Sendable {
        case ask(ConsentRequest)
        case go(String)
        case refuse(String)
    }

    /// What was decided already; nil: the person must be asked.
    private static func decision(_ parameters: Parameters) -> String? {
        let hint = parameters["login_hint"].flatMap { $0.hasPrefix("auto-") ? String($0.dropFirst(5)) : nil }
        let word = parameters["decision"] ?? parameters["auto"] ?? hint
        return word == "allow" || word == "deny" ? word : nil
    }
}
