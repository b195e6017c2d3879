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

/// A record that is to be the next link of a host's chain of writes.
package struct UnlinkedRecord: Sendable {
    package let host: HostID
    /// The record in its canonical encoding.
    package let record: String
    /// What the first link names as the hash before it: 64 hexadecimal digits.
    package let genesis: Data
    /// The link behind a head, or the first. A link's hash is SHA-256 over the hash before it (32 bytes), its number (8
    /// bytes, big-endian) and the record; a store that makes it itself makes the same.
    package let link: @Sendable (_ head: AuditEntry?) -> AuditEntry

    package init(
        host: HostID, record: String, genesis: Data, link: @escaping @Sendable (_ head: AuditEntry?) -> AuditEntry
    ) {
        self.host = host
        self.record = record
        self.genesis = genesis
        self.link = link
    }
}
