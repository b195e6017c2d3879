import RefreshProtocol
import ServiceLifecycle
import StoreContract

/// Takes over once a second how the breakers of all clients in trouble stand at all hosts: lines that wait for one come up
/// again when another host's probe has closed it. A hint: each claim asks the store itself.
struct BreakerFollower: Service {
    let pipeline: TokenPipeline

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await pipeline.followBreakers()
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
        }
    }
}

extension TokenPipeline {
    func followBreakers() async {
        guard let stored = try? await parts.store.read({ try $0.clientBreakers() }) else { return }
        let breakers = stored.compactMapValues { SharedBreaker(stored: $0) }
        for client in gates.troubled.union(breakers.keys) { gates.follow(client, breakers[client]) }
    }
}
