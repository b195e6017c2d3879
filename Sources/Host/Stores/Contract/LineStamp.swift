package import Model

/// Tells two states of a line apart: two are equal only when everything that a reader of it is shown is the same, its
/// connection, client and switch included. A memory of a line is right while its stamp is the store's.
package struct LineStamp: Sendable, Hashable {
    private enum Kind: Sendable, Hashable {
        /// What a store knows its rows' states by.
        case rows(String)
        /// The state itself.
        case content(ConnectionRecord, Line, ClientRecord?, isEnabled: Bool)
    }

    private let kind: Kind

    /// - Parameter rows: What a store knows the rows' states by.
    package init(rows: String) { kind = .rows(rows) }

    fileprivate init(_ connection: ConnectionRecord, _ line: Line, _ client: ClientRecord?, isEnabled: Bool) {
        kind = .content(connection, line, client, isEnabled: isEnabled)
    }
}

extension StoreReader {
    /// By comparing everything: for a store whose host trusts its memory and does not ask.
    package func stamp(of id: LineID) throws -> LineStamp? {
        guard let connection = try connection(id.connection), let line = try line(id) else { return nil }
        return LineStamp(
            connection, line, try client(connection.clientKey),
            isEnabled: try isEnabled(connector: connection.connector, organization: connection.organization))
    }
}

extension Store {
    /// One after the other, in one transaction.
    package func stamps(of lines: Set<LineID>) async throws -> [LineID: LineStamp] {
        try await read { reader in
            var stamps: [LineID: LineStamp] = [:]
            for line in lines { stamps[line] = try reader.stamp(of: line) }
            return stamps
        }
    }
}
