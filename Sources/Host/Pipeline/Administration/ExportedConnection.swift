import ConnectorSDK
import Foundation
import Model

/// A connection as it goes into a sealed export, and nowhere else: with what it presents. In the form that an import
/// reads, which is that of `POST …/connections` with organization and connector beside it.
struct ExportedConnection: Sendable {
    var connection: ConnectionRecord
    /// Nil where the grant is redeemed again.
    var refreshToken: Secret?
    var grant: StoredGrant
    /// Secret ones included.
    var inputs: [String: String]

    /// One line of JSON. Plain text for the seal of the export.
    func line() throws -> Data {
        func texts(_ secrets: [String: Secret]) -> [String: JSONValue] { secrets.mapValues { .string($0.reveal()) } }
        func object(_ texts: [String: String]) -> JSONValue { .object(texts.mapValues { .string($0) }) }
        var members: [String: JSONValue] = [
            "organization": .string(connection.organization.description), "connector": .string(connection.connector),
            "client": .string(connection.client), "name": .string(connection.name),
            "owner": .string(connection.owner.description),
            "scopes": .array(connection.requestedScopes.map { .string($0) }), "inputs": object(inputs),
            "captured": object(connection.captured), "metadata": try JSONReader.read(connection.metadata.utf8),
        ]
        if let refreshToken {
            members["grant"] = .string("refresh_token")
            members["refresh_token"] = .string(refreshToken.reveal())
        } else {
            members["grant"] = .string(connection.grantType)
            members.merge(texts(grant.parameters)) { $1 }
        }
        if !grant.material.isEmpty { members["client_material"] = .object(texts(grant.material)) }
        return Data(JSONWriter.text(.object(members)).utf8)
    }
}
