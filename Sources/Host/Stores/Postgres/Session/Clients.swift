import Foundation
import Model
import StoreContract
import StoreRows

// Who changes a client or a switch works alone: what others decide by them, or by their absence, holds until they are done.
extension PostgresSession {
    func client(_ key: ClientKey) throws -> ClientRecord? {
        let session = within(key.organization)
        let found = try session.first(
            ClientRecord.self, where: "organization = $1 AND connector = $2 AND name = $3",
            [key.organization, key.connector, key.name])
        return try found.map { try session.withSecrets($0) }
    }

    func clients(organization: OrganizationID) throws -> [ClientRecord] {
        let session = within(organization)
        return try session.all(ClientRecord.self, where: "organization = $1 ORDER BY connector, name", [organization])
            .map { try session.withSecrets($0) }
    }

    func save(_ client: ClientRecord) throws {
        try requireAlone()
        try requireOpen(client.key.organization)
        let session = within(client.key.organization)
        try session.put(client)
        try session.run(
            "DELETE FROM client_secret WHERE organization = $1 AND connector = $2 AND client = $3",
            [client.key.organization, client.key.connector, client.key.name])
        for (name, sealed) in client.sealedSecrets {
            try session.add(ClientSecretRow(client: client.key, name: name, sealed: sealed))
        }
    }

    func erase(_ client: ClientKey) throws {
        try requireAlone()
        try within(client.organization).run(
            "DELETE FROM client WHERE organization = $1 AND connector = $2 AND name = $3",
            [client.organization, client.connector, client.name])
    }

    private func withSecrets(_ record: ClientRecord) throws -> ClientRecord {
        var client = record
        let secrets = try all(
            ClientSecretRow.self, where: "organization = $1 AND connector = $2 AND client = $3",
            [record.key.organization, record.key.connector, record.key.name])
        for secret in secrets { client.sealedSecrets[secret.name] = secret.sealed }
        return client
    }

    // MARK: Connectors

    func isEnabled(connector: String, organization: OrganizationID) throws -> Bool {
        let off: String? = try within(organization).value(
            "SELECT connector FROM disabled_connector WHERE organization = $1 AND connector = $2",
            [organization, connector], of: .disabledConnector)
        return off == nil
    }

    func disabledConnectors(organization: OrganizationID) throws -> Set<String> {
        Set(
            try within(organization).rows(
                "SELECT connector FROM disabled_connector WHERE organization = $1", [organization],
                of: .disabledConnector
            ) {
                try $0.next()
            })
    }

    func setEnabled(_ enabled: Bool, connector: String, organization: OrganizationID) throws {
        try requireAlone()
        try requireOpen(organization)
        let change =
            enabled
            ? "DELETE FROM disabled_connector WHERE organization = $1 AND connector = $2"
            : "INSERT INTO disabled_connector (organization, connector) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        let session = within(organization)
        try session.run(change, [organization, connector])
        try session.run(
            """
            UPDATE line SET enabled = $1 WHERE enabled <> $1 AND connection IN
            (SELECT id FROM connection WHERE organization = $2 AND connector = $3)
            """, [enabled, organization, connector])
    }
}
