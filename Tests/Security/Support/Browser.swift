import Foundation
import TestSupport

/// A person's browser on its way through an authorization, one step at a time; notes each secret it meets as a canary.
struct Browser {
    let host: TestHost
    let callers: CallerTokens
    let probe = HTTPProbe()

    /// What `authorize` gave.
    struct Start {
        var authorizationURL: String
        var providerURL: String
        var state: String
        var connection: String
    }

    /// Where the ticket led.
    struct Visit {
        var location: String
        /// `name=value`, as the browser sends it back.
        var cookie: String
        var setCookie: String
    }

    /// `POST …/authorize`.
    func authorize(
        _ connector: String = "sandbox", token: String? = nil, _ json: [String: any Sendable] = [:]
    ) async throws -> Start {
        let body: [String: any Sendable] = ["login_hint": "auto-allow"]
        let answer = try await host.call(
            "POST", "/api/v1/connectors/\(connector)/authorize", token: token ?? callers.user(),
            json: body.merging(json) { $1 })
        guard answer.status == 201, let page = answer.json["authorization_url"] as? String,
            let provider = answer.json["provider_url"] as? String, let state = answer.json["state"] as? String,
            let connection = answer.json["connection_id"] as? String
        else { throw Failure("authorize: \(answer.status) \(answer.text)") }
        try TestFolders.noteCanaries([state, String(page.split(separator: "/").last ?? "")])
        return Start(authorizationURL: page, providerURL: provider, state: state, connection: connection)
    }

    /// Follows the ticket.
    func open(_ start: Start) async throws -> Visit {
        let answer = try await probe.send("GET", start.authorizationURL)
        guard answer.status == 302, let location = answer.header("Location"),
            let setCookie = answer.header("Set-Cookie"), let cookie = setCookie.split(separator: ";").first
        else { throw Failure("ticket: \(answer.status) \(answer.text)") }
        try TestFolders.noteCanaries([String(cookie.split(separator: "=", maxSplits: 1)[1])])
        try TestFolders.noteCanaries(query(location).filter { $0.key == "state" }.map(\.value))
        return Visit(location: location, cookie: String(cookie), setCookie: setCookie)
    }

    /// Consents at the provider and returns the callback's address.
    func consent(_ location: String) async throws -> String {
        let answer = try await probe.send("GET", location)
        guard (302...303).contains(answer.status), let callback = answer.header("Location") else {
            throw Failure("consent: \(answer.status) \(answer.text)")
        }
        try TestFolders.noteCanaries(query(callback).filter { $0.key == "code" }.map(\.value))
        return callback
    }

    /// Returns to the host.
    func callback(_ url: String, cookie: String?) async throws -> HTTPProbe.Answer {
        try await probe.send("GET", url, headers: cookie.map { ["Cookie": $0] } ?? [:])
    }

    /// The parameters of an address.
    func query(_ url: String) -> [String: String] {
        Dictionary((URLComponents(string: url)?.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { first, _ in first
        }
    }
}
