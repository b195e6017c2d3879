import Definitions
import Foundation
package import Logging
import Synchronization

/// The certificates, authorities and callers of the host's listeners; they may change while it runs (SECURITY 40).
package final class ListenerTLS: Sendable {
    private struct State {
        var material: TLSMaterial
        var stamps: [FileStamp?]
    }

    private let files: TLSFiles
    private let logger: Logger
    private let state: Mutex<State>

    /// Reads the files.
    /// - Throws: `APIConfigurationError` when they cannot be used.
    package init(_ files: TLSFiles, logger: Logger) throws(APIConfigurationError) {
        self.files = files
        self.logger = logger
        let stamps = Self.stamps(files)
        state = Mutex(State(material: try TLSMaterial(files), stamps: stamps))
        announce()
    }

    /// What new connections take, and who is a caller now.
    var current: TLSMaterial { state.withLock { $0.material } }

    /// Whose connection this is, by the table that is in force now: who was taken out of it is nobody at once, on connections
    /// that are open too, and so is whose certificate has ended.
    /// - Parameter time: now, in seconds since 1970.
    func peer(at time: Double) -> (certificate: PeerCertificate, entry: CallerTable.Entry)? {
        guard let shown = ConnectedPeer.current?.certificate, let entry = current.callers?[shown.uri],
            shown.expires > time
        else { return nil }
        return (shown, entry)
    }

    /// Whether what asks for no caller may be asked on this connection; where no certificate is wanted, always.
    func isLetIn(at time: Double) -> Bool { current.callers == nil || peer(at: time) != nil }

    /// Reads the files again if one of them changed.
    package func reloadIfChanged() {
        if Self.stamps(files) != state.withLock({ $0.stamps }) { reload() }
    }

    /// Reads the files again. What cannot be used is logged, and what was good stays; connections are not touched.
    package func reload() {
        // The stamps come first: what is written while the files are read is read again the next time.
        let stamps = Self.stamps(files)
        let loaded: TLSMaterial?
        do {
            loaded = try TLSMaterial(files)
        } catch {
            loaded = nil
            logger.error("TLS files cannot be used, those read before stay in force", metadata: ["error": "\(error)"])
        }
        state.withLock { state in
            state.stamps = stamps
            if let loaded { state.material = loaded }
        }
        if loaded != nil { announce() }
    }

    private func announce() {
        let end = current.expires
        let metadata: Logger.Metadata = ["expires": "\(end.formatted(.iso8601))"]
        if end <= Date() {
            logger.warning("the server's certificate has expired: callers will refuse it", metadata: metadata)
        } else {
            logger.info("TLS files read", metadata: metadata)
        }
    }

    private static func stamps(_ files: TLSFiles) -> [FileStamp?] { files.paths.map { DiskFiles().stamp(of: $0) } }
}
