import Model
import RefreshProtocol
import Spool
import StoreContract

/// A person said no to a device, or not in time: nobody comes back to be told, so everybody who looks is.
extension StoreTransaction {
    /// Ends a device authorization without a grant: in the timeline as what was asked and refused, as an event, and in what
    /// is shown of a connection that holds nothing yet.
    func endDevice(
        _ flow: FlowRecord, _ connection: ConnectionRecord, _ code: String, parts: PipelineParts
    ) throws {
        guard try self.flow(flow.id)?.result == nil else { return }
        try end(flow.id, code == "access_denied" ? "denied" : "failed:\(code)")
        guard let line = try line(LineID(connection: connection.id)), line.state != .revoked,
            connection.deletedAt == nil
        else { return try eraseIfFinished(connection) }
        try note(flow, code, on: line, parts: parts)
        // One that was to be renewed goes on as before; another authorization of it may still bring its grant.
        let isLast = try !hasOpenFlow(connection.id)
        guard line.state == .pending, isLast else {
            try tell(.connectorWarning, "device_code: \(code)", of: connection, parts: parts)
            return try show(code, of: flow, on: line, connection)
        }
        try conclude(connection, code, flow.id, parts: parts)
    }

    /// An authorization of a connection has ended: if that was the last, the end that an earlier one has left counts.
    func concludeAuthorizations(of connection: ConnectionRecord, parts: PipelineParts) throws {
        guard let steps = connection.steps, steps.awaitsOthers, let failure = steps.failure, let flow = steps.flow
        else { return }
        guard try line(LineID(connection: connection.id))?.state == .pending, connection.deletedAt == nil else {
            var other = connection
            (other.steps, other.stepAt) = (nil, nil)
            return try update(other)
        }
        guard try !hasOpenFlow(connection.id) else {
            var waiting = connection
            waiting.stepAt = now + Self.nextLook
            return try update(waiting)
        }
        try conclude(connection, failure.code, flow, parts: parts)
    }

    /// One that expires ends without a word.
    private static var nextLook: Duration { .seconds(30) }

    private func note(_ flow: FlowRecord, _ code: String, on line: Line, parts: PipelineParts) throws {
        var told = line
        told.attempts.append(
            Attempt(
                id: .random(), grant: .random(prefix: "grant_"), generationIn: line.generation, fence: line.fence,
                purpose: .exchange, rotation: line.rotation, host: parts.host, boot: parts.spool.boot,
                caller: flow.startedBy, state: .rejected, claimedAt: flow.createdAt, sentAt: flow.usedAt,
                closedAt: now, outcome: code))
        try save(told, replacing: line)
    }

    private func show(_ code: String, of flow: FlowRecord, on line: Line, _ connection: ConnectionRecord) throws {
        guard line.state == .pending else { return }
        var shown = connection
        shown.steps = .ended(code, at: now, flow: flow.id, isLast: false)
        shown.stepAt = now + Self.nextLook
        try update(shown)
    }

    private func conclude(
        _ connection: ConnectionRecord, _ code: String, _ flow: FlowID, parts: PipelineParts
    ) throws {
        try tell(.tokenReauthorizationRequired, code, of: connection, parts: parts)
        var ended = connection
        ended.steps = .ended(code, at: now, flow: flow)
        ended.stepAt = nil
        try update(ended)
    }
}

extension TokenPipeline {
    /// Looks whether all authorizations of a connection are over, where one has ended beside others.
    func concludeAuthorizations(of id: ConnectionID) async throws {
        let parts = parts
        try await write(id) { transaction in
            guard let connection = try transaction.connection(id) else { return }
            try transaction.concludeAuthorizations(of: connection, parts: parts)
        }
    }
}
