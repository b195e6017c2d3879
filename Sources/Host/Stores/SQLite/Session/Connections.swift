import Foundation
import Model
import StoreContract
import StoreRows

extension SQLiteSession {
    func connection(_ id: ConnectionID) throws -> ConnectionRecord? {
        try first(ConnectionRecord.self, where: "id = ?", [id])
    }

    func connection(
        named name: String, connector: String, owner: ConnectionRecord.Owner, organization: OrganizationID
    ) throws -> ConnectionRecord? {
        try first(
            ConnectionRecord.self,
            where: "organization = ? AND connector = ? AND owner = ? AND name = ? AND deleted_at IS NULL",
            [organization, connector, owner, name])
    }

    func isUsed(_ client: ClientKey) throws -> Bool {
        try ["deleted_at IS NULL", "revocation = 'pending'"].contains { condition in
            try first(
                ConnectionRecord.self, where: "organization = ? AND connector = ? AND client = ? AND \(condition)",
                [client.organization, client.connector, client.name]) != nil
        }
    }

    func tombstones(limit: Int) throws -> [ConnectionRecord] {
        try all(
            ConnectionRecord.self, where: "deleted_at IS NOT NULL AND revocation <> 'pending' LIMIT ?", [limit])
    }

    func insert(_ connection: ConnectionRecord) throws {
        try requireOpen(connection.organization)
        try add(connection)
    }

    func update(_ connection: ConnectionRecord) throws { try change(connection) }

    func erase(_ connection: ConnectionID) throws { try run("DELETE FROM connection WHERE id = ?", [connection]) }
}
