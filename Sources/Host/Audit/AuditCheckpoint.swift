package import Model

/// Where a host's two chains stand at one moment. It leaves the host as an event: only against one that was kept elsewhere
/// can a chain that was cut, or written anew, be told from a sound one (SECURITY 54).
package struct AuditCheckpoint: Sendable, Hashable {
    package let host: HostID
    /// Of the files beside the spool.
    package let reads: ChainHead
    /// Of the store.
    package let writes: ChainHead

    package init(host: HostID, reads: ChainHead, writes: ChainHead) {
        self.host = host
        self.reads = reads
        self.writes = writes
    }

    /// `<host> reads <sequence> <hash> writes <sequence> <hash>`: the `reason` of `AUDIT_CHECKPOINT`, and what
    /// `audit verify --checkpoint` takes.
    package var text: String { "\(host) reads \(reads.text) writes \(writes.text)" }

    /// Reads what `text` writes; nil for anything else.
    package init?(text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 7, !words[0].isEmpty, words[1] == "reads", words[4] == "writes",
            let reads = ChainHead(text: "\(words[2]) \(words[3])"),
            let writes = ChainHead(text: "\(words[5]) \(words[6])")
        else { return nil }
        self.init(host: HostID(String(words[0])), reads: reads, writes: writes)
    }
}

extension ChainHead {
    /// `<sequence> <hash>`.
    package var text: String { "\(sequence) \(hash)" }

    /// Reads what `text` writes; nil for anything else.
    package init?(text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let sequence = Int64(words[0]), sequence >= 0, let hash = ChainHash(String(words[1]))
        else {
            return nil
        }
        self.init(sequence: sequence, hash: hash)
    }
}
