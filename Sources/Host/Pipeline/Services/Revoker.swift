import ConnectorSDK
import Logging
import Model
import Provider
import RefreshProtocol
import Secrets
import ServiceLifecycle
import StoreContract

/// Tells providers about revoked tokens, again and again until it is certain (RFC 7009; SECURITY.md line 15).
struct Revoker: Service {
    let pipeline: TokenPipeline

    func run() async throws {
        var pauses: [ConnectionID: (until: MonotonicTime, failures: Int)] = [:]
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await pass(&pauses)
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(500)) }
        }
    }

    private func pass(_ pauses: inout [ConnectionID: (until: MonotonicTime, failures: Int)]) async {
        let store = pipeline.parts.store
        guard let waiting = try? await store.read({ try $0.connectionsAwaitingRevocation(limit: 100) }) else { return }
        for connection in waiting {
            if let pause = pauses[connection.id], HostClock.now < pause.until { continue }
            if await pipeline.revokeAtProvider(connection) {
                pauses[connection.id] = nil
            } else {
                let failures = (pauses[connection.id]?.failures ?? 0) + 1
                let wait = min(Duration.seconds(1) * (1 << min(failures - 1, 9)), .seconds(600))
                pauses[connection.id] = (HostClock.now + wait, failures)
            }
        }
    }
}

extension TokenPipeline {
    /// Revokes everything a connection still holds. False when it has to be tried again.
    func revokeAtProvider(_ connection: ConnectionRecord) async -> Bool {
        do {
            try await parts.keyRing.prepare(connection.organization)
            let lines = try await parts.store.read { try $0.lines(of: connection.id) }
            // Silence before speech: an earlier presentation may still bring a child (PROTOCOL.md §7).
            guard lines.allSatisfy({ parts.store.now >= $0.quietAt }) else { return false }
            for line in lines {
                for version in line.versions where version.revocationPending {
                    guard try await revoke(version, of: line, connection) else { return false }
                }
            }
            try await finishRevocation(connection.id)
            return true
        } catch {
            parts.logger.warning(
                "revocation is tried again",
                metadata: ["connection": "\(connection.id)", "code": "\(PipelineError(wrapping: error).code.rawValue)"])
            return false
        }
    }

    private func revoke(_ version: TokenVersion, of line: Line, _ connection: ConnectionRecord) async throws -> Bool {
        let client = try await client(connection.clientKey)
        let tokens = try parts.tokens(of: version, line: line)
        let material = try parts.material(for: connection, client: client).adding(Material.tokens(tokens))
        if material.definition.revocation != nil {
            let request = try material.entry.connector.request(.revoke, in: material.context)
            let wire = try RequestAssembly.assemble(request, secrets: material.secrets, now: parts.store.now)
            let response = try await send(wire, material.definition, operation: "revoke")
            let answer = response.asProviderResponse(receivedAt: parts.store.now)
            switch material.entry.connector.read(answer, to: .revoke, in: material.context) {
            case .done, .tokens, .further, .state: break
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
            let lines = try transaction.lines(of: id)
            guard !lines.contains(where: { $0.versions.contains(where: \.revocationPending) }) else { return }
            connection.revocation = .done
            connection.updatedAt = transaction.now
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
