import Audit
import FaultPoints
import Model
import RefreshProtocol
import StoreContract

/// Deletes an organization: its connections are revoked at their providers, as far as these listen, and all that is stored
/// of it is erased, its data keys with it. Every part can be repeated, so that one that was cut short is run again from
/// its beginning. Who may call in its name finds nothing from the first part on, and begins nothing.
struct OrganizationDeletion: Sendable {
    let pipeline: TokenPipeline
    let organization: OrganizationID
    let caller: Caller
    /// How long providers are asked; what they have not heard by then is given up.
    let patience: Duration
    /// From 0 to 1.
    let progress: @Sendable (Double) -> Void
    /// Connections that were erased although their providers were not told.
    let notRevoked: @Sendable ([ConnectionRecord]) -> Void

    var parts: PipelineParts { pipeline.parts }

    /// - Throws: `not_found` when nothing is stored of it, `in_use` while it is being deleted already, here or at another
    ///   host, `draining`.
    func run() async throws -> DeletionReport {
        guard pipeline.deletions.enter(organization) else { throw isRunning }
        defer { pipeline.deletions.leave(organization) }
        guard let report = try await pipeline.wrapping({ try await pipeline.inTurn(turn, deleteInTurn) }) else {
            throw isRunning
        }
        return report
    }

    private var isRunning: PipelineError {
        PipelineError(.inUse, "\(organization) is being deleted already; see `token-manager organizations list`.")
    }

    private var turn: String { "deletion/\(organization)" }

    /// What is counted as it goes is counted by one host: one that was frozen until another went on ends here.
    func requireTurn(_ transaction: any StoreTransaction) throws {
        guard !parts.store.isExclusive else { return }
        guard try transaction.takeTurn(turn, by: parts.host, for: TokenPipeline.turnLease) else { throw isRunning }
    }

    private func deleteInTurn() async throws -> DeletionReport {
        var report = DeletionReport(organization: organization)
        let end = try await begin()
        report.deletedBefore = end.endedAt
        report.notRevoked = end.givenUp
        guard end.endedAt == nil else { return report }
        FaultPoint.organizationMarked.reach()
        let hidden = try await hide(&report)
        FaultPoint.organizationHidden.reach()
        try await revoke(of: report.connections)
        try await waitForCalls(of: hidden)
        FaultPoint.organizationRevoked.reach()
        report.notRevoked = try await erase()
        FaultPoint.organizationErased.reach()
        try await clean()
        progress(1)
        return report
    }

    /// From here on nothing of it is begun: the store sees to that.
    private func begin() async throws -> OrganizationEnd {
        try await change { transaction in
            let before = try transaction.end(of: organization)
            if let before, before.isInForce { return before }
            guard try transaction.holdsAnything(of: organization) else {
                throw PipelineError(.notFound, "Nothing is stored of an organization \(organization).")
            }
            // It was opened again; what an older backup holds of it, this end erases, too.
            if before != nil { try transaction.eraseEnd(of: organization) }
            let end = OrganizationEnd(organization: organization, beganAt: transaction.now)
            try transaction.save(end)
            try transaction.audit(record("organization_delete", "begun", at: transaction.now), parts: parts)
            return end
        }
    }

    /// Deletes every connection, as its owner would. The revoker leaves the providers to this deletion meanwhile.
    private func hide(_ report: inout DeletionReport) async throws -> Set<ConnectionID> {
        var (hidden, last): (Set<ConnectionID>, ConnectionID?) = ([], nil)
        repeat {
            let page = try await connections(after: last)
            for connection in page {
                try requireWorking()
                report.connections += 1
                switch try await hide(connection) {
                case .unsupported: report.notRevocable += 1
                case .handedOver: report.handedOver += 1
                case .none, .pending, .done: break
                }
                hidden.insert(connection.id)
            }
            last = page.last?.id
        } while last != nil
        return hidden
    }

    private func hide(_ connection: ConnectionRecord) async throws -> ConnectionRecord.Revocation {
        // Where this host cannot speak to the provider and another can, that one's revoker does.
        let pause = pipeline.isLeftToOthers(connection.connector) ? Duration.zero : patience
        if connection.deletedAt == nil {
            do {
                return try await pipeline.end(connection, deleting: true, by: caller, pause: pause)
            } catch let error as PipelineError where error.code == .notFound {
                // Its owner has deleted it at the same time.
            }
        }
        if connection.revocation == .pending {
            try await pipeline.wrapping { try await pipeline.postponeRevocation(connection.id, by: pause) }
        }
        return connection.revocation
    }

    /// Asks providers until all have heard, or patience is over.
    private func revoke(of total: Int) async throws {
        let began = HostClock.now
        var pause = Duration.milliseconds(250)
        var left = try await pending()
        while !left.isEmpty {
            for start in stride(from: 0, to: left.count, by: Self.workers) {
                try requireWorking()
                guard HostClock.now - began < patience else { return }
                await withTaskGroup(of: Void.self) { group in
                    for connection in left[start..<min(start + Self.workers, left.count)]
                    where !pipeline.isLeftToOthers(connection.connector) {
                        group.addTask { _ = await pipeline.revokeAtProvider(connection) }
                    }
                }
                tell(left.count - start, of: total)
            }
            left = try await pending()
            tell(left.count, of: total)
            guard !left.isEmpty, HostClock.now - began < patience else { return }
            try await rest(pause)
            pause = min(pause * 2, .seconds(10))
        }
    }

    /// At most as many calls at once, as the revoker makes.
    private static let workers = 16

    private func tell(_ left: Int, of total: Int) { progress(0.9 * (1 - Double(left) / Double(max(total, left, 1)))) }

    /// Ends early when the host drains.
    private func rest(_ pause: Duration) async throws {
        let began = HostClock.now
        while HostClock.now - began < pause {
            try requireWorking()
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// A call on the wire is never abandoned (F30): it ends by its own deadline. What it brings is told to the provider
    /// once more.
    private func waitForCalls(of connections: Set<ConnectionID>) async throws {
        guard pipeline.inFlight.isBusy(with: connections) else { return }
        while pipeline.inFlight.isBusy(with: connections) { try await rest(.milliseconds(50)) }
        for connection in try await pending() { _ = await pipeline.revokeAtProvider(connection) }
    }

    private func pending() async throws -> [ConnectionRecord] {
        var (pending, last): ([ConnectionRecord], ConnectionID?) = ([], nil)
        repeat {
            let page = try await connections(after: last)
            pending += page.filter { $0.revocation == .pending }
            last = page.last?.id
        } while last != nil
        return pending
    }

    private func connections(after last: ConnectionID?) async throws -> [ConnectionRecord] {
        try await pipeline.wrapping {
            try await parts.store.read { try $0.connections(of: organization, after: last, limit: 200) }
        }
    }

    func change<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> Result
    ) async throws -> Result {
        try await pipeline.wrapping { try await parts.store.write(body) }
    }

    func requireWorking() throws {
        if pipeline.isDraining { throw TokenPipeline.draining }
    }

    func record(_ action: String, _ outcome: String, at now: Timestamp) -> AuditRecord {
        AuditRecord(
            time: now, organization: organization, caller: caller.name, action: action, request: caller.requestID,
            outcome: outcome)
    }
}

extension StoreReader {
    fileprivate func holdsAnything(of organization: OrganizationID) throws -> Bool {
        try !dataKeys(of: organization).isEmpty
            || !connections(of: organization, after: nil, limit: 1).isEmpty
            || !clients(organization: organization).isEmpty
            || !disabledConnectors(organization: organization).isEmpty
    }
}
