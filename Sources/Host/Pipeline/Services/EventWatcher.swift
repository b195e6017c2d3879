import ServiceLifecycle
import StoreContract

/// Looks once a second whether another process has written events, since the store's bell rings for this one's only.
/// Where no other process can write it ends at once.
struct EventWatcher: Service {
    let store: any Store

    func run() async throws {
        guard !store.isExclusive else { return }
        var newest: Int64?
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            if let found = try? await store.read({ try $0.eventRange().newest }) {
                if let newest, newest != found { store.eventBell.ring() }
                newest = found
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
        }
    }
}
