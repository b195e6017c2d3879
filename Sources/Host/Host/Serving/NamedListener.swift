import Glibc
import ServiceLifecycle

/// A listener that says, when it ends by an error, which setting its port is from.
struct NamedListener: Service {
    let setting: String
    let port: Int
    let listener: any Service

    func run() async throws {
        do { try await listener.run() } catch {
            throw StartFailure(Self.text(setting, port, "\(error)"), code: .dependencyUnreachable)
        }
    }

    /// Place and remedy. The framework's error for a port that is taken holds the system's text alone.
    static func text(_ setting: String, _ port: Int, _ error: String) -> String {
        let isTaken = error.contains(String(cString: strerror(EADDRINUSE)))
        return isTaken
            ? "\(setting)=\(port): another process listens on this port; end it, or set \(setting)"
            : "\(setting)=\(port): the listener ended: \(error)"
    }
}
