import Foundation

/// A request for consent that passed every check.
struct ConsentRequest: Sendable, Equatable {
    var clientID: String
    var redirectURI: String
    var scope: String
    var state: String?
    var challenge: String?
    var subject: String
}

/// Why there is no consent page.
enum ConsentRefusal: Error, Sendable, Equatable {
    /// Shown to the person: the redirect URI cannot be trusted (RFC 6749 §4.1.2.1).
    case page(String)
    /// Told to the client by this redirect.
    case redirect(String)
}

extension AuthorizationServer {
    /// Checks an authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3).
    func consent(_ parameters: Parameters, issuer: String) throws(ConsentRefusal) -> ConsentRequest {
        if let name = parameters.repeated { throw .page("The parameter \(name) stands twice.") }
        guard let id = parameters["client_id"], let client = clients[id] else {
            throw .page("No client of that client_id is registered here.")
        }
        guard let redirectURI = parameters["redirect_uri"], RedirectURI.isAllowed(redirectURI, for: client) else {
            throw .page("The redirect_uri is missing or not one of the client's.")
        }
        let request = ConsentRequest(
            clientID: id, redirectURI: redirectURI, scope: parameters["scope"] ?? client.scopes.joined(separator: " "),
            state: parameters["state"], challenge: parameters["code_challenge"],
            subject: parameters["login_hint"] ?? "sandbox-user")
        func refusal(_ error: String, _ description: String) -> ConsentRefusal {
            let answer = [("error", error), ("error_description", description)]
            return .redirect(RedirectURI.answering(request, answer, issuer: issuer))
        }
        guard parameters["response_type"] == "code" else {
            throw refusal("unsupported_response_type", "response_type must be code")
        }
        guard ScopeText.allows(client.scopes, request.scope) else {
            throw refusal("invalid_scope", "scope is not the client's")
        }
        if let challenge = request.challenge {
            guard parameters["code_challenge_method"] == "S256", ProofKey.isChallenge(challenge) else {
                throw refusal("invalid_request", "only the S256 code_challenge_method is supported")
            }
        } else if client.secret == nil {
            throw refusal("invalid_request", "a public client must use PKCE")
        }
        return request
    }

    /// The person decided: where the browser goes next, with a code or with `access_denied`.
    mutating func decide(_ request: ConsentRequest, allow: Bool, issuer: String, now: Date) -> String {
        guard allow else {
            return RedirectURI.answering(request, [("error", "access_denied")], issuer: issuer)
        }
        return RedirectURI.answering(request, [("code", issueCode(for: request, now: now))], issuer: issuer)
    }

    /// A code for a consent that was given.
    mutating func issueCode(for request: ConsentRequest, now: Date) -> String {
        let code = tokens.code()
        codes[code] = IssuedCode(
            clientID: request.clientID, redirectURI: request.redirectURI, state: request.state,
            challenge: request.challenge, scope: request.scope, subject: request.subject,
            expiresAt: now + Self.codeLifetime)
        return code
    }
}

/// Which redirect URIs are good, and how an answer is put on one.
enum RedirectURI {
    /// Exact match with the registered ones; a client without any may use every `http` address of the loopback interface.
    static func isAllowed(_ text: String, for client: SimulatedClient) -> Bool {
        // What goes into a Location header must not be able to end it.
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return false }
        guard client.redirectURIs.isEmpty else { return client.redirectURIs.contains(text) }
        guard let parts = URLComponents(string: text), let host = parts.host else { return false }
        return ["http", "https"].contains(parts.scheme) && parts.user == nil && parts.password == nil
            && parts.fragment == nil && ["127.0.0.1", "localhost", "[::1]", "::1"].contains(host)
    }

    /// The redirect URI with the answer, `state` and `iss` (RFC 9207) in its query.
    static func answering(_ request: ConsentRequest, _ answer: [(String, String)], issuer: String) -> String {
        var pairs = answer
        if let state = request.state { pairs.append(("state", state)) }
        pairs.append(("iss", issuer))
        return adding(pairs, to: request.redirectURI)
    }

    /// The redirect URI with more parameters in its query.
    static func adding(_ pairs: [(String, String)], to uri: String) -> String {
        let query = pairs.map { "\($0.0)=\(FormText.encode($0.1))" }.joined(separator: "&")
        return uri + (uri.contains("?") ? "&" : "?") + query
    }
}
