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
    /// Whose breaker and rate limits hold: the client's, or the connection's where it has a client of its own.
    let gate: ClientKey
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

    /// What the connection presents: the grant again, where it was made by one without refresh token.
    var uses: RefreshRules.Uses { context.regrant == nil ? definition.refresh.uses : .regrant }

    /// What an attempt from a generation asks the connector for. The first presentation of a grant without refresh token
    /// redeems it, as the exchange of a code would.
    func operation(from generation: Int64) -> ConnectorSDK.Operation {
        guard generation == 0, let grant = context.regrant else { return .refresh }
        return .redeem(grant)
    }

    /// The line's rotation class: the organization's config, else the definition's.
    var rotation: RotationClass {
        if uses == .regrant { return .static }
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
    /// - Parameter grant: whose tokens are presented or revoked; nil: those of the connection's own fields.
    /// - Throws: `not_configured` when the client is not set up, naming what is missing.
    func material(
        for connection: ConnectionRecord, client stored: ClientRecord?, grant: GrantID? = nil
    ) throws -> Material {
        let connection = grant.map(connection.speaking) ?? connection
        let entry = try connectors.entry(ofConnectionTo: connection.connector)
        let definition = entry.definition
        let client = stored ?? ClientRecord(key: connection.clientKey, updatedAt: .distantPast)
        let grant = try self.grant(of: connection)
        var secrets = try self.secrets(of: client)
        if definition.client.perConnection {
            for name in ClientRules.materialNames { secrets[name] = nil }
        }
        secrets.merge(grant.secrets) { $1 }
        let clientID = definition.client.perConnection ? grant.clientID : client.clientID
        try requireMaterial(definition, clientID, secrets, connection)
        var values = defaults(of: definition).merging(client.inputs) { $1 }.merging(connection.inputs) { $1 }
        for (name, value) in try secretInputs(of: connection) { secrets[name] = Secret(value) }
        values.merge(connection.captured) { input, _ in input }
        let context = ConnectorContext(
            clientID: clientID ?? "", values: values, secrets: Set(secrets.keys), scopes: connection.requestedScopes,
            callbackHost: URL(string: settings.publicURL)?.host(), allowsLoopback: settings.allowsLoopback,
            organizationHosts: (client.settings.hosts ?? []).compactMap(HostRule.init(text:)),
            random: UUID().uuidString, regrant: grant.redemption(of: connection.grantType))
        return Material(
            entry: entry, connection: connection, client: client, gate: gate(of: connection), context: context,
            secrets: secrets)
    }

    /// A connection's secret inputs, opened.
    func secretInputs(of connection: ConnectionRecord) throws -> [String: String] {
        guard let sealed = connection.sealedInputs else { return [:] }
        let opened = try sealer.open(sealed, for: .inputs(of: connection))
        return try JSONDecoder().decode([String: String].self, from: opened)
    }

    /// Breakers and rate limits are per client (DESIGN.md §2): one connection's own client must not stop the others.
    func gate(of connection: ConnectionRecord) -> ClientKey { gate(connection.clientKey, connection.id) }

    /// The same for the client that a flow speaks for.
    func gate(of flow: FlowRecord) -> ClientKey {
        gate(
            ClientKey(organization: flow.organization, connector: flow.connector, name: flow.client), flow.connection)
    }

    private func gate(_ client: ClientKey, _ connection: ConnectionID) -> ClientKey {
        let entry = try? connectors.entry(client.connector)
        guard entry?.definition.client.perConnection == true else { return client }
        return ClientKey(
            organization: client.organization, connector: client.connector, name: connection.description)
    }

    /// An organization's client's, opened.
    func secrets(of client: ClientRecord) throws -> [String: Secret] {
        var secrets: [String: Secret] = [:]
        for (name, sealed) in client.sealedSecrets {
            secrets[name] = try open(sealed, .clientSecret(of: client.key, name: name))
        }
        return secrets
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
