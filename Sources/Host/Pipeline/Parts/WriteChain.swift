import Audit
import Foundation
import Model

/// This host's chain of writes, kept in the store beside the chain of reads in its files (DESIGN.md §9).
extension ChainHead {
    /// Its name in the genesis.
    static let writes = "writes"

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
