import ConnectorSDK
import Definitions
import Model

extension ClientRules {
    /// The names of a client's own material (DESIGN.md §3).
    static let materialNames = ["client_id", "client_secret", "client_private_key", "client_certificate"]
}

extension Definition {
    /// What a client must have to show who it is, by name.
    var neededMaterial: [String] {
        let proof: [String] =
            switch client.authentication {
            case .clientSecretPost, .clientSecretBasic: ["client_secret"]
            case .privateKeyJWT: [client.assertion?.key ?? "client_private_key"]
            case .tlsClientAuth: ["client_certificate", "client_private_key"]
            case .none: []
            }
        return (needsClientID ? ["client_id"] : []) + proof
    }

    /// The secret organization inputs.
    var credentials: [Input] { inputs.filter { $0.per == .organization && $0.secret } }

    /// What is wrong with the `client_material` of a call; a client that belongs to the connection must be named whole.
    func problems(withMaterial material: [String: Secret]?) -> [PipelineError.Field] {
        guard client.perConnection else {
            guard material != nil else { return [] }
            return [.init("client_material", "the client of \(id) is the organization's; set it with PUT …/config")]
        }
        let own = neededMaterial.filter(ClientRules.materialNames.contains)
        return own.filter { material?[$0]?.isEmpty ?? true }.map {
            .init("client_material.\($0)", "is required: the client of \(id) belongs to the connection")
        }
    }
}

extension PipelineParts {
    /// - Throws: `not_configured` naming the first that is missing, and where it is set.
    func requireMaterial(
        _ definition: Definition, _ clientID: String?, _ secrets: [String: Secret], _ connection: ConnectionRecord
    ) throws {
        let route = "/api/v1/connectors/\(connection.connector)"
        let missing = definition.neededMaterial.first { $0 == "client_id" ? clientID == nil : secrets[$0] == nil }
        if let missing, definition.client.perConnection {
            throw PipelineError(
                .notConfigured,
                "This connection's own client has no \(missing); make it with client_material in POST \(route)/connections."
            )
        }
        if let missing {
            throw PipelineError(
                .notConfigured,
                "The client \(connection.client) of \(connection.connector) has no \(missing); set it with PUT \(route)/config."
            )
        }
        let credential = definition.credentials.first { $0.required && secrets[$0.name] == nil }
        guard let credential else { return }
        throw PipelineError(
            .notConfigured,
            "The client \(connection.client) of \(connection.connector) has no \(credential.name); set it with PUT \(route)/credentials."
        )
    }
}
