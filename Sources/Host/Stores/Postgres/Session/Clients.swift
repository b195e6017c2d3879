import Foundation
import Model
import StoreContract
import StoreRows

// Who changes a client or a switch works alone: what others decide by them, or by their absence, holds until they are done.
extension PostgresSession {
    func client(_ key: ClientKey) throws -> ClientRecord? {
        transaction.enter(.organization(key.organization))
        let named = Self.clients(
            "(organization, connector, name) = ($1, $2, $3)",
            secrets: "(organization, connector, client) = ($1, $2, $3)",
            [key.organization, key.connector, key.name])
        return try Self.clients(in: transaction.ask(named)).first
    }

    func clients(organization: OrganizationID) throws -> [ClientRecord] {
        transaction.enter(.organization(organization))
        let all = Self.clients(
            "organization = $1 ORDER BY connector, name", secrets: "organization = $1", [organization])
        return try Self.clients(in: transaction.ask(all))
    }

    /// Clients and their secrets.
    static func clients(_ condition: String, secrets: String, _ arguments: [any Column]) -> [Statement] {
        [
            Statement(ClientRecord.table.selection + condition, arguments),
            Statement(ClientSecretRow.table.selection + secrets, arguments),
        ]
    }

    static func clients(in answers: [Rows]) throws -> [ClientRecord] {
        let secrets = Dictionary(grouping: try read(answers[1], as: ClientSecretRow.self), by: \.client)
        return try read(answers[0], as: ClientRecord.self).map { record in
            var client = record
            for secret in secrets[record.key] ?? [] { client.sealedSecrets[secret.name] = secret.sealed }
            return client
        }
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
