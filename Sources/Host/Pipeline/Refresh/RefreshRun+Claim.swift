import FaultPoints
import Logging
import Model
import RefreshProtocol
import Spool
import StoreContract

/// From the need to the journal: T1, T2, and the line on disk before the first byte.
extension RefreshRun {
    /// T1, or T1 and T2 in one (rows 1–6, 21; §10).
    mutating func claim(merged: Bool) async -> Owner.Event {
        guard let material else { return .storeFailed }
        let issued = HostClock.now
        let admission = pipeline.gates.admit(
            material.gate, connection: lineID.connection, rules: material.definition)
        self.admission = admission
        let permit = Claim.Permit(
            spoolFlushed: !parts.spool.entries.hasEntry(for: lineID), breaker: admission.breaker,
            rateLimitedUntil: admission.rateLimitedUntil)
        let held = RefreshVerdict.held(
            admission, breaker: pipeline.gates.openCode(material.gate)?.code, now: parts.store.now)
        let (definition, rotation) = (material.definition, material.rotation)
        let connection = material.connection
        let (lineID, attempt, actor, timing, parts, start, grant) = (
            lineID, attempt, actor, timing, parts, start, grant
        )
        do {
            let (step, mark) = try await pipeline.write(lineID.connection) { transaction -> (LineStep, Int64) in
                let claim = try start.claimStep(
                    in: transaction, line: lineID, attempt: attempt, permit: permit, held: held,
                    definition: definition, rotation: rotation, actor: actor, parts: parts)
                // Another grant came meanwhile: its token is for the server of its own inputs, not for the one at hand.
                if let moved = claim.movedOn(from: grant) { return (LineStep(line: moved, outcome: .current), 0) }
                let step =
                    merged
                    ? try transaction.claimAndSend(
                        claim.line, replacing: claim.stored, claim.event, attempt,
                        elapsed: { HostClock.now - issued }, timing: timing)
                    : try transaction.step(claim.line, replacing: claim.stored, claim.event, timing: timing)
                // A claim that was refused and changed nothing is no change of the store.
                if step.line != claim.stored {
                    try transaction.record(step, of: connection, action: "refresh_claim", by: actor, parts: parts)
                }
                return (step, step.outcome == .sent ? try parts.drawMark(in: transaction) : 0)
            }
            if step.outcome != .sent, step.outcome != .claimed { pipeline.gates.giveBack(admission) }
            return took(step, mark: mark)
        } catch {
            pipeline.gates.giveBack(admission)
            // A refusal of ours (a known grant, a connection that is gone) is the caller's answer, not the store's failure.
            let refused = error as? StoreError
            let isOurs = refused?.code == .ended || refused?.brokenRule == .connectionName
            report.problem = isOurs ? PipelineError(wrapping: error) : error as? PipelineError
            if let problem = report.problem,
                problem == held || [.duplicateGrant, .invalidInput, .notFound, .forbidden].contains(problem.code)
            {
                return .storeFailed
            }
            return await failed(error)
        }
    }

    /// T2 (rows 6, 7), where it is a transaction of its own.
    mutating func send() async -> Owner.Event {
        let issued = HostClock.now
        let (lineID, attempt, timing, parts) = (lineID, attempt, timing, parts)
        do {
            let (step, mark) = try await pipeline.write(lineID.connection) { transaction -> (LineStep?, Int64) in
                let mark = try parts.drawMark(in: transaction)
                let step = try transaction.step(
                    lineID, .send(attempt, elapsed: HostClock.now - issued), timing: timing)
                return (step, mark)
            }
            guard let step else { return .stepped(.notMine) }
            return took(step, mark: mark)
        } catch {
            return await failed(error)
        }
    }

    mutating func took(_ step: LineStep, mark: Int64) -> Owner.Event {
        claimed = step.line
        self.mark = mark
        if let material { pipeline.noteSignals(step, client: material.gate) }
        if step.outcome == .sent || step.outcome == .claimed { FaultPoint.claimed.reach() }
        return .stepped(step.outcome)
    }

    /// An acknowledgement was lost: the attempt is read again, nothing is assumed.
    func reread() async -> Owner.Event {
        let (lineID, attempt) = (lineID, attempt)
        do {
            return try await parts.store.read { reader in
                let line = try reader.line(lineID, withAttempt: attempt)
                return .reread(line?.attempt(attempt), mine: line?.openAttempt == attempt)
            }
        } catch {
            return .storeFailed
        }
    }

    /// The line on disk before the first byte (row 8). Meanwhile the request is made ready.
    mutating func journal() async -> Owner.Event {
        let run = self
        async let request = run.prepareRequest()
        let event = await appendToJournal()
        prepared = await request
        return event
    }

    private func appendToJournal() async -> Owner.Event {
        guard let sent = claimed?.attempt(attempt) else { return .journalFailed }
        do {
            try await parts.journal.append(
                JournalLine(
                    attempt: attempt, line: lineID, fence: sent.fence, mark: mark,
                    sentAt: sent.sentAt ?? parts.store.now))
            return .journaled
        } catch {
            parts.logger.error("journal cannot be written", metadata: ["code": "\(error)"])
            return .journalFailed
        }
    }
}
