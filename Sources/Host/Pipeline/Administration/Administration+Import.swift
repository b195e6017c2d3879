package import ConnectorSDK
package import Model
import RefreshProtocol
import Secrets
import StoreContract

/// `connections import`: one line of it, through the same door as `POST …/connections`.
extension Administration {
    /// What became of one line.
    package enum Imported: Sendable {
        /// A new connection.
        case made(ConnectionID)
        /// A connection, new or of this very line, whose first answer is not known yet: the host goes on with it.
        case pending(ConnectionID)
        /// It is the connection that this very line makes: it was imported before, and has had tokens.
        case known(ConnectionID)
        case refused(PipelineError)
        /// Nothing can be imported now; the rest is taken by the same command again.
        case stopped(PipelineError)
    }

    /// Imports one connection. Never replaces one: what is there is told apart by fingerprint and by name.
    /// - Parameter text: the line, of which a connection without a name gets one, the same whenever it is imported.
    package func importConnection(
        _ request: RedeemRequest, line text: Secret, in organization: OrganizationID, by user: String
    ) async -> Imported {
        let caller = Self.caller(in: organization, user)
        guard request.grant != GrantType.deviceCode.rawValue else {
            return .refused(.invalid("grant", "device_code needs a person: it is nothing to import"))
        }
        var request = request
        if request.name == nil { request.name = "import-" + parts.installation.auditIdentifier(of: text).prefix(12) }
        var tries = 0
        while tries < Self.tries {
            do {
                guard case .connected(let view) = try await pipeline.redeem(request, by: caller) else { continue }
                return view.generation > 0 ? .made(view.id) : .pending(view.id)
            } catch let problem as PipelineError where RefreshVerdict.isHeld(problem) {
                // Thousands of lines are no reason to pass a client's rate limit, nor to ask a provider that refuses many
                // of its grants again and again: each waits for its turn, however long that takes.
                await pause(problem.retryAfter)
            } catch let problem as PipelineError {
                switch problem.code {
                case _ where Self.stops(problem): return .stopped(problem)
                case .providerRateLimited:
                    tries += 1
                    await pause(problem.retryAfter)
                case .duplicateGrant, .invalidInput:
                    do {
                        if let before = try await before(request, caller) { return before }
                        guard try await eraseDead(request, problem, caller) else { return .refused(problem) }
                    } catch {
                        return .stopped(PipelineError(wrapping: error))
                    }
                    tries += 1
                default: return .refused(problem)
                }
            } catch {
                return .stopped(PipelineError(wrapping: error))
            }
        }
        return .refused(
            PipelineError(.providerRateLimited, "The provider limits this client's calls; import the file again later.")
        )
    }

    /// How often the provider may say that a line has to wait.
    private static let tries = 10

    private func pause(_ wait: Duration?) async {
        try? await Task.sleep(for: min(max(wait ?? .seconds(5), .seconds(1)), .seconds(60)))
    }

    /// It is ours, and says nothing about the line.
    private static func stops(_ error: any Error) -> Bool {
        [.draining, .storeUnavailable, .keysUnavailable, .auditUnavailable].contains(
            PipelineError(wrapping: error).code)
    }

    /// What else is wrong with a line was said already.
    private func unlessStopped<Result>(_ look: () async throws -> Result?) async throws -> Result? {
        do { return try await look() } catch {
            if Self.stops(error) { throw error }
            return nil
        }
    }

    /// The connection that a line has made before, if it has: same connector, owner, name and grant. Nil also where the
    /// provider has refused that grant before it brought a token.
    private func before(_ request: RedeemRequest, _ caller: Caller) async throws -> Imported? {
        let parts = parts
        return try await unlessStopped {
            try await pipeline.wrapping {
                try await parts.keyRing.prepare(caller.organization)
                return try await parts.store.read { reader -> Imported? in
                    guard let found = try reader.connection(madeBy: request, caller),
                        try Self.isMade(found, by: request, in: reader, parts),
                        let line = try reader.lines(of: found.id).first
                    else { return nil }
                    switch line.state {
                    case _ where line.generation > 0: return .known(found.id)
                    case .needsReauthorization, .revoked: return nil
                    default: return .pending(found.id)
                    }
                }
            }
        }
    }

    /// Makes room for a line: erases the connection that has its refresh token or its name, if that is one of which
    /// nothing ever came and nothing can come any more. The line is then presented like a new one, and a mended one taken.
    private func eraseDead(
        _ request: RedeemRequest, _ problem: PipelineError, _ caller: Caller
    ) async throws -> Bool {
        let isAboutName = problem.fields.contains { $0.name == "name" }
        let parts = parts
        return try await unlessStopped {
            let id = try await parts.store.read { reader in
                try problem.connection ?? (isAboutName ? reader.connection(madeBy: request, caller)?.id : nil)
            }
            guard let id else { return nil }
            return try await pipeline.write(id) { try $0.eraseDeadImport(id, parts: parts) }
        } ?? false
    }

    private static func isMade(
        _ found: ConnectionRecord, by request: RedeemRequest, in reader: any StoreReader, _ parts: PipelineParts
    ) throws -> Bool {
        guard found.client == request.client, found.grantType == request.grant else { return false }
        let definition = try parts.connectors.entry(found.connector).definition
        let grant = try CheckedGrant(request, of: definition)
        if let token = grant.refreshToken {
            let material = try parts.material(for: found, client: try reader.client(found.clientKey))
            let fingerprint = parts.fingerprint(of: token, material)
            return try reader.connection(withFingerprint: fingerprint) == found.id
        }
        let inputs = try found.inputs.merging(parts.secretInputs(of: found)) { $1 }
        let asked = try CheckedInputs(request.inputs ?? [:], of: definition)
        let rules = definition.scopes
        return try parts.grant(of: found) == grant.stored
            && inputs == asked.plain.merging(asked.secret.mapValues { $0.reveal() }) { $1 }
            && (request.scopes.map { rules.requested($0) == rules.requested(found.requestedScopes) } ?? true)
    }
}

extension StoreReader {
    /// The connection that has the name of a line's.
    fileprivate func connection(madeBy request: RedeemRequest, _ caller: Caller) throws -> ConnectionRecord? {
        guard let name = request.name else { return nil }
        return try connection(
            named: name, connector: request.connector, owner: try caller.owner(named: request.owner),
            organization: caller.organization)
    }
}
