import Foundation
import Synchronization
import Testing

@testable import Provider

/// Runs `body` with a client, and shuts the client down whatever happens.
func withClient<Result>(
    _ policy: EgressPolicy = EgressPolicy(allowPrivate: true), _ body: (ProviderClient) async throws -> Result
) async throws -> Result {
    try await withClient(ProviderClient(policy: policy), body)
}

func withClient<Result>(
    _ client: ProviderClient, _ body: (ProviderClient) async throws -> Result
) async throws -> Result {
    do {
        let result = try await body(client)
        await client.shutdown()
        return result
    } catch {
        await client.shutdown()
        throw error
    }
}

/// Sends one POST to a server that runs `script`.
func post(
    hardDeadline: Duration = .seconds(10), bodyLimit: Int = 1 << 20, to script: @escaping @Sendable (Peer) -> Void
) async throws -> (outcome: PresentationOutcome, log: ScriptedServer.Log) {
    let server = try ScriptedServer(script)
    defer { server.stop() }
    let outcome = try await withClient { client in
        await client.perform(.post(server.url, hardDeadline: hardDeadline, bodyLimit: bodyLimit))
    }
    return (outcome, server.log)
}

extension Presentation {
    static func post(
        _ url: String, body: String = "grant_type=refresh_token", headers: [WireHeader] = [],
        connectTimeout: Duration = .seconds(5), hardDeadline: Duration = .seconds(10), bodyLimit: Int = 1 << 20,
        mayWrite: @escaping @Sendable () -> Bool = { true }, onFirstByte: (@Sendable () -> Void)? = nil
    ) -> Presentation {
        let request = WireRequest(method: "POST", url: url, headers: headers, body: Data(body.utf8))
        return Presentation(
            request, connectTimeout: connectTimeout, hardDeadline: hardDeadline, bodyLimit: bodyLimit,
            mayWrite: mayWrite, onFirstByte: onFirstByte)
    }
}

extension PresentationOutcome {
    var answer: WireResponse? {
        if case .answer(let response) = self { response } else { nil }
    }
    var broken: BrokenReason? {
        if case .broken(let reason, _) = self { reason } else { nil }
    }
    var notSent: NotSentReason? {
        if case .notSent(let reason) = self { reason } else { nil }
    }
    var partial: WireResponse? {
        if case .broken(_, let partial) = self { partial } else { nil }
    }
}

/// Waits until a condition holds, at most ten seconds.
func eventually(_ condition: () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while !condition() {
        try #require(ContinuousClock.now < end, "the condition never held")
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// A switch that several threads look at.
final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }

    /// Blocks a thread, never a task, until it is set; at most ten seconds.
    func block() {
        let end = ContinuousClock.now + .seconds(10)
        while !isSet && ContinuousClock.now < end { usleep(500) }
    }
}
