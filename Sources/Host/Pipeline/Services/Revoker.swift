import ConnectorSDK
import Locks
import Logging
import Model
import Provider
import RefreshProtocol
import Secrets
import ServiceLifecycle
import StoreContract

/// Tells providers about revoked tokens, again and again until it is certain (RFC 7009; SECURITY.md line 15).
final class Revoker: Service {
    private let pipeline: TokenPipeline
    private let tries = Locked(RevocationTries())
    /// At most as many calls at once, so that one provider that hangs does not hold up the others.
    private let rounds = Rounds<ConnectionRecord>(
        .revocation, atOnce: 32, claim: { try $0.claim(revocations: $1, until: $2) }
    ) { reader, organization, limit in
        try reader.connectionsAwaitingRevocation(of: organization, limit: limit)
    }

    init(pipeline: TokenPipeline) { self.pipeline = pipeline }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                // Starts what is due and waits for none of it.
                let due = await rounds.next(in: pipeline.parts.store) { pipeline.isLeftToOthers($0.connector) }
                for connection in due {
                    group.addTask {
                        await self.revoke(connection)
                        self.rounds.end(connection)
                    }
                }
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(500)) }
            }
        }
    }

    /// Tries one; if that did not end it, it is due again later.
    private func revoke(_ connection: ConnectionRecord) async {
        let end = await pipeline.revokeAtProvider(connection)
        guard let pause = tries.withLock({ $0.pause(after: end, of: connection.id) }) else { return }
        try? await pipeline.postponeRevocation(connection.id, by: pause)
    }
}

extension TokenPipeline {
    /// Revokes everything a connection still holds.
    func revokeAtProvider(_ connection: ConnectionRecord) async -> RevocationTry {
        do {
            try await parts.keyRing.prepare(connection.organization)
            // Read anew: which server issued what comes with the lines.
            let read = try await parts.store.read { reader in
                (try reader.connection(connection.id), try reader.linesToRevoke(of: connection.id))
            }
            guard let connection = read.0 else { return .certain }
            // Silence before speech: an earlier presentation may still bring a child (PROTOCOL.md §7).
            let (now, timing) = (parts.store.now, parts.settings.timing)
            guard read.1.allSatisfy({ now >= $0.line.quietAt && !$0.line.isRenewing(at: now, timing: timing) }) else {
                return .notAsked
            }
            var end = RevocationTry.certain
            for (line, versions) in read.1 {
                // One server that is away keeps nothing from the others.
                for version in versions { end = max(end, await tell(version, of: line, connection)) }
            }
            guard end == .certain else { return end }
            try await finishRevocation(connection.id)
            return .certain
        } catch {
            warn(connection, error)
            return isLeftToOthers(after: error) ? .notAsked : .failed
        }
    }

    private func tell(_ version: TokenVersion, of line: Line, _ connection: ConnectionRecord) async -> RevocationTry {
        do {
            return try await revoke(version, of: line, connection) ? .certain : .failed
        } catch {
            let end = RevocationTry(error)
            if end == .failed { warn(connection, error) }
            return end
        }
    }

    private func warn(_ connection: ConnectionRecord, _ error: any Error) {
        parts.logger.warning(
            "revocation is tried again",
            metadata: ["connection": "\(connection.id)", "code": "\(PipelineError(wrapping: error).code.rawValue)"])
    }

    func postponeRevocation(_ id: ConnectionID, by pause: Duration) async throws {
        try await parts.store.write { transaction in
            guard var connection = try transaction.connection(id) else { return }
            connection.revokeAt = transaction.now + pause
            try transaction.update(connection)
        }
    }

    private func revoke(_ version: TokenVersion, of line: Line, _ connection: ConnectionRecord) async throws -> Bool {
        let tokens = Material.tokens(try parts.tokens(of: version, line: line))
        // A grant that was never redeemed has brought nothing that could be revoked.
        let isToBeTold = !tokens.isEmpty
        let client = try await client(connection.clientKey)
        let material = try parts.material(for: connection, client: client, grant: version.grant).adding(tokens)
        if isToBeTold, material.definition.revocation != nil {
            let request = try material.entry.connector.request(.revoke, in: material.context)
            let wire = try RequestAssembly.assemble(request, secrets: material.secrets, now: .wallClock)
            let place = try await place(for: material.gate, by: .host)
            let response = try await send(wire, material.definition, operation: "revoke", in: place)
            let answer = response.asProviderResponse(receivedAt: parts.store.now)
            switch material.entry.connector.read(answer, to: .revoke, in: material.context) {
            case .done, .tokens, .further, .state, .captured, .device: break
            case .failure(let failure):
                // Refused means that the provider does not know the token: it is revoked for certain.
                guard failure.disposition == .refused else { return false }
            }
        }
        try await note(version, isRevokedOn: line.id)
        return true
    }

    private func note(_ version: TokenVersion, isRevokedOn id: LineID) async throws {
        try await write(id.connection) { transaction in
            guard let line = try transaction.line(id, withAttempt: version.attempt) else { return }
            var told = line
            for index in told.versions.indices where told.versions[index].attempt == version.attempt {
                told.versions[index].revocationPending = false
            }
            try transaction.save(told, replacing: line)
        }
    }

    private func finishRevocation(_ id: ConnectionID) async throws {
        let parts = parts
        try await write(id) { transaction in
            guard var connection = try transaction.connection(id) else { return }
            let lines = try transaction.linesToRevoke(of: id)
            guard lines.allSatisfy({ $0.versions.isEmpty }) else { return }
            connection.revocation = lines.contains { $0.line.isHandedOver } ? .handedOver : .done
            try transaction.update(connection)
            try transaction.audit(
                .of(
                    .init(
                        organization: connection.organization,
                        identity: .service(id: "host", scopes: [], connectors: nil), requestID: "-"),
                    "revoked_at_provider", connection, at: transaction.now), parts: parts)
            try transaction.eraseIfFinished(connection)
        }
    }
}

extension StoreReader {
    /// Of each line of a connection what its provider has yet to be told of, also of grants that others have replaced.
    func linesToRevoke(of connection: ConnectionID) throws -> [(line: Line, versions: [TokenVersion])] {
        try lines(of: connection).map { line in
            (line, try versions(of: line.id).filter(\.revocationPending).sorted { $0.fence > $1.fence })
        }
    }
}
