import Foundation
import Model
import StoreContract
import StoreRows

extension PostgresSession {
    func connection(_ id: ConnectionID) throws -> ConnectionRecord? {
        lock(id)
        if transaction.writes, let row = try transaction.row(of: id) {
            return try Self.read(row, as: ConnectionRecord.self).first
        }
        return try all(ConnectionRecord.self, Self.connection(id)).first
    }

    static func connection(_ id: ConnectionID) -> Statement {
        Statement(ConnectionRecord.table.selection(from: "connection_of($1)"), [id])
    }

    func connection(
        named name: String, connector: String, owner: ConnectionRecord.Owner, organization: OrganizationID
    ) throws -> ConnectionRecord? {
        try within(organization).first(
            ConnectionRecord.self,
            where: "organization = $1 AND connector = $2 AND owner = $3 AND name = $4 AND deleted_at IS NULL",
            [organization, connector, owner, name])
    }

    /// Who erases a client works alone (`erase`), so this holds until then.
    func isUsed(_ client: ClientKey) throws -> Bool {
        try ["deleted_at IS NULL", "revocation = 'pending'"].contains { condition in
            try within(client.organization).first(
                ConnectionRecord.self, where: "organization = $1 AND connector = $2 AND client = $3 AND \(condition)",
                [client.organization, client.connector, client.name]) != nil
        }
    }

    func tombstones(limit: Int) throws -> [ConnectionRecord] {
        try all(
            ConnectionRecord.self, where: "deleted_at IS NOT NULL AND revocation <> 'pending' LIMIT $1", [limit])
    }

    func insert(_ connection: ConnectionRecord) throws {
        try requireOpen(connection.organization)
        try within(connection.organization).add(connection)
        transaction.forget(connection.id)
    }

    func update(_ connection: ConnectionRecord) throws {
        try change(connection)
        transaction.forget(connection.id)
    }

    func erase(_ connection: ConnectionID) throws {
        lock(connection)
        transaction.forget(connection)
        try run("DELETE FROM connection WHERE id = $1", [connection])
    }
}
