import ConnectorSDK
import Model
import RefreshProtocol
import Spool
import StoreContract

/// T1 of a start, found in its transaction: the line that it is about, and what happens to it.
struct ClaimStep {
    /// As the store has it; nil when it is made here.
    var stored: Line?
    var line: Line
    var event: LineEvent

    /// The stored line, if its grant is another than the one for which everything was made ready.
    func movedOn(from grant: GrantID?) -> Line? {
        guard let stored, let grant, stored.grant != grant else { return nil }
        return stored
    }
}

extension RefreshRun.Start {
    /// Loads the line that is claimed, or makes the one of an import together with its connection.
    /// - Parameters:
    ///   - permit: asked for once the line was read.
    ///   - held: why nothing may be presented now; of a line that is there the protocol judges it.
    ///   - noted: its fence in the journal, from before the transaction was issued; nil: there is none, or it says nothing.
    func claimStep(
        in transaction: any StoreTransaction, line id: LineID, attempt: AttemptID, permit: () throws -> Claim.Permit,
        held: PipelineError?, known: EpochKeeper.Known, noted: Int64?,
        definition: Definition, rotation: RotationClass, actor: Actor, parts: PipelineParts
    ) throws -> ClaimStep {
        let upgradeAt = definition.upgrade == nil ? nil : try transaction.connection(id.connection)?.upgradeAt
        func claim(_ need: Claim.Need) throws -> Claim {
            var permit = try permit()
            permit.upgradeAt = upgradeAt
            return Claim(
                attempt: attempt, host: parts.host, boot: parts.spool.boot, need: need, permit: permit,
                caller: actor.name)
        }
        switch self {
        case .refresh(let need):
            guard let stored = try transaction.line(id) else {
                throw PipelineError(.notFound, "There is no such connection.")
            }
            try parts.requireFence(stored.fence, noted: noted, known: known)
            var line = stored
            line.rotation = rotation
            // Judged by the class of before when the store went back (PROTOCOL.md §9); by the one of now it may be
            // superseded, since nothing came since the epoch began.
            if parts.epoch > 1, stored.generation == parts.epoch << 32, !stored.rotation.rotates, rotation.rotates,
                [.active, .degraded].contains(stored.state)
            {
                line.state = .verify
            }
            return ClaimStep(stored: stored, line: line, event: .claim(try claim(need)))
        case .importing(let connection, let grant, let content):
            guard known.isTrusted else { throw PipelineError.storeWentBack }
            if let fingerprint = content.fingerprint,
                let holder = try transaction.connection(withFingerprint: fingerprint)
            {
                throw PipelineError.duplicate(
                    holder, in: try transaction.connection(holder)?.organization, for: connection)
            }
            try transaction.requireFreeName(connection)
            if let held { throw held }
            let claim = try claim(.generation(0))
            try transaction.insert(connection)
            let line = try transaction.newLine(of: connection, grant: grant, rotation: rotation)
            return ClaimStep(line: line, event: .importGrant(claim, grant: grant, content: content))
        }
    }
}

extension PipelineError {
    /// Nothing is presented until this host has settled (PROTOCOL.md §9).
    static let storeWentBack = PipelineError(
        .storeUnavailable, "The store is another than this host has seen; it looks whether it went back.",
        retryAfter: .seconds(10))

    /// The grant is known already; its connection is named only inside its own organization.
    static func duplicate(
        _ holder: ConnectionID, in organization: OrganizationID?, for connection: ConnectionRecord
    ) -> PipelineError {
        var error = PipelineError(
            .duplicateGrant, "This refresh token belongs to a connection already: two authorities would spend it twice."
        )
        if organization == connection.organization { error.connection = holder }
        return error
    }
}
