package import struct Foundation.Data

/// A link of a host's write chain as it lies in the store: the record's canonical line and the chain around it.
package struct AuditEntry: Sendable, Hashable {
    package let host: HostID
    /// From 1, without gaps.
    package let sequence: Int64
    package let previousHash: Data
    package let hash: Data
    /// The record in its canonical encoding.
    package let record: String

    package init(host: HostID, sequence: Int64, previousHash: Data, hash: Data, record: String) {
        self.host = host
        self.sequence = sequence
        self.previousHash = previousHash
        self.hash = hash
        self.record = record
    }
}
