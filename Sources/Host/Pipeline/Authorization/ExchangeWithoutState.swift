import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import Secrets
import Spool
import StoreContract

/// `POST …/exchange` for consent that did not begin here: a provider's own install page, or a caller that made the
/// consent page itself. Nothing ties the code to a browser, so the client's settings have to allow it.
extension TokenPipeline {
    /// Makes a connection of a code alone.
    func exchangeWithoutState(_ request: ExchangeRequest, by caller: Caller) async throws -> ConnectionView {
        let entry = try await usableConnector(request.connector, for: caller)
        guard entry.definition.grants.contains(.authorizationCode) else {
            throw PipelineError.invalid("connector", "\(request.connector) has no authorization code grant")
        }
        var record = ConnectionRecord(
            id: .random(prefix: "conn_"), organization: caller.organization, connector: entry.definition.id,
            client: request.client, name: try Self.checkedName(request.name), owner: try caller.owner(named: nil),
            createdAt: parts.store.now, grantType: GrantType.authorizationCode.rawValue)
        let redirectURI = try await allowedRedirectURI(request, record.clientKey)
        var inputs = try CheckedInputs(request.inputs, of: entry.definition)
        // What is refused unseen leaves nothing.
        try checkIssuer(request.parameters, of: entry.definition.id, inputs: inputs.plain)
        _ = try captures(request.parameters, of: entry.definition.id)
        record.requestedScopes = try await scopes(nil, entry.definition, record.clientKey)
        record.inputs = inputs.plain
        try await seal(&inputs, for: record)
        record.sealedInputs = inputs.sealed
        let place = try await place(for: parts.gate(of: record), by: Actor(caller))
        let flow = try await begin(record, redirectURI, request, caller)
        do {
            return try await judgingInputs(of: entry.definition) {
                try await complete(flow, request, by: caller, in: place)
            }
        } catch {
            await letGo(of: flow)
            throw error
        }
    }

    /// The call is over, so no answer can arrive any more. Where none waits to be stored or may be read one day, the
    /// connection, and with it its name, are free again.
    private func letGo(of flow: FlowRecord) async {
        let (line, entries) = (LineID(connection: flow.connection), parts.spool.entries)
        guard !entries.hasEntry(for: line), !entries.kept.hasAnswer(for: line) else { return }
        try? await wrapping { try await self.write(flow.connection) { try $0.eraseUnfilled(flow) } }
    }

    /// One of the client's registered URIs, byte for byte (SECURITY.md line 1).
    private func allowedRedirectURI(_ request: ExchangeRequest, _ key: ClientKey) async throws -> String {
        guard let client = try await client(key), client.settings.exchangeWithoutState else {
            throw PipelineError.invalid(
                "state", "is required; settings.exchange_without_state of the client would allow to leave it out")
        }
        guard let uri = request.redirectURI else {
            throw PipelineError.invalid("redirect_uri", "is required without state")
        }
        guard client.redirectURIs.contains(where: { $0.utf8.elementsEqual(uri.utf8) }) else {
            throw PipelineError.invalid(
                "redirect_uri", "is not one of the client's redirect_uris, which are compared byte for byte")
        }
        return uri
    }

    /// A flow whose state was never good and whose code is presented at once.
    private func begin(
        _ connection: ConnectionRecord, _ redirectURI: String, _ request: ExchangeRequest, _ caller: Caller
    ) async throws -> FlowRecord {
        let client = try await client(connection.clientKey)
        let parts = parts
        return try await wrapping {
            try await parts.keyRing.prepare(caller.organization)
            let material = try parts.material(for: connection, client: client)
            let (id, now) = (FlowID.random(prefix: "flow_"), parts.store.now)
            let inputs = CheckedInputs(plain: connection.inputs, sealed: connection.sealedInputs)
            var flow = FlowRecord(
                id, for: connection, inputs: inputs, by: caller, redirectURI: redirectURI,
                sealedVerifier: try request.codeVerifier.map { try self.seal($0, id, connection) }, from: now,
                until: now)
            flow.usedAt = now
            let used = flow
            try await self.write(connection.id) { transaction in
                try transaction.insertPending(connection, rotation: material.rotation)
                try transaction.insert(used)
                try transaction.audit(
                    .of(caller, "exchange_without_state", connection, at: transaction.now), parts: parts)
            }
            return used
        }
    }
}

extension StoreTransaction {
    /// Erases a connection whose only authorization failed for certain.
    fileprivate func eraseUnfilled(_ flow: FlowRecord) throws {
        guard try self.flow(flow.id)?.result?.hasPrefix("failed") == true,
            try lines(of: flow.connection).allSatisfy({ $0.versions.isEmpty && $0.attempts.isEmpty })
        else { return }
        try erase(flow.connection)
    }
}
