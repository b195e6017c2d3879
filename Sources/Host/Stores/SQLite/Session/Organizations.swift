import Foundation
import Model
import StoreContract
import StoreRows

extension SQLiteSession {
    func end(of organization: OrganizationID) throws -> OrganizationEnd? {
        try first(OrganizationEnd.self, where: "organization = ?", [organization])
    }

    func organizationEnds() throws -> [OrganizationEnd] {
        try all(OrganizationEnd.self, where: "TRUE ORDER BY organization", [])
    }

    func save(_ end: OrganizationEnd) throws { try put(end) }

    func eraseEnd(of organization: OrganizationID) throws {
        try run("DELETE FROM organization_end WHERE organization = ?", [organization])
    }

    func connections(
        of organization: OrganizationID, after: ConnectionID?, limit: Int
    ) throws -> [ConnectionRecord] {
        try all(
            ConnectionRecord.self, where: "organization = ? AND id > ? ORDER BY id LIMIT ?",
            [organization, after?.description ?? "", limit])
    }

    /// Flows, lines and what belongs to these go with their connections, secrets with their clients.
    func erase(_ organization: OrganizationID) throws {
        // Others tell by the oldest number whether they missed something: it stays, of nobody (`takeEvents`).
        try run(
            """
            UPDATE event SET id = '', organization = '', connector = '', connection = NULL, owner = NULL,
            generation = NULL, reason = NULL WHERE sequence = (SELECT MIN(sequence) FROM event) AND organization = ?
            """, [organization])
        for table in ["connection", "client", "disabled_connector", "event", "delivery", "data_key"] {
            try run("DELETE FROM \(table) WHERE organization = ?", [organization])
        }
    }

    /// - Throws: `StoreError.Code.ended`.
    func requireOpen(_ organization: OrganizationID) throws {
        if try end(of: organization)?.isInForce == true { throw Self.ended(organization) }
    }

    /// Until it is erased, a deletion itself may need a key: to seal an answer that still arrives.
    func requireUnerased(_ organization: OrganizationID) throws {
        if try end(of: organization)?.isErased == true { throw Self.ended(organization) }
    }

    private static func ended(_ organization: OrganizationID) -> StoreError {
        StoreError(.ended, "the organization \(organization) was deleted, or is being deleted")
    }
}
