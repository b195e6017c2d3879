import Conformance
import Foundation
import TestSupport

/// A real host, by its HTTP API.
struct APIHost: HostUnderTest {
    let scenario: Scenario

    func configure(_ connector: String, client: ClientMaterial) async throws {
        var body: [String: any Sendable] = ["inputs": client.inputs]
        body.merge(client.material) { known, _ in known }
        if let uri = client.redirectURI {
            body["redirect_uris"] = [uri]
            body["settings"] = ["exchange_without_state": true]
        }
        _ = try await ask("PUT", "/connectors/\(connector)/config", body, expecting: 200)
    }

    func authorize(_ connector: String, with own: ConnectionMaterial) async throws -> StartedConsent {
        let started = try await ask("POST", "/connectors/\(connector)/authorize", Self.body(own), expecting: 201)
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
        _ connector: String, code: String, redirectURI: String, parameters: [String: String],
        with own: ConnectionMaterial
    ) async throws -> String {
        var body = Self.body(own)
        body.merge(["code": code, "redirect_uri": redirectURI, "parameters": parameters]) { $1 }
        let made = try await ask("POST", "/connectors/\(connector)/exchange", body, expecting: 201)
        return made.json["id"] as? String ?? ""
    }

    func redeem(_ connector: String, grant: String, with own: ConnectionMaterial) async throws -> String {
        var body = Self.body(own)
        body["grant"] = grant
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

    private static func body(_ own: ConnectionMaterial) -> [String: any Sendable] {
        var body: [String: any Sendable] = ["inputs": own.inputs]
        body["client_material"] = own.client
        return body
    }

    private func served(_ answer: HTTPProbe.Answer) throws -> ServedToken {
        guard answer.status == 200, let token = answer.json["access_token"] as? String else {
            throw Nonconformance("\(answer.status) \(answer.text)")
        }
        try TestFolders.noteCanaries([token])
        let captured = answer.json["captured"] as? [String: String] ?? [:]
        return ServedToken(accessToken: token, generation: answer.generation, captured: captured)
    }

    private func ask(
        _ method: String, _ path: String, _ body: [String: any Sendable], expecting status: Int
    ) async throws -> HTTPProbe.Answer {
        let answer = try await scenario.command(method, path, body)
        guard answer.status == status else { throw Nonconformance("\(answer.status) \(answer.text)") }
        return answer
    }
}
