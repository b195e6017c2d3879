package import Foundation
import Logging
package import ProviderSimulator

/// A host with the simulated provider beside it, and the steps that most tests begin with.
package struct Scenario: Sendable {
    package let host: TestHost
    package let provider: SimulatedProvider
    package let callers: CallerTokens

    /// Runs a test with a provider in this process and a host that is not started yet.
    package static func run(
        _ name: String, environment: [String: String] = TestHost.shortTiming, connectors: URL? = nil,
        _ body: @Sendable (Scenario) async throws -> Void
    ) async throws {
        try await SimulatedProvider.running(.init(logger: Logger(label: "provider") { _ in SwiftLogNoOpLogHandler() }))
        { provider in
            let host = try TestHost(name, environment: environment, connectors: connectors)
            try await body(Scenario(host: host, provider: provider, callers: CallerTokens()))
        }
    }

    /// The same host and provider for callers of another organization.
    package func inOrganization(_ organization: String) -> Scenario {
        Scenario(host: host, provider: provider, callers: CallerTokens(organization: organization))
    }

    /// The same provider and callers with another host.
    package func on(_ other: TestHost) -> Scenario { Scenario(host: other, provider: provider, callers: callers) }

    /// Sets up an OAuth client of the sandbox connector.
    package func configure(client: String = "sandbox-client", class rotation: [String: any Sendable] = [:]) async throws
    {
        let answer = try await host.call(
            "PUT", "/api/v1/connectors/sandbox/config", token: callers.user(),
            json: [
                "client_id": client, "client_secret": "sandbox-secret",
                "inputs": ["port": "\(try await provider.port)"], "settings": rotation,
            ])
        guard answer.status == 200 else { throw Failure("config: \(answer.status) \(answer.text)") }
    }

    /// Imports a grant that the provider gives away without a browser, and returns the connection's id.
    package func connect(client: String = "sandbox-client") async throws -> String {
        guard let grant = provider.issueGrant(clientID: client, scope: "read offline", subject: "somebody") else {
            throw Failure("the provider gave no grant")
        }
        return try await importGrant(grant)
    }

    /// Imports this grant for one of the organization's clients, and returns the connection's id.
    package func importGrant(_ grant: IssuedGrant, client: String = "default") async throws -> String {
        try TestFolders.noteCanaries([grant.refreshToken])
        let answer = try await host.call(
            "POST", "/api/v1/connectors/sandbox/connections", token: callers.user(),
            json: ["grant": "refresh_token", "refresh_token": grant.refreshToken, "client": client])
        guard answer.status == 201, let id = answer.json["id"] as? String else {
            throw Failure("import: \(answer.status) \(answer.text)")
        }
        return id
    }

    /// Reads the token and notes it as a canary.
    package func token(_ id: String, name: String? = nil) async throws -> HTTPProbe.Answer {
        let answer = try await host.call(
            "GET", "/api/v1/connections/\(id)/token" + (name.map { "?name=\($0)" } ?? ""),
            token: callers.service("token:read"))
        if let token = answer.json["access_token"] as? String { try TestFolders.noteCanaries([token]) }
        return answer
    }

    /// Refreshes.
    package func refresh(_ id: String, _ json: [String: any Sendable] = [:]) async throws -> HTTPProbe.Answer {
        let answer = try await host.call(
            "POST", "/api/v1/connections/\(id)/refresh", token: callers.service("token:refresh", "token:force"),
            json: json)
        if let token = answer.json["access_token"] as? String { try TestFolders.noteCanaries([token]) }
        return answer
    }

    /// Shows the connection.
    package func show(_ id: String) async throws -> [String: Any] {
        try await host.call("GET", "/api/v1/connections/\(id)", token: callers.user()).json
    }
}
