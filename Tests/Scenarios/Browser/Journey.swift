import Foundation
import ProviderSimulator
import TestSupport

/// A person on the way through an authorization, with a browser that keeps one cookie.
struct Journey: Sendable {
    let scenario: Scenario
    /// What `authorize` answered.
    let started: HTTPProbe.Answer

    /// Starts one.
    static func start(_ scenario: Scenario, _ json: [String: any Sendable] = [:]) async throws -> Journey {
        let answer = try await scenario.command("POST", "/connectors/sandbox/authorize", json)
        guard answer.status == 201 else { throw Failure("authorize: \(answer.status) \(answer.text)") }
        try TestFolders.noteCanaries([answer.json["state"] as? String ?? "-"])
        return Journey(scenario: scenario, started: answer)
    }

    var connection: String { started.json["connection_id"] as? String ?? "" }
    var state: String { started.json["state"] as? String ?? "" }
    var providerURL: String { started.json["provider_url"] as? String ?? "" }

    /// Follows the ticket: the consent page's address and the cookie.
    /// - Parameter earlier: The cookie that another flow has left in the browser.
    func ticket(sending earlier: String? = nil) async throws -> (page: String, cookie: String) {
        let answer = try await scenario.host.probe.send(
            "GET", started.json["authorization_url"] as? String ?? "",
            headers: earlier.map { ["Cookie": $0] } ?? [:])
        guard answer.status == 302, let page = answer.header("Location"),
            let cookie = answer.header("Set-Cookie")?.split(separator: ";").first
        else { throw Failure("ticket: \(answer.status) \(answer.text)") }
        return (page, String(cookie))
    }

    /// Decides at the provider: the callback's address.
    func consent(_ page: String, _ decision: String = "allow") async throws -> String {
        let answer = try await scenario.host.probe.send("GET", page + "&auto=" + decision)
        guard answer.status == 302, let callback = answer.header("Location") else {
            throw Failure("consent: \(answer.status) \(answer.text)")
        }
        return callback
    }

    /// Comes back to the host.
    func callback(_ url: String, _ cookie: String) async throws -> HTTPProbe.Answer {
        try await scenario.host.probe.send("GET", url, headers: ["Cookie": cookie])
    }

    /// The whole way through the browser.
    func complete() async throws -> HTTPProbe.Answer {
        let (page, cookie) = try await ticket()
        return try await callback(try await consent(page), cookie)
    }

    /// The whole way for a caller that receives the callback itself.
    func exchange() async throws -> HTTPProbe.Answer {
        let code = Journey.query(try await consent(providerURL))["code"] ?? ""
        return try await scenario.command(
            "POST", "/connectors/sandbox/exchange", ["code": code, "state": state])
    }

    /// The parameters of an address, decoded once.
    static func query(_ url: String) -> [String: String] {
        Dictionary((URLComponents(string: url)?.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { first, _ in first
        }
    }
}
