import ConnectorSDK
import Model
import RefreshProtocol
import Spool
import StoreContract

extension RefreshRun.Start {
    /// T1 of this start, inside its transaction.
    func claim(
        in transaction: any StoreTransaction, line id: LineID, attempt: AttemptID, permit: Claim.Permit,
        rotation: RotationClass, timing: Timing, actor: Actor, parts: PipelineParts
    ) throws -> LineStep {
        switch self {
        case .refresh(let need):
            guard var line = try transaction.line(id) else {
                throw PipelineError(.notFound, "There is no such connection.")
            }
            let stored = line
            line.rotation = rotation
            let claim = Claim(
                attempt: attempt, host: parts.host, boot: parts.spool.boot, need: need, permit: permit,
                caller: actor.name)
            if stored.rotation != rotation { try transaction.save(line, replacing: stored) }
            return try transaction.step(line, .claim(claim), timing: timing)
        case .importing(let connection, let grant, let content):
            if let fingerprint = content.fingerprint,
                let holder = try transaction.connection(withFingerprint: fingerprint)
            {
                throw PipelineError.duplicate(
                    holder, in: try transaction.connection(holder)?.organization, for: connection)
            }
            try transaction.insert(connection)
            let line = Line(id: id, organization: connection.organization, grant: grant, rotation: rotation)
            try transaction.save(line, replacing: nil)
            let claim = Claim(
                attempt: attempt, host: parts.host, boot: parts.spool.boot, need: .generation(0), permit: permit,
                caller: actor.name)
            return try transaction.step(line, .importGrant(claim, grant: grant, content: content), timing: timing)
        }
    }
}

extension PipelineError {
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

extension PipelineParts {
    /// Draws a mark and looks whether the store went back (PROTOCOL.md §9).
    func drawMark(in transaction: any StoreTransaction) throws -> Int64 {
        let mark = try transaction.drawMark()
        if mark <= journal.highestMark {
            throw PipelineError(
                .storeUnavailable,
                "The store gives an older mark than this host has seen: it was restored or rolled back. Restart the host."
            )
        }
        return mark
    }
}
