package import Model

/// A line and what its readers are shown beside it, in the state of one transaction.
package struct StoredSnapshot: Sendable, Equatable {
    package var connection: ConnectionRecord
    package var line: Line
    /// The one that the connection names, with its secrets; nil: it is not set up.
    package var client: ClientRecord?
    /// Whether the connector is enabled in the connection's organization.
    package var isEnabled: Bool
    /// Nil unless it was asked for.
    package var stamp: LineStamp?

    package init(
        connection: ConnectionRecord, line: Line, client: ClientRecord?, isEnabled: Bool, stamp: LineStamp?
    ) {
        self.connection = connection
        self.line = line
        self.client = client
        self.isEnabled = isEnabled
        self.stamp = stamp
    }
}

extension Store {
    /// One after the other, in one transaction.
    package func snapshot(of id: LineID, stamped: Bool) async throws -> StoredSnapshot? {
        try await read { reader in
            guard let connection = try reader.connection(id.connection), let line = try reader.line(id) else {
                return nil
            }
            return StoredSnapshot(
                connection: connection, line: line, client: try reader.client(connection.clientKey),
                isEnabled: try reader.isEnabled(
                    connector: connection.connector, organization: connection.organization),
                stamp: stamped ? try reader.stamp(of: id) : nil)
        }
    }
}
