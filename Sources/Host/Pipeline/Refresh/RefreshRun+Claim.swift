import FaultPoints
import Logging
import Model
import RefreshProtocol
import Secrets
import Spool
import StoreContract

/// From the need to the journal: T1, T2, and the line on disk before the first byte.
extension RefreshRun {
    private typealias Claimed = (LineStep, Int64, SharedAdmission.Decision?)

    /// Leave of the breaker and a place in the rate limits, before T1: its clocks must not run while a place is waited for.
    /// - Throws: what the store throws; then nothing was taken.
    mutating func admit(_ material: Material) async throws {
        let admission = try await pipeline.gates.ask(
            material.gate, connection: lineID.connection, rules: material.definition)
        do {
            // To wait may have taken long, and from here on keys have to last as long as a lease.
            try await parts.keyRing.prepare(material.connection.organization)
        } catch {
            pipeline.gates.giveBack(admission)
            throw error
        }
        self.admission = admission
    }

    /// T1, or T1 and T2 in one (rows 1–6, 21; §10).
    mutating func claim(merged: Bool) async -> Owner.Event {
        guard let material, let admission else { return .storeFailed }
        epoch = parts.epoch
        let (issued, known) = (HostClock.now, parts.epochs.known)
        let noted = known.isExclusive ? nil : parts.journal.lastFence(of: lineID)
        self.known = known
        let permit = Claim.Permit(
            spoolFlushed: !parts.spool.entries.hasEntry(for: lineID), breaker: admission.breaker,
            rateLimitedUntil: admission.rateLimitedUntil, storeTrusted: known.isTrusted,
            pausedUntil: known.pausedUntil)
        let held = RefreshVerdict.held(
            admission, breaker: pipeline.gates.openCode(material.gate)?.code, now: parts.store.now)
        let (definition, rotation) = (material.definition, material.rotation)
        let (connection, client) = (material.connection, material.gate)
        let (lineID, attempt, actor, timing, parts, start, grant) = (
            lineID, attempt, actor, timing, parts, start, grant
        )
        do {
            let (step, mark, shared) = try await pipeline.writeDoubting(lineID.connection) { transaction -> Claimed in
                try parts.require(known, in: transaction)
                let question = parts.store.isExclusive ? nil : try SharedAdmission(client, in: transaction)
                var shared: SharedAdmission.Decision?
                let claim = try start.claimStep(
                    in: transaction, line: lineID, attempt: attempt,
                    permit: {
                        shared = try question?.decided(at: transaction.now, longest: timing.lease)
                        // An import that has to wait leaves no connection behind.
                        if case .importing = start, let held = admission.held(by: shared, now: transaction.now) {
                            throw held
                        }
                        return permit.asking(shared?.verdict)
                    }, held: held,
                    known: known, noted: noted, definition: definition, rotation: rotation, actor: actor, parts: parts)
                // Another grant came meanwhile: its token is for the server of its own inputs, not for the one at hand.
                if let moved = claim.movedOn(from: grant) {
                    return (LineStep(line: moved, outcome: .current), 0, shared)
                }
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
                let stands = step.outcome == .sent || step.outcome == .claimed
                if stands { try shared?.take(for: client, in: transaction) }
                return (step, step.outcome == .sent ? try parts.drawMark(in: transaction, known: known) : 0, shared)
            }
            if step.outcome != .sent, step.outcome != .claimed { pipeline.gates.giveBack(admission) }
            if let shared { pipeline.gates.follow(client, shared.breaker) }
            return took(step, mark: mark)
        } catch {
            pipeline.gates.giveBack(admission)
            // Another host took the probe, or has closed the breaker: decided again by what it is now.
            if (error as? StoreError)?.brokenRule == .clientBreaker {
                return await claimAgain(material, merged: merged)
            }
            // A refusal of ours (a known grant, a connection that is gone) is the caller's answer, not the store's failure.
            let refused = error as? StoreError
            let isOurs = refused?.code == .ended || refused?.brokenRule == .connectionName
            report.problem = isOurs ? PipelineError(wrapping: error) : error as? PipelineError
            if let problem = report.problem,
                problem == held || RefreshVerdict.isHeld(problem) || problem.code == .clientMisconfigured
                    || [.duplicateGrant, .invalidInput, .notFound, .forbidden].contains(problem.code)
            {
                return .storeFailed
            }
            return await failed(error)
        }
    }

    private mutating func claimAgain(_ material: Material, merged: Bool) async -> Owner.Event {
        do { try await admit(material) } catch {
            // T1 stands nowhere: nothing of it is to be read again.
            _ = await failed(error)
            return .storeFailed
        }
        return await claim(merged: merged)
    }

    /// T2 (rows 6, 7), where it is a transaction of its own.
    mutating func send(_ budget: WriteBudget) async -> Owner.Event {
        let (lineID, attempt, timing, parts) = (lineID, attempt, timing, parts)
        // Marks as they are known now; epoch and session as T1 had them.
        let now = parts.epochs.known
        let known = self.known.map { now.held(to: $0) } ?? now
        do {
            guard now.isTrusted else { throw PipelineError.storeWentBack }
            let (step, mark) = try await pipeline.writeDoubting(lineID.connection) {
                transaction -> (LineStep?, Int64) in
                try parts.require(known, in: transaction)
                let mark = try parts.drawMarkLater(in: transaction, known: known)
                let line = try transaction.line(lineID, withAttempt: attempt)
                let drawn = try mark()
                let step = try line.map {
                    try transaction.step($0, .send(attempt, elapsed: budget.elapsed(at: HostClock.now)), timing: timing)
                }
                return (step, drawn)
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
        if let material { pipeline.noteHere(step, client: material.gate) }
        // Once for an attempt: by T1, be T2 in it or not.
        if step.outcome == .claimed || (step.outcome == .sent && parts.store.mergesClaimAndSend) {
            FaultPoint.claimed.reach()
        }
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

extension ClientGates.Admission {
    /// Why the breaker of all hosts lets nothing be presented; nil: it does not.
    fileprivate func held(by shared: SharedAdmission.Decision?, now: Timestamp) -> PipelineError? {
        guard let shared, case .open = shared.verdict else { return nil }
        var admission = self
        admission.breaker = shared.verdict
        return RefreshVerdict.held(admission, breaker: shared.breaker?.code, now: now)
    }
}
