package import Model
package import StoreContract
import StoreRows

extension PostgresStore {
    package func snapshot(of line: LineID, stamped: Bool) async throws -> StoredSnapshot? {
        try await threads.run { [self] desk in
            try repeating(on: desk, .read) {
                try PostgresSession.snapshot(of: line, stamped: stamped, in: $0)
            } then: {
                $0
            }
        }
    }
}

extension PostgresSession {
    /// All of it in one round trip, BEGIN and COMMIT too: each question names the connection itself, so that none waits for
    /// the answer to another. Client and switch are asked for under the organization's row-level security, as ever.
    static func snapshot(
        of id: LineID, stamped: Bool, in transaction: Transaction
    ) throws -> StoredSnapshot? {
        var answers: [Rows] = []
        func ask(_ statements: [Statement]) {
            for statement in statements { transaction.quietly(statement) { answers.append($0) } }
        }
        ask([connection(id.connection)] + line(id))
        if stamped { ask([stamps(of: [id.connection])]) }
        transaction.enter(.organizationOf(id.connection))
        ask(client(of: id.connection) + [offSwitch(of: id.connection)])
        try transaction.endReading()
        guard let connection = try read(answers[0], as: ConnectionRecord.self).first,
            let line = try Self.line(in: Array(answers[1...3]))
        else { return nil }
        return StoredSnapshot(
            connection: connection, line: line, client: try clients(in: Array(answers.suffix(3))).first,
            isEnabled: answers.last?.count == 0, stamp: stamped ? try stamps(in: answers[4])[id] : nil)
    }

    private static func client(of connection: ConnectionID) -> [Statement] {
        [
            Statement(ClientRecord.table.selection(from: "client_of($1)"), [connection]),
            Statement(ClientSecretRow.table.selection(from: "client_secrets_of($1)"), [connection]),
        ]
    }

    private static func offSwitch(of connection: ConnectionID) -> Statement {
        Statement("SELECT connector FROM disabled_connector_of($1)", [connection])
    }
}
