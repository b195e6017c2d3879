import Foundation
import Synchronization
import TestSupport
import Testing

/// A provider whose every answer a test sets, for what comes after an exchange.
final class StepProvider: Sendable {
    private final class Script: Sendable {
        let answers = Mutex<[String: String]>([:])

        func answer(_ path: Substring) -> String {
            answers.withLock { $0[String(path)] } ?? RawServer.json("{}", status: 404)
        }
    }

    private let script = Script()
    private let server: RawServer

    init() throws {
        let script = script
        server = try RawServer { script.answer($0.path.prefix { $0 != "?" }) }
        set("/token", #"{"access_token":"\#(Self.accessToken)","expires_in":3600}"#)
    }

    /// What an exchange brings unless a test says otherwise.
    static let accessToken = "canary-short-token-1"

    var address: String { "http://127.0.0.1:\(server.port)" }

    /// The answer of a path from now on.
    func set(_ path: String, _ body: String, status: Int = 200) {
        script.answers.withLock { $0[path] = RawServer.json(body, status: status) }
    }

    /// From now on a path hangs up without a word.
    func hangUp(_ path: String) { script.answers.withLock { $0[path] = "" } }

    /// What was asked of a path.
    func requests(_ path: String) -> [RawServer.Request] {
        server.requests.filter { $0.path.prefix { $0 != "?" } == path }
    }

    /// A definition whose endpoints are here; `more` are further keys.
    func definition(_ more: String) -> String {
        """
        format: 1
        id: acme
        title: Acme
        scopes: {default: [read]}
        authorization: {endpoint: "\(address)/authorize"}
        token: {endpoint: "\(address)/token"}
        \(more)
        """
    }
}

/// One host with the definition `acme`, whose client is set up.
struct StepScenario: Sendable {
    let provider: StepProvider
    let scenario: Scenario

    /// As short as a kill matrix has it, but for how long callers wait: an exchange has its steps to wait for, too.
    private static let timing = KillLane.timing.merging([
        "REFRESH_SOFT_DEADLINE": "3s", "REFRESH_HARD_DEADLINE": "4s", "LEASE_DURATION": "7s",
        "REFRESH_OWNER_GRACE": "20s",
    ]) { $1 }

    static func run(
        _ name: String, _ more: (StepProvider) -> String, change: (String) -> String = { $0 },
        settings: [String: any Sendable] = [:], fault: String? = nil,
        _ body: @Sendable (StepScenario, ChildProcess) async throws -> Void
    ) async throws {
        let provider = try StepProvider()
        let folder = try TestFolders.make(name + "-connectors")
        try Data(change(provider.definition(more(provider))).utf8).write(to: folder.appendingPathComponent("acme.yaml"))
        try TestFolders.noteCanaries([
            StepProvider.accessToken, "canary-client-secret", "canary-code-1", "canary-long-token-1", "canary-rt-1",
        ])
        try await Scenario.run(name, environment: timing, connectors: folder) { scenario in
            let child = try await scenario.host.start(fault: fault)
            let steps = StepScenario(provider: provider, scenario: scenario)
            let put = try await scenario.command(
                "PUT", "/connectors/acme/config",
                [
                    "client_id": "client-1", "client_secret": "canary-client-secret",
                    "redirect_uris": ["https://app.example/cb"], "settings": settings,
                ])
            guard put.status == 200 else { throw Failure("config: \(put.text)") }
            try await body(steps, child)
            guard child.end == nil else { return }
            child.kill(SIGTERM)
            try await child.waitForEnd()
            #expect(child.exitCode == 0)
        }
    }

    /// Starts an authorization: its state, its connection, and the consent page's parameters.
    func authorize(_ more: [String: any Sendable] = [:]) async throws -> (
        state: String, id: String, page: [String: String], start: String
    ) {
        let started = try await scenario.command("POST", "/connectors/acme/authorize", more)
        guard started.status == 201 else { throw Failure("authorize: \(started.text)") }
        return (
            started.json["state"] as? String ?? "", started.json["connection_id"] as? String ?? "",
            Journey.query(started.json["provider_url"] as? String ?? ""),
            started.json["authorization_url"] as? String ?? ""
        )
    }

    /// Redeems a code for an authorization that was started.
    func exchange(_ state: String) async throws -> HTTPProbe.Answer {
        try await scenario.command(
            "POST", "/connectors/acme/exchange", ["code": "canary-code-1", "state": state])
    }

    /// A connection, and how the exchange answered.
    func connect() async throws -> (id: String, answer: HTTPProbe.Answer) {
        let (state, id, _, _) = try await authorize()
        let answer = try await exchange(state)
        return (id, answer)
    }

    func captured(_ id: String) async throws -> [String: String] {
        try await scenario.show(id)["captured"] as? [String: String] ?? [:]
    }

    func lastError(_ id: String) async throws -> String? {
        (try await scenario.show(id)["last_error"] as? [String: Any])?["code"] as? String
    }
}
