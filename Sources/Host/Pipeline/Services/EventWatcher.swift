import ServiceLifecycle
import StoreContract

/// Looks twice a second whether another process has written events, since the store's bell rings for this one's only.
/// Where no other process can write it ends at once.
struct EventWatcher: Service {
    private let bell: EventBell
    private let pause: Duration
    /// The highest number given so far; nil where nobody else gives any.
    private let newest: (@Sendable () async throws -> Int64)?

    init(store: any Store) {
        let newest = { @Sendable in try await store.read { try $0.eventRange().newest } }
        self.init(store.eventBell, every: .milliseconds(500), newest: store.isExclusive ? nil : newest)
    }

    init(_ bell: EventBell, every pause: Duration, newest: (@Sendable () async throws -> Int64)?) {
        self.bell = bell
        self.pause = pause
        self.newest = newest
    }

    func run() async throws {
        guard let newest else { return }
        var last: Int64?
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            if let found = try? await newest() {
                // Also for the first: a reader may have looked before, and something come between.
                if last != found { bell.ring() }
                last = found
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }
}
