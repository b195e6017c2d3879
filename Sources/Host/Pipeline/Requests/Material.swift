import ConnectorSDK
import Definitions
import Foundation
import Model
import RefreshProtocol
import Secrets
import StoreContract

/// Everything one provider call of a connection needs: the connector, what it may know, and the secrets it may name.
struct Material: Sendable {
    let entry: ConnectorBook.Entry
    let connection: ConnectionRecord
    let client: ClientRecord
    var context: ConnectorContext
    var secrets: [String: Secret]

    var definition: Definition { entry.definition }

    /// The same with more secrets, such as the refresh token of the presentation at hand.
    func adding(_ more: [String: Secret]) -> Material {
        var copy = self
        copy.secrets.merge(more) { $1 }
        copy.context.secrets.formUnion(more.keys)
        return copy
    }

    /// The line's rotation class: the organization's config, else the definition's.
    var rotation: RotationClass {
        if definition.refresh.uses == .regrant { return .static }
        return client.settings.rotation ?? definition.refresh.rotation
    }

    /// The tokens a line holds, as secrets by the names that requests use.
    static func tokens(_ stored: StoredTokens) -> [String: Secret] {
        var tokens: [String: Secret] = [:]
        tokens["access_token"] = stored.accessToken
        tokens["refresh_token"] = stored.refreshToken
        return tokens
    }
}

extension PipelineParts {
    /// Opens what a connection's calls need. The organization's data key must be prepared.
    /// - Throws: `not_configured` when the client is not set up, naming what is missing.
    func material(for connection: ConnectionRecord, client: ClientRecord?) throws -> Material {
        let entry = try connectors.entry(connection.connector)
        let definition = entry.definition
        guard let client, let clientID = client.clientID ?? (needsClientID(definition) ? nil : "") else {
            throw PipelineError(
                .notConfigured,
                "The client \(connection.client) of \(connection.connector) has no client_id; set it with PUT /api/v1/connectors/\(connection.connector)/config."
            )
        }
        var secrets: [String: Secret] = [:]
        for (name, sealed) in client.sealedSecrets {
            secrets[name] = try open(sealed, .clientSecret(of: client.key, name: name))
        }
        try requireClientMaterial(definition, secrets, connection)
        var values = defaults(of: definition).merging(client.inputs) { $1 }.merging(connection.inputs) { $1 }
        if let sealed = connection.sealedInputs {
            let opened = try sealer.open(sealed, for: .inputs(of: connection))
            let inputs = try JSONDecoder().decode([String: String].self, from: opened)
            for (name, value) in inputs { secrets[name] = Secret(value) }
        }
        values.merge(connection.captured) { input, _ in input }
        let context = ConnectorContext(
            clientID: clientID, values: values, secrets: Set(secrets.keys), scopes: connection.requestedScopes,
            callbackHost: URL(string: settings.publicURL)?.host(), allowsLoopback: settings.allowsLoopback,
            organizationHosts: (client.settings.hosts ?? []).compactMap(HostRule.init(text:)), random: UUID().uuidString
        )
        return Material(entry: entry, connection: connection, client: client, context: context, secrets: secrets)
    }

    private func needsClientID(_ definition: Definition) -> Bool {
        definition.client.authentication != .none || definition.grants.contains(.authorizationCode)
    }

    private func requireClientMaterial(
        _ definition: Definition, _ secrets: [String: Secret], _ connection: ConnectionRecord
    ) throws {
        let needed: [String] =
            switch definition.client.authentication {
            case .clientSecretPost, .clientSecretBasic: ["client_secret"]
            case .privateKeyJWT: [definition.client.assertion?.key ?? "client_private_key"]
            case .tlsClientAuth: ["client_certificate", "client_private_key"]
            case .none: []
            }
        guard let missing = needed.first(where: { secrets[$0] == nil }) else { return }
        throw PipelineError(
            .notConfigured,
            "The client \(connection.client) of \(connection.connector) has no \(missing); set it with PUT /api/v1/connectors/\(connection.connector)/config."
        )
    }

    private func defaults(of definition: Definition) -> [String: String] {
        var values: [String: String] = [:]
        for input in definition.inputs { values[input.name] = input.defaultValue }
        return values
    }

    private func open(_ sealed: Data, _ context: SealContext) throws -> Secret {
        Secret(String(decoding: try sealer.open(sealed, for: context), as: UTF8.self))
    }
}

extension SealContext {
    /// A client's secret, told apart by connector, client and name.
    static func clientSecret(of key: ClientKey, name: String) -> SealContext {
        SealContext(
            organization: key.organization, kind: .clientSecret, version: "\(key.connector)/\(key.name)/\(name)")
    }

    /// A connection's secret inputs.
    static func inputs(of connection: ConnectionRecord) -> SealContext {
        SealContext(organization: connection.organization, connection: connection.id, kind: .input, version: "inputs")
    }

    /// A token set, by the attempt that brought it.
    static func tokens(of line: Line, attempt: AttemptID) -> SealContext {
        SealContext(
            organization: line.organization, connection: line.id.connection, kind: .tokenSet,
            version: attempt.description)
    }

    /// A flow's PKCE verifier.
    static func verifier(of flow: FlowID, organization: OrganizationID, connection: ConnectionID) -> SealContext {
        SealContext(organization: organization, connection: connection, kind: .verifier, version: flow.description)
    }
}
