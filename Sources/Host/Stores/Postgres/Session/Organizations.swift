import Foundation
import Model
import StoreContract
import StoreRows

// An end is written by who works alone: what asks for it first holds until it is committed.
extension PostgresSession {
    func end(of organization: OrganizationID) throws -> OrganizationEnd? {
        try within(organization).first(OrganizationEnd.self, where: "organization = $1", [organization])
    }

    func organizationEnds() throws -> [OrganizationEnd] {
        try all(OrganizationEnd.self, where: "TRUE ORDER BY organization", [])
    }

    func save(_ end: OrganizationEnd) throws {
        try requireAlone()
        try put(end)
    }

    func eraseEnd(of organization: OrganizationID) throws {
        try requireAlone()
        try run("DELETE FROM organization_end WHERE organization = $1", [organization])
    }

    func connections(
        of organization: OrganizationID, after: ConnectionID?, limit: Int
    ) throws -> [ConnectionRecord] {
        try within(organization).all(
            ConnectionRecord.self, where: "organization = $1 AND id > $2 ORDER BY id LIMIT $3",
            [organization, after?.description ?? "", limit])
    }

    /// Flows, lines and what belongs to these go with their connections, secrets with their clients.
    func erase(_ organization: OrganizationID) throws {
        try requireAlone()
        transaction.isPatient()
        transaction.writeLast()
        // Others tell by the oldest number whether they missed something: it stays, of nobody (`takeEvents`).
        try run(
            """
            UPDATE event SET id = '', organization = '', connector = '', connection = NULL, owner = NULL,
            generation = NULL, reason = NULL WHERE sequence = (SELECT MIN(sequence) FROM event) AND organization = $1
            """, [organization])
        for table in [
            "connection", "client", "call_window", "disabled_connector", "event", "delivery", "data_key",
        ] {
            try run("DELETE FROM \(table) WHERE organization = $1", [organization])
        }
    }

    /// - Throws: `StoreError.Code.ended`, at the latest when the transaction commits.
    func requireOpen(_ organization: OrganizationID) throws {
        try within(organization).require(
            """
            SELECT 1 WHERE NOT EXISTS (
              SELECT 1 FROM organization_end WHERE organization = $1 AND reopened_at IS NULL)
            """, [organization], orThrow: Self.ended(organization))
    }

    /// Until it is erased, a deletion itself may need a key: to seal an answer that still arrives.
    func requireUnerased(_ organization: OrganizationID) throws {
        try within(organization).require(
            """
            SELECT 1 WHERE NOT EXISTS (
              SELECT 1 FROM organization_end WHERE organization = $1 AND erased_at IS NOT NULL
              AND reopened_at IS NULL)
            """, [organization], orThrow: Self.ended(organization))
    }

    private static func ended(_ organization: OrganizationID) -> StoreError {
        StoreError(.ended, "the organization \(organization) was deleted, or is being deleted")
    }
}
