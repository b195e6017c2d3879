package import Foundation
package import Model

/// Whose calls one window counts: a client's, or those for one of its connections.
package struct CallWindowKey: Sendable, Hashable, CustomStringConvertible {
    package let client: ClientKey
    /// Nil: all of them.
    package let connection: ConnectionID?

    package init(_ client: ClientKey, connection: ConnectionID? = nil) {
        self.client = client
        self.connection = connection
    }

    package var description: String { connection?.description ?? client.description }
}

/// A window of calls as it is stored (`SharedWindow`, encoded).
package struct StoredCallWindow: Sendable, Hashable {
    package let state: Data
    /// After that none is the same.
    package let overAt: Timestamp

    package init(state: Data, overAt: Timestamp) {
        self.state = state
        self.overAt = overAt
    }
}

/// Where this process is the only writer windows live in its memory (`Store.isExclusive`).
extension StoreTransaction {
    package func changeCallWindows(
        _ keys: Set<CallWindowKey>,
        _ change: ([CallWindowKey: Data], Timestamp) throws -> [CallWindowKey: StoredCallWindow]
    ) throws {}
}
