import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import Secrets
import StoreContract

/// State, ticket and cookie of an authorization: each 256 bits, stored hashed, good once (SECURITY.md lines 2, 3, 63).
extension TokenPipeline {
    /// Stores the flow and makes both addresses.
    func begin(
        _ draft: Draft, _ request: AuthorizeRequest, _ material: Material, _ caller: Caller
    ) async throws -> AuthorizeAnswer {
        let (state, ticket) = (RandomToken.make(), RandomToken.make())
        let verifier = material.definition.authorization?.pkce == true ? ProofKey.makeVerifier() : nil
        let now = parts.store.now
        let flowID = FlowID.random(prefix: "flow_")
        let connection = draft.record
        let flow = FlowRecord(
            flowID, for: connection, inputs: draft.inputs, by: caller, state: state, ticket: ticket,
            redirectURI: redirectURI(material.client),
            sealedVerifier: try verifier.map { try seal($0, flowID, connection) }, loginHint: request.loginHint,
            returnTo: request.returnTo, from: now, until: now + parts.settings.flowLifetime)
        let page = try consentPage(flow, state: state, verifier: verifier, material)
        let rotation = material.rotation
        let parts = parts
        try await wrapping {
            try await self.write(connection.id) { transaction in
                if draft.isNew { try transaction.insertPending(connection, rotation: rotation) }
                try transaction.requireOpen(connection.id)
                try transaction.insert(flow)
                if verifier == nil { try transaction.warnAboutMissingProofKey(connection, parts: parts) }
                try transaction.audit(.of(caller, "authorize", connection, at: now), parts: parts)
            }
        }
        return AuthorizeAnswer(
            authorizationURL: parts.settings.publicURL + "/oauth/start/" + ticket.reveal(), providerURL: page.url,
            state: state.reveal(), connection: connection.id, expiresAt: flow.expiresAt)
    }

    /// The consent page for a flow.
    func consentPage(
        _ flow: FlowRecord, state: Secret, verifier: Secret?, _ material: Material
    ) throws -> ConsentPage {
        var context = material.context
        context.scopes = flow.scopes
        do {
            return try material.entry.connector.authorizationURL(
                ConsentRequest(
                    redirectURI: flow.redirectURI, state: state.reveal(),
                    challenge: verifier.map { ProofKey.challenge(for: $0) },
                    nonce: material.definition.asksForNonce ? parts.installation.nonce(of: flow.id) : nil,
                    loginHint: flow.loginHint),
                in: context)
        } catch {
            throw PipelineError(wrapping: error)
        }
    }

    /// The browser's ticket: good once, exchanged for a cookie and the way to the provider.
    /// - Throws: `invalid_state` for an unknown, used or expired ticket, always the same text.
    package func takeTicket(_ ticket: String) async throws -> TicketAnswer {
        let hash = RandomToken.hash(Secret(ticket))
        // A new state: the one that the caller holds is for callers that receive the callback themselves.
        let (cookie, state) = (RandomToken.make(), RandomToken.make())
        let found = try await wrapping { try await self.parts.store.read { try $0.flow(ticketHash: hash) } }
        guard let found, Self.isFresh(found, at: parts.store.now) else { throw Self.badState }
        // First the page: what cannot be made now spends no ticket.
        let material = try await material(of: found)
        let verifier = try found.sealedVerifier.map { try openVerifier($0, found) }
        let page = try consentPage(found, state: state, verifier: verifier, material)
        try await wrapping {
            try await self.parts.store.write { transaction in
                guard var flow = try transaction.flow(ticketHash: hash), Self.isFresh(flow, at: transaction.now) else {
                    throw Self.badState
                }
                guard try transaction.isEnabled(connector: flow.connector, organization: flow.organization) else {
                    throw PipelineError(
                        .connectorDisabled, "The connector \(flow.connector) is disabled in this organization.")
                }
                flow.ticketUsedAt = transaction.now
                flow.cookieHash = RandomToken.hash(cookie)
                flow.stateHash = RandomToken.hash(state)
                try transaction.update(flow)
            }
        }
        return TicketAnswer(location: page.url, cookie: cookie, maxAge: found.expiresAt - parts.store.now)
    }

    private static func isFresh(_ flow: FlowRecord, at now: Timestamp) -> Bool {
        flow.ticketUsedAt == nil && flow.usedAt == nil && flow.expiresAt > now
    }

    /// One text for every state that is not good: unknown, used, expired, another's.
    static let badState = PipelineError(
        .invalidState, "This authorization is unknown, expired or used already; start it again.")

    /// Client and connection of a flow, with the flow's own inputs.
    /// - Parameter evenDeleted: a grant that arrives for a deleted connection has to be revoked with it.
    func material(of flow: FlowRecord, evenDeleted: Bool = false) async throws -> Material {
        try await wrapping {
            let stored = try await self.parts.store.read { reader -> (ConnectionRecord?, ClientRecord?) in
                let connection = try reader.connection(flow.connection)
                return (connection, try connection.flatMap { try reader.client($0.clientKey) })
            }
            guard var connection = stored.0, evenDeleted || connection.deletedAt == nil else { throw Self.badState }
            connection.terms = flow.terms(beside: connection)
            connection.requestedScopes = flow.scopes
            try await self.parts.keyRing.prepare(flow.organization)
            let speaking = connection
            return try await self.parts.reloadingKeys(of: flow.organization) {
                // Opened once before: with its code spent there is no second try.
                if let sealed = flow.sealedVerifier { _ = try self.openVerifier(sealed, flow) }
                return try self.parts.material(for: speaking, client: stored.1)
            }
        }
    }

    func openVerifier(_ sealed: Data, _ flow: FlowRecord) throws -> Secret {
        let context = SealContext.verifier(of: flow.id, organization: flow.organization, connection: flow.connection)
        return Secret(String(decoding: try parts.sealer.open(sealed, for: context), as: UTF8.self))
    }

    func seal(_ verifier: Secret, _ flow: FlowID, _ connection: ConnectionRecord) throws -> Data {
        let context = SealContext.verifier(of: flow, organization: connection.organization, connection: connection.id)
        do {
            return try parts.sealer.seal(Data(verifier.reveal().utf8), for: context)
        } catch {
            throw PipelineError(wrapping: error)
        }
    }

    /// The client's first registered URI, else this host's own.
    private func redirectURI(_ client: ClientRecord) -> String {
        client.redirectURIs.first ?? parts.settings.redirectURI
    }
}

extension StoreTransaction {
    /// PKCE is off only by the definition's explicit word, and not silently (SECURITY.md line 4).
    func warnAboutMissingProofKey(_ connection: ConnectionRecord, parts: PipelineParts) throws {
        try tell(.connectorWarning, "pkce_off", of: connection, parts: parts)
    }

    /// A new connection that waits for its grant.
    func insertPending(_ connection: ConnectionRecord, rotation: RotationClass) throws {
        try requireFreeName(connection)
        try insert(connection)
        try save(newLine(of: connection, grant: .random(prefix: "grant_"), rotation: rotation), replacing: nil)
    }

    /// - Throws: `not_found`, `revoked` for a connection that was ended while its authorization was prepared.
    func requireOpen(_ id: ConnectionID) throws {
        guard let connection = try connection(id), connection.deletedAt == nil,
            let line = try line(LineID(connection: id))
        else { throw TokenPipeline.noSuchConnection }
        guard line.state != .revoked else { throw TokenPipeline.isRevoked }
    }

    /// A line that is not stored yet, enabled as its connector is now.
    func newLine(of connection: ConnectionRecord, grant: GrantID, rotation: RotationClass) throws -> Line {
        var line = Line(
            id: LineID(connection: connection.id), organization: connection.organization, grant: grant,
            rotation: rotation)
        line.enabled = try isEnabled(connector: connection.connector, organization: connection.organization)
        return line
    }

    /// - Throws: `invalid_input` when another connection has its name.
    func requireFreeName(_ connection: ConnectionRecord) throws {
        let taken = try self.connection(
            named: connection.name, connector: connection.connector, owner: connection.owner,
            organization: connection.organization)
        guard taken == nil else { throw PipelineError.nameIsTaken }
    }
}

extension PipelineError {
    /// Names are unique of a connector and an owner.
    static let nameIsTaken = invalid("name", "another connection of this connector and owner has it")
}
