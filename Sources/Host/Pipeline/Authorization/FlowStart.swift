import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import Secrets
import StoreContract

/// The first half of an authorization: from the caller's request to the provider's consent page.
extension TokenPipeline {
    /// Starts an authorization: a new pending connection, or the renewal of one.
    package func authorize(_ request: AuthorizeRequest, by caller: Caller) async throws -> AuthorizeAnswer {
        try caller.require(.authorize)
        try await requireServing()
        let entry = try await usableConnector(request.connector, for: caller)
        // `authorization` without endpoint: consent starts at the provider.
        guard entry.definition.grants.contains(.authorizationCode),
            entry.definition.authorization?.endpoint.isEmpty == false
        else {
            throw PipelineError.invalid("connector", "\(request.connector) has no consent page")
        }
        try requireAllowed(returnTo: request.returnTo)
        let draft = try await connection(for: request, entry.definition, caller)
        let client = try await client(draft.record.clientKey)
        let material = try await wrapping {
            try await self.parts.keyRing.prepare(caller.organization)
            return try self.parts.material(for: draft.record, client: client)
        }
        return try await judgingInputs(of: entry.definition) {
            try await begin(draft, request, material, caller)
        }
    }

    /// A connection that an authorization will fill.
    struct Draft: Sendable {
        var record: ConnectionRecord
        /// Inputs of this authorization; they take effect with its grant.
        var inputs: CheckedInputs
        var isNew: Bool
    }

    /// The connector, for a caller who may use it now.
    func usableConnector(_ id: String, for caller: Caller) async throws -> ConnectorBook.Entry {
        guard caller.reaches(connector: id) else {
            throw PipelineError(.notFound, "There is no connector \(id.prefix(64)).")
        }
        let entry = try parts.connectors.entry(id)
        let organization = caller.organization
        guard
            try await wrapping({
                try await self.parts.store.read { try $0.isEnabled(connector: id, organization: organization) }
            })
        else { throw PipelineError(.connectorDisabled, "The connector \(id) is disabled in this organization.") }
        return entry
    }

    func client(_ key: ClientKey) async throws -> ClientRecord? {
        try await wrapping { try await self.parts.store.read { try $0.client(key) } }
    }

    private func requireAllowed(returnTo: String?) throws {
        guard let returnTo else { return }
        guard parts.settings.returnURLs.contains(returnTo) else {
            throw PipelineError.invalid(
                "return_to", "is not one of the RETURN_URLS of this host, which are compared exactly")
        }
    }

    private func connection(
        for request: AuthorizeRequest, _ definition: Definition, _ caller: Caller
    ) async throws -> Draft {
        if let id = request.connection {
            let draft = try await renewal(of: id, request, definition, caller)
            try request.requireSame(as: draft.record, for: caller)
            return draft
        }
        let now = parts.store.now
        var inputs = try CheckedInputs(request.inputs ?? [:], of: definition)
        var record = ConnectionRecord(
            id: .random(prefix: "conn_"), organization: caller.organization, connector: definition.id,
            client: request.client, name: try Self.checkedName(request.name),
            owner: try caller.owner(named: request.owner),
            createdAt: now, grantType: GrantType.authorizationCode.rawValue, requestedScopes: [],
            metadata: request.metadata ?? "{}")
        record.requestedScopes = try await scopes(request.scopes, definition, record.clientKey)
        record.inputs = inputs.plain
        try await seal(&inputs, for: record)
        record.sealedInputs = inputs.sealed
        try PipelineError.refuse(
            definition.problems(withMaterial: request.clientMaterial), "The connection's client is not right.")
        record.sealedGrant = try await sealed(StoredGrant(material: request.clientMaterial ?? [:]), for: record)
        return Draft(record: record, inputs: inputs, isNew: true)
    }

    static let isRevoked = PipelineError(.revoked, "This connection was revoked; authorize a new one.")

    /// What a renewal leaves and changes of a connection.
    func renewal(
        of id: ConnectionID, _ request: AuthorizeRequest, _ definition: Definition, _ caller: Caller
    ) async throws -> Draft {
        let known = try await snapshot(id, token: "default", for: caller)
        guard known.line.state != .revoked else { throw Self.isRevoked }
        var record = known.connection
        guard record.connector == definition.id else {
            throw PipelineError.invalid("connection", "belongs to the connector \(record.connector)")
        }
        guard request.clientMaterial == nil else {
            throw PipelineError.invalid("client_material", "stays what it was when the connection was made")
        }
        var inputs = CheckedInputs(plain: record.inputs, sealed: record.sealedInputs)
        if let given = request.inputs {
            inputs = try CheckedInputs(given, of: definition)
            try await seal(&inputs, for: record)
        }
        record.inputs = inputs.plain
        record.sealedInputs = inputs.sealed
        if request.scopes != nil {
            record.requestedScopes = try await scopes(request.scopes, definition, record.clientKey)
        }
        return Draft(record: record, inputs: inputs, isNew: false)
    }

    /// The call's scopes, else the client's, else the definition's; with those that it always asks for.
    func scopes(_ asked: [String]?, _ definition: Definition, _ key: ClientKey) async throws -> [String] {
        if let asked {
            guard asked.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }) else {
                throw PipelineError.invalid("scopes", "a scope is visible ASCII without spaces (RFC 6749 §3.3)")
            }
            return definition.scopes.requested(asked)
        }
        return definition.scopes.requested(try await client(key)?.scopes ?? [])
    }

    func seal(_ inputs: inout CheckedInputs, for record: ConnectionRecord) async throws {
        guard !inputs.secret.isEmpty else { return }
        let secret = inputs.secret
        inputs.sealed = try await wrapping {
            try await self.parts.keyRing.prepare(record.organization)
            let plain = try JSONEncoder().encode(secret.mapValues { $0.reveal() })
            return try self.parts.sealer.seal(plain, for: .inputs(of: record))
        }
    }

    static func checkedName(_ name: String?) throws -> String {
        let name = name ?? "connection-" + String(UUID().uuidString.lowercased().prefix(8))
        guard (1...128).contains(name.unicodeScalars.count), !name.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
            throw PipelineError.invalid("name", "has 1 to 128 characters and no control characters")
        }
        return name
    }
}

extension ScopeRules {
    /// What is asked for, as connectors write it: these, else the defaults, then `always`, each once. What was granted is
    /// measured against it (SECURITY.md line 9).
    func requested(_ asked: [String]) -> [String] {
        var seen: Set<String> = []
        return ((asked.isEmpty ? defaults : asked) + always).filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}
