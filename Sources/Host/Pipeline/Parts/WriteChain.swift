package import Audit
import Foundation
package import Model
package import StoreContract

/// This host's chain of writes, kept in the store beside the chain of reads in its files (DESIGN.md §9).
extension ChainHead {
    /// Its name in the genesis.
    static let writes = "writes"

    /// The store's entry with the read chain's last head, `<sequence> <hash>` (SECURITY 54).
    package static func checkpointSetting(of host: HostID) -> String { "audit_checkpoint/\(host)" }

    /// A head of the same that this host's files had no more when it started: files that were taken away, or put back from
    /// before. The chain went on without it, and would hide that behind a head of its own.
    static func lostSetting(of host: HostID) -> String { "audit_lost/\(host)" }

    /// Where the stored chain stands.
    init?(stored entry: AuditEntry) {
        guard let hash = ChainHash(entry.hash) else { return nil }
        self.init(sequence: entry.sequence, hash: hash)
    }
}

extension AuditEntry {
    /// A link as it is stored: hashes in hexadecimal.
    init(_ link: ChainLink, of host: HostID) {
        self.init(
            host: host, sequence: link.sequence, previousHash: Data(link.previous.description.utf8),
            hash: Data(link.hash.description.utf8), record: String(decoding: link.record, as: UTF8.self))
    }
}

extension UnlinkedRecord {
    package init(_ record: AuditRecord, of host: HostID) {
        let (json, genesis) = (record.canonicalJSON, ChainHead.genesis(of: host, chain: ChainHead.writes))
        self.init(
            host: host, record: String(decoding: json, as: UTF8.self), genesis: Data(genesis.hash.description.utf8)
        ) { head in
            AuditEntry(ChainLink.next(after: head.flatMap(ChainHead.init(stored:)) ?? genesis, json: json), of: host)
        }
    }
}

extension ChainLink {
    /// Reads what was stored; nil where a hash is none.
    init?(stored entry: AuditEntry) {
        guard let previous = ChainHash(entry.previousHash), let hash = ChainHash(entry.hash) else { return nil }
        self.init(sequence: entry.sequence, previous: previous, record: Array(entry.record.utf8), hash: hash)
    }
}

extension StoreReader {
    /// Where a host's write chain stands.
    func writeHead(of host: HostID) throws -> ChainHead {
        try auditHead(of: host).flatMap(ChainHead.init(stored:)) ?? .genesis(of: host, chain: ChainHead.writes)
    }

    /// What the store keeps of a host's chain of reads; nil where nothing was noted.
    func readHead(_ setting: String) throws -> ChainHead? {
        try self.setting(setting).flatMap { ChainHead(text: String(decoding: $0, as: UTF8.self)) }
    }
}

/// Verifies a host's write chain link by link (SECURITY 54).
package enum WriteChain {
    /// Reads the whole chain, a page at a time.
    /// - Returns: how many links there are, where they end, and what is wrong with them.
    package static func verify(
        _ store: any Store, host: HostID, checkpoints: [ChainHead]
    ) async throws -> (links: Int, head: ChainHead, findings: [AuditFinding]) {
        var check = ChainCheck(
            genesis: .genesis(of: host, chain: ChainHead.writes), checkpoints: checkpoints, in: "store")
        var last: Int64 = 0
        while true {
            let after = last
            let page = try await store.read { try $0.audit(of: host, after: after, limit: 1000) }
            for entry in page {
                let place = (file: "store", line: Int(clamping: entry.sequence))
                if let link = ChainLink(stored: entry) {
                    check.take(link, at: place)
                } else {
                    check.takeUnreadable(at: place)
                }
                last = entry.sequence
            }
            if page.isEmpty { break }
        }
        let findings = check.finish()
        return (check.count, check.head, findings)
    }
}
