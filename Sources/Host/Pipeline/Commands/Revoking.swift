import ConnectorSDK
package import Model
import RefreshProtocol
import StoreContract

/// Revoke and delete: at once for callers, at the provider as soon as silence allows (PROTOCOL.md §7). What was handed over
/// ends here alone: at the provider it is another host's.
extension TokenPipeline {
    /// Revokes a connection: its tokens are not served any more from now on.
    package func revoke(_ id: ConnectionID, by caller: Caller) async throws -> RevokeAnswer {
        try await end(id, deleting: false, by: caller)
    }

    /// Revokes a connection and hides it; its rows go once revocation is certain.
    package func delete(_ id: ConnectionID, by caller: Caller) async throws -> RevokeAnswer {
        try await end(id, deleting: true, by: caller)
    }

    private func end(_ id: ConnectionID, deleting: Bool, by caller: Caller) async throws -> RevokeAnswer {
        try caller.require(.writeConnections)
        let known = try await snapshot(id, token: "default", for: caller).connection
        return RevokeAnswer(revocation: try await end(known, deleting: deleting, by: caller))
    }

    /// The same, whether its tokens can be opened or not.
    /// - Parameter pause: how long the revoker leaves the provider to whoever calls this.
    func end(
        _ known: ConnectionRecord, deleting: Bool, by caller: Caller, pause: Duration = .zero
    ) async throws -> ConnectionRecord.Revocation {
        let id = known.id
        let revocable = (try? parts.connectors.entry(known.connector).definition.revocation != nil) ?? true
        let parts = parts
        return try await wrapping {
            try await self.write(id) { transaction -> ConnectionRecord.Revocation in
                guard var connection = try transaction.connection(id), connection.deletedAt == nil else {
                    throw Self.noSuchConnection
                }
                let lines = try transaction.lines(of: id)
                for line in lines {
                    let step = try transaction.step(line, .revoke, timing: parts.settings.timing)
                    if step.line != line {
                        try transaction.record(step, of: connection, action: "revoke", by: Actor(caller), parts: parts)
                    }
                }
                if connection.revocation == .none {
                    let isOwed = try transaction.linesToRevoke(of: id).contains { !$0.versions.isEmpty }
                    connection.revocation =
                        lines.contains(where: \.isHandedOver) && !isOwed
                        ? .handedOver : revocable ? .pending : .unsupported
                }
                if deleting { connection.deletedAt = transaction.now }
                connection.revokeAt = transaction.now + pause
                try transaction.update(connection)
                if deleting {
                    try transaction.audit(.of(caller, "delete", connection, at: transaction.now), parts: parts)
                    try transaction.eraseIfFinished(connection)
                }
                return connection.revocation
            }
        }
    }
}

extension StoreTransaction {
    /// A deleted connection's rows go when all attempts are closed, all holders clear, no code is being exchanged, and
    /// revocation is certain; until then they stay as a tombstone (PROTOCOL.md §7).
    func eraseIfFinished(_ connection: ConnectionRecord) throws {
        guard connection.deletedAt != nil, connection.revocation != .pending, try !isExchanging(connection.id) else {
            return
        }
        if try lines(of: connection.id).allSatisfy({ $0.attempts.allSatisfy(\.isOver) }) { try erase(connection.id) }
    }
}

extension Attempt {
    /// Nobody holds an answer to it or will receive one.
    var isOver: Bool { !isOpen && (state != .ambiguous || holderClear) }
}
