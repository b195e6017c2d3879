import Foundation
import Model
import StoreContract

extension SQLiteSession {
    func client(_ key: ClientKey) throws -> ClientRecord? {
        let found = try first(
            ClientRecord.self, where: "organization = ? AND connector = ? AND name = ?",
            [key.organization, key.connector, key.name])
        return try found.map { try withSecrets($0) }
    }

    func clients(organization: OrganizationID) throws -> [ClientRecord] {
        try all(ClientRecord.self, where: "organization = ? ORDER BY connector, name", [organization])
            .map { try withSecrets($0) }
    }

    func save(_ client: ClientRecord) throws {
        try requireOpen(client.key.organization)
        try put(client)
        try run(
            "DELETE FROM client_secret WHERE organization = ? AND connector = ? AND client = ?",
            [client.key.organization, client.key.connector, client.key.name])
        for (name, sealed) in client.sealedSecrets {
            try add(ClientSecretRow(client: client.key, name: name, sealed: sealed))
        }
    }

    func erase(_ client: ClientKey) throws {
        try run(
            "DELETE FROM client WHERE organization = ? AND connector = ? AND name = ?",
            [client.organization, client.connector, client.name])
    }

    private func withSecrets(_ record: ClientRecord) throws -> ClientRecord {
        var client = record
        let secrets = try all(
            ClientSecretRow.self, where: "organization = ? AND connector = ? AND client = ?",
            [record.key.organization, record.key.connector, record.key.name])
        for secret in secrets { client.sealedSecrets[secret.name] = secret.sealed }
        return client
    }

    // MARK: Connectors

    func isEnabled(connector: String, organization: OrganizationID) throws -> Bool {
        let off: String? = try value(
            "SELECT connector FROM disabled_connector WHERE organization = ? AND connector = ?",
            [organization, connector], of: .disabledConnector)
        return off == nil
    }

    func disabledConnectors(organization: OrganizationID) throws -> Set<String> {
        Set(
            try rows(
                "SELECT connector FROM disabled_connector WHERE organization = ?", [organization],
                of: .disabledConnector
            ) {
                try $0.next()
            })
    }

    func setEnabled(_ enabled: Bool, connector: String, organization: OrganizationID) throws {
        try requireOpen(organization)
        let change =
            enabled
            ? "DELETE FROM disabled_connector WHERE organization = ? AND connector = ?"
            : "INSERT OR IGNORE INTO disabled_connector (organization, connector) VALUES (?, ?)"
        try run(change, [organization, connector])
        try run(
            """
            UPDATE line SET enabled = ? WHERE enabled <> ? AND connection IN
            (SELECT id FROM connection WHERE organization = ? AND connector = ?)
            """, [enabled, enabled, organization, connector])
    }
}
