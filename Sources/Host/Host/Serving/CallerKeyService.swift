import API
import Foundation
import Logging
import Provider
import ServiceLifecycle
import Settings

/// Keeps the keys of `JWKS_URL` fresh. An address that is away does not stop the host: other callers are served meanwhile.
struct CallerKeyService: Service {
    let keys: CallerKeySet
    private let client: ProviderClient

    /// - Parameter url: `JWKS_URL`. The operator chose it, not an organization, so it may be a private address, as an
    ///   identity service's often is; everything else is as for providers.
    init(_ url: String, egress: HostSettings.Egress, logger: Logger) throws {
        var policy = EgressPolicy(egress)
        policy.allowPrivate = true
        let client = try ProviderClient(policy: policy)
        self.client = client
        keys = CallerKeySet(logger: logger) { try await Self.fetch(url, client) }
    }

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let pause = await keys.refresh()
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
        await client.shutdown()
    }

    /// Short times: a caller may wait for this.
    private static func fetch(_ url: String, _ client: ProviderClient) async throws -> Data {
        let request = WireRequest(method: "GET", url: url, headers: [WireHeader("Accept", "application/json")])
        switch await client.call(request, connectTimeout: .seconds(2), deadline: .seconds(5)) {
        case .answer(let answer) where answer.status == 200: return answer.body
        case .answer(let answer): throw FetchFailure(description: "the answer has status \(answer.status)")
        case .notSent(let reason): throw FetchFailure(description: reason.description)
        case .broken(let reason, _): throw FetchFailure(description: reason.description)
        }
    }

    private struct FetchFailure: Error, CustomStringConvertible { let description: String }
}
