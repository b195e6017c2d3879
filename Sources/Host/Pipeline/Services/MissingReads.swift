import Audit
import Foundation
import Logging
import Model
import Spool
import StoreContract

/// The audit's files lie outside the store, and whoever takes them away with the host's id leaves a folder that looks new.
extension TokenPipeline {
    /// Warns of chains of reads that the store knows of and whose files are gone (SECURITY 54). `audit verify` says the same,
    /// when somebody asks. To be called before this host notes where its own chain stands.
    func warnOfMissingReads() async throws {
        let parts = parts
        let noted = try await parts.store.read { reader -> [(host: HostID, head: ChainHead?)] in
            let hosts = Set(try reader.hosts().map(\.id)).union([parts.host])
            return try hosts.sorted().map { ($0, try reader.readHead(ChainHead.checkpointSetting(of: $0))) }
        }
        let folder = parts.spool.auditFolder
        let here = Set(try AuditVerifier.hosts(in: folder))
        for (host, head) in noted {
            guard let head, head.sequence > 0 else { continue }
            let isOwn = host == parts.host
            if isOwn ? parts.audit.head.sequence >= head.sequence : here.contains(host) { continue }
            if isOwn { try await parts.store.write { try $0.keepLost(head, of: host) } }
            parts.logger.warning(
                "audit records of reads are gone: put the files of that host back, and see `token-manager audit verify`",
                metadata: ["host": "\(host)", "known": "\(head.sequence)", "folder": "\(folder)"])
        }
    }
}

extension StoreTransaction {
    /// The furthest of them: what is missing is all in front of it.
    fileprivate func keepLost(_ head: ChainHead, of host: HostID) throws {
        let name = ChainHead.lostSetting(of: host)
        if let known = try readHead(name), known.sequence >= head.sequence { return }
        try set(Data(head.text.utf8), for: name)
    }
}
