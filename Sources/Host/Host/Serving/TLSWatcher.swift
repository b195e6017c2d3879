import API
import ServiceLifecycle
import Settings

/// Reads the files of TLS again when they change, and whenever `hints` says so (SIGHUP). It looks instead of being told by
/// the kernel, as for definitions: certificates are often replaced by moving a link.
struct TLSWatcher<Hints: AsyncSequence & Sendable>: Service where Hints.Element: Sendable {
    let tls: ListenerTLS
    let hints: Hints

    func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask {
                try? await cancelWhenGracefulShutdown { for try await _ in hints { tls.reload() } }
            }
            group.addTask {
                while !Task.isShuttingDownGracefully, !Task.isCancelled {
                    try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
                    tls.reloadIfChanged()
                }
            }
        }
    }
}

extension TLSFiles {
    /// Nil where the listener speaks plain HTTP.
    init?(_ settings: HostSettings.TLS) {
        switch settings {
        case .disabled: return nil
        case .enabled(let certificate, let key): self.init(certificate: certificate, key: key)
        case .mutual(let certificate, let key, let authorities, let callers):
            self.init(
                certificate: certificate, key: key, clients: Clients(authorities: authorities, callers: callers))
        }
    }

    /// Whether callers must show a certificate, then to every listener (SECURITY 32).
    var isMutual: Bool { clients != nil }
}
