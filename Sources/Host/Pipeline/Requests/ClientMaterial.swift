import ConnectorSDK
import Definitions
import Model
import Secrets

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

    /// What is wrong with keys that are set: one that cannot sign would silently replace one that does.
    func problems(withKeys secrets: [String: Secret], at prefix: String = "") -> [PipelineError.Field] {
        signingKeys.compactMap { name, algorithm in
            guard let secret = secrets[name] else { return nil }
            return SigningKeyCheck.problem(with: secret, named: name, for: algorithm).map { .init(prefix + name, $0) }
        }
    }

    /// The secrets that requests sign with, and the algorithm of each where it is said.
    private var signingKeys: [(name: String, algorithm: String?)] {
        let proof = client.authentication == .privateKeyJWT ? client.assertion ?? AssertionRules() : nil
        let written = [proof, assertion].compactMap(\.self).map { (name: $0.key, algorithm: $0.algorithm) }
        // A compiled connector signs with that member of a key file, which its definition need not say again.
        guard connector != "oauth2", grants.contains(.jwtBearer), input("private_key")?.secret == true,
            !written.contains(where: { $0.name == "private_key" })
        else { return written }
        return written + [(name: "private_key", algorithm: assertion?.algorithm)]
    }

    /// What is wrong with the `client_material` of a call; a client that belongs to the connection must be named whole.
    func problems(withMaterial material: [String: Secret]?) -> [PipelineError.Field] {
        guard client.perConnection else {
            guard material != nil else { return [] }
            return [.init("client_material", "the client of \(id) is the organization's; set it with PUT …/config")]
        }
        let own = neededMaterial.filter(ClientRules.materialNames.contains)
        let missing = own.filter { material?[$0]?.isEmpty ?? true }
        return missing.map {
            .init("client_material.\($0)", "is required: the client of \(id) belongs to the connection")
        } + problems(withKeys: (material ?? [:]).filter { !missing.contains($0.key) }, at: "client_material.")
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
