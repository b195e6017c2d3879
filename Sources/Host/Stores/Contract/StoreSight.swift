package import struct Foundation.Data

/// What a store shows of itself, to be held against what is known outside it (PROTOCOL.md §9).
package struct StoreSight: Sendable, Hashable {
    /// The entry `epoch`, as it is stored; nil in a store that no host has opened yet.
    package var epoch: Data?
    /// The highest mark drawn so far. Beside other hosts it counts once this transaction has written and is committed:
    /// a server that crashes may forget a mark that only a transaction without an acknowledgement has drawn.
    package var mark: Int64
    /// Tells one life of the store from the next: another one after a restart of the server, a failover, and a restore
    /// that makes the tables anew. Always the same where one process works with a file.
    package var session: String

    package init(epoch: Data?, mark: Int64, session: String) {
        self.epoch = epoch
        self.mark = mark
        self.session = session
    }
}

extension StoreError {
    /// `require` found another epoch or session than the host knows.
    package static let moved = StoreError(
        .moved, "its epoch or its server is another than this host has seen: it looks again by itself")
}
