import Foundation
import Testing

@testable import ProviderSimulator

/// Random numbers that are the same in every run.
struct CountingRandom: RandomNumberGenerator, Sendable {
    var state: UInt64 = 0

    mutating func next() -> UInt64 {
        state += 1
        return state &* 0x9E37_79B9_7F4A_7C15
    }
}

/// The core with a clock that the test holds in its hand.
struct Core {
    static let verifier = String(repeating: "v", count: 43)
    static let redirect = "http://127.0.0.1:9000/callback"

    var server: AuthorizationServer
    var client: SimulatedClient
    var now = Date(timeIntervalSince1970: 1_800_000_000)

    init(_ client: SimulatedClient = SimulatedClient(id: "c")) {
        self.client = client
        server = AuthorizationServer(clients: [client], tokens: TokenSource(random: CountingRandom()))
    }

    /// A code, as if a person had allowed.
    mutating func code(
        challenge: String? = ProofKey.challenge(of: Core.verifier), scope: String = "read"
    ) throws -> String {
        var text = "response_type=code&client_id=\(client.id)&redirect_uri=\(FormText.encode(Core.redirect))"
        text += "&scope=\(FormText.encode(scope))"
        if let challenge { text += "&code_challenge=\(challenge)&code_challenge_method=S256" }
        let request = try server.consent(Parameters(form: text), issuer: "http://issuer")
        let location = server.decide(request, allow: true, issuer: "http://issuer", now: now)
        let query = try #require(URLComponents(string: location)?.percentEncodedQuery)
        return try #require(Parameters(form: query)["code"])
    }

    mutating func exchange(_ code: String, verifier: String? = Core.verifier, redirect: String = Core.redirect) -> Reply
    {
        let parameters =
            "grant_type=authorization_code&code=\(code)&redirect_uri=\(FormText.encode(redirect))"
            + (verifier.map { "&code_verifier=\($0)" } ?? "")
        return call(parameters, .exchange)
    }

    mutating func refresh(_ token: String?, scope: String? = nil) -> Reply {
        call("grant_type=refresh_token&refresh_token=\(token ?? "")" + (scope.map { "&scope=\($0)" } ?? ""), .refresh)
    }

    /// A family's first reply.
    mutating func connect() throws -> Reply { exchange(try code()) }

    mutating func call(_ text: String, _ operation: ProviderSimulator.Operation) -> Reply {
        let secret = client.secret.map { "&client_secret=\($0)" } ?? ""
        let parameters = Parameters(form: text + "&client_id=\(client.id)" + secret)
        let sequence = server.logArrival(operation, parameters, clientID: client.id, now: now)
        var reply = Reply()
        do throws(OAuthFailure) {
            let answer = try server.token(parameters, authorization: nil, sequence: sequence, now: now)
            reply.access = answer["access_token"].map(JSONText.plain)
            reply.refresh = answer["refresh_token"].map(JSONText.plain)
        } catch {
            reply.error = error.code
        }
        server.log.close(sequence, .json("{}"), fault: nil, now: now)
        reply.line = server.log.line(sequence)
        return reply
    }

    func isAlive(_ access: String?) -> Bool { access.flatMap { server.liveAccessToken($0, now: now) } != nil }
}

/// What a call of the core brought.
struct Reply {
    var access: String?
    var refresh: String?
    var error: String?
    var line: Presentation?

    var verdict: Verdict? { line?.verdict }
}
