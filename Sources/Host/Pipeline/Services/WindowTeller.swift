import RefreshProtocol
import ServiceLifecycle

/// Says once a second what became of the places in shared windows that this host has taken, and once more in the end.
struct WindowTeller: Service {
    let windows: SharedWindows

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: SharedWindow.telling) }
            await windows.tell()
        }
    }
}
