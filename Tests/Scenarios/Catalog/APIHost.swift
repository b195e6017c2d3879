import Conformance
import Foundation
import TestSupport

/// A real host, by its HTTP API.
struct APIHost: HostUnderTest {
    let scenario: Scenario

    func configure(_ connector: String, client: ClientMaterial) async throws {
        var body: [String: any Sendable] = ["client_id": client.id, "inputs": client.inputs]
        body.merge(client.secrets) { known, _ in known }
        if let uri = client.redirectURI {
            body["redirect_uris"] = [uri]
            body["settings"] = ["exchange_without_state": true]
        }
        _ = try await ask("PUT", "/connectors/\(connector)/config", body, expecting: 200)
    }

    func authorize(_ connector: String, inputs: [String: String]) async throws -> StartedConsent {
        let started = try await ask("POST", "/connectors/\(connector)/authorize", ["inputs": inputs], expecting: 201)
        try TestFolders.noteCanaries([started.json["state"] as? String ?? "-"])
        let journey = Journey(scenario: scenario, started: started)
        let (page, cookie) = try await journey.ticket()
        return StartedConsent(connection: journey.connection, page: page, cookie: cookie)
    }

    func receive(callback: String, of consent: StartedConsent) async throws {
        let headers = ["Cookie": consent.cookie]
        _ = try await scenario.host.probe.send("GET", callback, headers: headers)
        let shown = try await scenario.show(consent.connection)
        guard shown["status"] as? String == "active" else {
            throw Nonconformance("the connection is \(shown["status"] ?? "gone"): \(shown["last_error"] ?? "")")
        }
    }

    func exchange(
        _ connector: String, code: String, redirectURI: String, parameters: [String: String], inputs: [String: String]
    ) async throws -> String {
        let body: [String: any Sendable] = [
            "code": code, "redirect_uri": redirectURI, "parameters": parameters, "inputs": inputs,
        ]
        let made = try await ask("POST", "/connectors/\(connector)/exchange", body, expecting: 201)
        return made.json["id"] as? String ?? ""
    }

    func redeem(_ connector: String, grant: String, inputs: [String: String]) async throws -> String {
        let body: [String: any Sendable] = ["grant": grant, "inputs": inputs]
        let made = try await ask("POST", "/connectors/\(connector)/connections", body, expecting: 201)
        return made.json["id"] as? String ?? ""
    }

    func token(of connection: String) async throws -> ServedToken {
        let answer = try await scenario.host.call(
            "GET", "/api/v1/connections/\(connection)/token?min_validity=0",
            token: scenario.callers.service("token:read"))
        return try served(answer)
    }

    func refresh(_ connection: String) async throws -> ServedToken {
        try served(try await scenario.refresh(connection, ["force": true]))
    }

    func revoke(_ connection: String) async throws {
        _ = try await ask("POST", "/connections/\(connection)/revoke", [:], expecting: 202)
    }

    private func served(_ answer: HTTPProbe.Answer) throws -> ServedToken {
        guard answer.status == 200, let token = answer.json["access_token"] as? String else {
            throw Nonconformance("\(answer.status) \(answer.text)")
        }
        try TestFolders.noteCanaries([token])
        return ServedToken(accessToken: token, generation: answer.generation)
    }

    private func ask(
        _ method: String, _ path: String, _ body: [String: any Sendable], expecting status: Int
    ) async throws -> HTTPProbe.Answer {
        let answer = try await scenario.command(method, path, body)
        guard answer.status == status else { throw Nonconformance("\(answer.status) \(answer.text)") }
        return answer
    }
}
