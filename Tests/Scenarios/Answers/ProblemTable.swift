import Foundation
import Pipeline
import ProviderSimulator
import TestSupport

/// How each problem code of DESIGN.md §7 comes about, through HTTP at a real host. A code that is new does not compile until
/// it has its place here.
struct ProblemTable {
    let stage: ProblemStage

    private var scenario: Scenario { stage.scenario }

    /// Provokes a problem; the answer has its code.
    func provoke(_ code: PipelineError.Code) async throws -> HTTPProbe.Answer {
        switch code {
        case .malformed: try await post("{", "application/json")
        case .unauthenticated: try await scenario.host.probe.send("GET", scenario.host.url + "/api/v1/connections")
        case .forbidden:
            try await scenario.host.call(
                "POST", "/api/v1/connectors/bare/enable", token: scenario.callers.user(role: "member"))
        case .notFound: try await scenario.command("GET", "/connections/conn_of_nobody")
        case .methodNotAllowed: try await scenario.command("DELETE", "/connections")
        case .cursorGone:
            try await scenario.host.call(
                "GET", "/api/v1/events?after=\(stage.goneCursor)", token: scenario.callers.service("events:read"))
        case .payloadTooLarge: try await post(String(repeating: " ", count: 2 << 20), "application/json")
        case .unsupportedMediaType: try await post("{}", "text/plain")
        case .pending: try await scenario.token(try await Journey.start(scenario).connection)
        case .connectorDisabled: try await afterDisabling()
        case .needsReauthorization: try await scenario.token(stage.connection(.refused))
        case .expired: try await scenario.token(stage.connection(.past))
        case .revoked: try await afterRevoking()
        case .hostsNotConfigured:
            try await scenario.command(
                "POST", "/connectors/ours/authorize", ["inputs": ["site": "https://git.example.com"]])
        case .notConfigured: try await scenario.command("POST", "/connectors/bare/authorize", [:])
        case .duplicateGrant: try await importTwice()
        case .inUse: try await scenario.command("DELETE", "/connectors/sandbox/config")
        case .revisionConflict: try await behindTheHost()
        case .definitionHeld: try await scenario.command("POST", "/connectors/held/authorize", [:])
        case .invalidInput: try await scenario.command("GET", "/connections?status=asleep")
        case .invalidState:
            try await scenario.command("POST", "/connectors/sandbox/exchange", ["code": "none", "state": "none"])
        case .providerError: try await refusedExchange()
        case .providerUnavailable: try await refresh(.static, Fault(.status, operation: .refresh, status: 503))
        case .providerRateLimited:
            try await refresh(.limited, Fault(.status, operation: .refresh, status: 429, retryAfter: "1"))
        case .clientMisconfigured: try await refresh(.misfit, Fault(.invalidClient, operation: .refresh))
        case .callerRateLimited: try await secondCall()
        case .refreshInProgress: try await scenario.token(stage.connection(.recovering))
        case .storeUnavailable: try await scenario.command("GET", "/connections/\(stage.connection(.unreadable))")
        case .keysUnavailable: try await scenario.token(stage.connection(.unopenable))
        case .auditUnavailable: try await onFullDisk()
        case .connectorUnavailable:
            try await scenario.command(
                "POST", "/connectors/ill/connections", ["grant": "jwt_bearer", "subject": "ada@example.com"])
        case .draining: try await whileDraining()
        case .internal: try await backToNoAddress()
        }
    }

    // MARK: What takes several steps

    private func post(_ body: String, _ type: String) async throws -> HTTPProbe.Answer {
        try await scenario.host.probe.send(
            "POST", scenario.host.url + "/api/v1/connectors/sandbox/authorize", token: scenario.callers.user(),
            body: Data(body.utf8), headers: ["Content-Type": type])
    }

    private func afterDisabling() async throws -> HTTPProbe.Answer {
        let other = scenario.inOrganization("org-2")
        _ = try await other.command("POST", "/connectors/sandbox/disable")
        return try await other.command("POST", "/connectors/sandbox/authorize", [:])
    }

    private func afterRevoking() async throws -> HTTPProbe.Answer {
        let id = try await scenario.connect()
        _ = try await scenario.command("POST", "/connections/\(id)/revoke")
        return try await scenario.token(id)
    }

    private func importTwice() async throws -> HTTPProbe.Answer {
        let grant = try ProblemStage.staticGrant(scenario)
        _ = try await scenario.importGrant(grant, client: "static")
        return try await scenario.command(
            "POST", "/connectors/sandbox/connections",
            ["grant": "refresh_token", "refresh_token": grant.refreshToken, "client": "static"])
    }

    /// Somebody else has written the end of this host's audit chain: its own next link does not fit.
    private func behindTheHost() async throws -> HTTPProbe.Answer {
        try stage.files.change("UPDATE audit SET hash = CAST(x'30' || hash AS BLOB)")
        let answer = try await scenario.command("POST", "/connectors/bare/disable")
        try stage.files.change("UPDATE audit SET hash = CAST(substr(hash, 2) AS BLOB)")
        return answer
    }

    private func refusedExchange() async throws -> HTTPProbe.Answer {
        scenario.provider.add(Fault(.invalidGrant, operation: .exchange))
        return try await Journey.start(scenario).exchange()
    }

    private func refresh(_ role: ProblemStage.Role, _ fault: Fault) async throws -> HTTPProbe.Answer {
        var fault = fault
        fault.clientID = role.rawValue
        scenario.provider.add(fault)
        return try await scenario.refresh(stage.connection(role), ["force": true])
    }

    /// A browser is to go to what is no address: nothing but a defect puts that into the store.
    private func backToNoAddress() async throws -> HTTPProbe.Answer {
        let journey = try await Journey.start(scenario)
        let (page, cookie) = try await journey.ticket()
        let callback = try await journey.consent(page)
        try stage.files.change(
            "UPDATE flow SET return_to = '/' || char(10) WHERE connection = '\(journey.connection)'")
        return try await journey.callback(callback, cookie)
    }
}
