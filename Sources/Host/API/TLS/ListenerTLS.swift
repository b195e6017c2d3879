import Definitions
import Foundation
import Locks
package import Logging

/// The certificates, authorities and callers of the host's listeners; they may change while it runs (SECURITY 40).
package final class ListenerTLS: Sendable {
    private struct State {
        var material: TLSMaterial
        /// Nil in `enabled`.
        var callers: CallerTable?
        var stamps: [FileStamp?]
        var ills: [String] = []
    }

    private let files: TLSFiles
    private let logger: Logger
    private let state: Locked<State>

    /// Reads the files.
    /// - Throws: `APIConfigurationError` when they cannot be used.
    package init(_ files: TLSFiles, logger: Logger) throws(APIConfigurationError) {
        self.files = files
        self.logger = logger
        let stamps = Self.stamps(files)
        let material = try TLSMaterial(files)
        var callers: CallerTable?
        if let clients = files.clients { callers = try TLSMaterial.callers(clients.callers) }
        state = Locked(State(material: material, callers: callers, stamps: stamps))
        announce()
    }

    /// What new connections take.
    var current: TLSMaterial { state.withLock { $0.material } }

    /// Who is a caller now; nil where no certificate is wanted.
    var callers: CallerTable? { state.withLock { $0.callers } }

    /// Which files could not be used when they were read last, for health: without paths, which everybody would see.
    var ills: [String] { state.withLock { $0.ills } }

    /// Whose connection this is, by the table that is in force now: who was taken out of it is nobody at once, on connections
    /// that are open too, and so is whose certificate has ended.
    /// - Parameter time: now, in seconds since 1970.
    func peer(at time: Double) -> (certificate: PeerCertificate, entry: CallerTable.Entry)? {
        guard let shown = ConnectedPeer.current?.certificate, let entry = callers?[shown.uri],
            shown.expires > time
        else { return nil }
        return (shown, entry)
    }

    /// Whether what asks for no caller may be asked on this connection; where no certificate is wanted, always.
    func isLetIn(at time: Double) -> Bool { callers == nil || peer(at: time) != nil }

    /// Reads the files again if one of them changed.
    package func reloadIfChanged() {
        if Self.stamps(files) != state.withLock({ $0.stamps }) { reload() }
    }

    /// Reads the files again. What cannot be used is logged, and what was good stays; connections are not touched. Callers
    /// come into force whatever the certificates are: who was taken out of them must be nobody.
    package func reload() {
        // The stamps come first: what is written while the files are read is read again the next time.
        let stamps = Self.stamps(files)
        var ills: [String] = []
        let material = usable(files.ofCertificates, &ills) { () throws(APIConfigurationError) in
            try TLSMaterial(files)
        }
        let callers = files.clients.flatMap { clients in
            usable("MTLS_CALLERS_FILE", &ills) { () throws(APIConfigurationError) in
                try TLSMaterial.callers(clients.callers)
            }
        }
        state.withLock { [ills] state in
            state.stamps = stamps
            state.ills = ills
            if let material { state.material = material }
            if let callers { state.callers = callers }
        }
        if material != nil { announce() } else if callers != nil { logger.info("MTLS_CALLERS_FILE read") }
    }

    /// Nil, and said, where the files of these settings cannot be used.
    private func usable<Value>(
        _ settings: String, _ ills: inout [String], _ read: () throws(APIConfigurationError) -> Value
    ) -> Value? {
        do throws(APIConfigurationError) {
            return try read()
        } catch {
            ills.append("\(settings): cannot be used, what was read before stays in force; see the log")
            logger.error("TLS files cannot be used, those read before stay in force", metadata: ["error": "\(error)"])
            return nil
        }
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
