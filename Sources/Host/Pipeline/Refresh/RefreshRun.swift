import ConnectorSDK
import FaultPoints
import Logging
import Model
import Provider
import RefreshProtocol
import Secrets
import Spool
import StoreContract
import Telemetry

/// Drives one attempt from T1 to the deleted spool entry: performs the owner's actions, nothing else. What is done next
/// is decided in `Owner`, what the store may write in `RefreshProtocol`.
struct RefreshRun {
    /// What T1 is.
    enum Start: Sendable {
        case refresh(Claim.Need)
        /// The connection and its line are made in T1 (PROTOCOL.md §7, import).
        case importing(ConnectionRecord, GrantID, TokenVersion.Content)
    }

    let pipeline: TokenPipeline
    let lineID: LineID
    let start: Start
    let actor: Actor
    let pending: Pending<RunReport>
    let attempt: AttemptID

    private var material: Material?
    private var timing = Timing()
    private var claimed: Line?
    private var mark: Int64 = 0
    private var presented: Secret?
    private var answer: SpoolEntry?
    private var keepsRaw = false
    private(set) var report = RunReport(result: .storeUnavailable)
    /// Of the line when T1 was decided.
    var fence: Int64? { claimed?.fence }

    init(
        _ pipeline: TokenPipeline, line: LineID, start: Start, actor: Actor, pending: Pending<RunReport>,
        attempt: AttemptID = .random()
    ) {
        self.attempt = attempt
        self.pipeline = pipeline
        lineID = line
        self.start = start
        self.actor = actor
        self.pending = pending
    }

    private var parts: PipelineParts { pipeline.parts }

    /// Runs to the end, whatever callers do.
    mutating func run() async {
        do {
            try await prepare()
        } catch {
            report.problem = PipelineError(wrapping: error)
            report.result = .notClaimed(.refused(.keysUnavailable))
            return finish()
        }
        var owner = Owner(attempt: attempt, timing: timing, merged: parts.store.mergesClaimAndSend)
        var action = owner.start(at: HostClock.now)
        while true {
            if case .finish(let result) = action {
                report.result = result
                return finish()
            }
            let event = await perform(action, owner.writeBudget)
            if case .commit = action, case .stepped(let outcome) = event { answerCallers(outcome) }
            action = owner.next(after: event, at: HostClock.now)
        }
    }

    /// Everything that must be in memory before anything is sent: definition, client, secrets, data key (F15).
    private mutating func prepare() async throws {
        let loaded = try await loadForCall()
        try await parts.keyRing.prepare(loaded.connection.organization)
        let material = try parts.material(for: loaded.connection, client: loaded.client)
        timing = parts.settings.timing.limited(hard: material.definition.refresh.hardDeadline)
        self.material = material
    }

    private func loadForCall() async throws -> (connection: ConnectionRecord, client: ClientRecord?) {
        let lineID = lineID
        if case .importing(let connection, _, _) = start {
            return (connection, try await parts.store.read { try $0.client(connection.clientKey) })
        }
        return try await parts.store.read { reader in
            guard let connection = try reader.connection(lineID.connection) else {
                throw PipelineError(.notFound, "There is no such connection.")
            }
            return (connection, try reader.client(connection.clientKey))
        }
    }

    /// Callers are answered as soon as the store has it; what is left is ours alone.
    private mutating func answerCallers(_ outcome: LineOutcome) {
        FaultPoint.committed.reach()
        report.result = .committed(outcome)
        pending.settle(report)
        FaultPoint.acknowledged.reach()
    }

    private func finish() {
        pending.settle(report)
        let connector = material?.definition.id ?? "unknown"
        parts.metrics.refreshes.increment(connector, report.outcome)
        parts.logger.debug(
            "refresh ended",
            metadata: [
                "connection": "\(lineID.connection)", "attempt": "\(attempt)", "connector": "\(connector)",
                "code": "\(report.outcome)", "request_id": "\(actor.requestID)",
            ])
    }

    // MARK: Actions

    private mutating func perform(_ action: Owner.Action, _ budget: WriteBudget) async -> Owner.Event {
        switch action {
        case .claim(let merged): await claim(merged: merged)
        case .send: await send()
        case .reread: await reread()
        case .journal: await journal()
        case .present: await present(budget)
        case .spool: await spool()
        case .commit: await commit()
        case .deleteSpoolEntry: await deleteSpoolEntry()
        case .recordNotSent(let reason): await record(.notSent(attempt, reason: reason), "refresh_not_sent")
        case .recordAmbiguous(let reason): await record(.ambiguous(attempt, reason: reason), "refresh_ambiguous")
        case .finish(let result): .stepped(result == .lost ? .notMine : .recorded)
        }
    }

    /// T1, or T1 and T2 in one (rows 1–6, 21; §10).
    private mutating func claim(merged: Bool) async -> Owner.Event {
        guard let material else { return .storeFailed }
        let issued = HostClock.now
        let admission = pipeline.gates.admit(
            material.client.key, connection: lineID.connection, rules: material.definition)
        let permit = Claim.Permit(
            spoolFlushed: !parts.spool.entries.hasEntry(for: lineID), breaker: admission.breaker,
            rateLimitedUntil: admission.rateLimitedUntil)
        let rotation = material.rotation
        let connection = material.connection
        let (lineID, attempt, actor, timing, parts, start) = (lineID, attempt, actor, timing, parts, start)
        do {
            let (step, mark) = try await pipeline.write(lineID.connection) { transaction -> (LineStep, Int64) in
                let claim = try start.claimStep(
                    in: transaction, line: lineID, attempt: attempt, permit: permit, rotation: rotation, actor: actor,
                    parts: parts)
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
            report.problem = error as? PipelineError
            return await failed(error)
        }
    }

    /// T2 (rows 6, 7), where it is a transaction of its own.
    private mutating func send() async -> Owner.Event {
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

    private mutating func took(_ step: LineStep, mark: Int64) -> Owner.Event {
        claimed = step.line
        self.mark = mark
        if let material { pipeline.noteSignals(step.signals, client: material.client.key) }
        if step.outcome == .sent || step.outcome == .claimed { FaultPoint.claimed.reach() }
        return .stepped(step.outcome)
    }

    /// An acknowledgement was lost: the attempt is read again, nothing is assumed.
    private func reread() async -> Owner.Event {
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

    private func journal() async -> Owner.Event {
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

    /// Rows 8–12: one connection of its own, one POST, no retry, no redirect, no cancellation.
    private mutating func present(_ budget: WriteBudget) async -> Owner.Event {
        guard let material, let claimed, let version = claimed.current else {
            return .notWritten(reason: "nothing_to_present")
        }
        let request: WireRequest
        do {
            let tokens = try parts.tokens(of: version, line: claimed)
            presented = tokens.refreshToken
            let full = material.adding(Material.tokens(tokens))
            let described = try full.entry.connector.request(.refresh, in: full.context)
            request = try RequestAssembly.assemble(described, secrets: full.secrets, now: .wallClock)
        } catch {
            report.problem = PipelineError(wrapping: error)
            return .notWritten(reason: "request_cannot_be_built")
        }
        let presentation = Presentation(
            request, connectTimeout: budget.remaining(at: HostClock.now), hardDeadline: timing.hard,
            mayWrite: {
                FaultPoint.sent.reach()
                return budget.allowsWriting(at: HostClock.now)
            },
            onFirstByte: { FaultPoint.firstByte.reach() })
        pipeline.gates.note(material.client.key) { $0.presented(at: $1) }
        let (outcome, times) = await parts.provider.performTimed(presentation)
        return ended(outcome, times, material.definition.id)
    }

    private mutating func ended(
        _ outcome: PresentationOutcome, _ times: PresentationTimes, _ connector: String
    ) -> Owner.Event {
        let name: String
        let event: Owner.Event
        switch outcome {
        case .answer(let response):
            FaultPoint.answerReceived.reach()
            answer = spoolEntry(response)
            (name, event) = ("answer", .answered)
        case .notSent(let reason):
            report.failure = ProviderFailure(.retryLater(after: nil), code: "not_sent")
            (name, event) = ("not_sent", .notWritten(reason: reason.description))
        case .broken(let reason, _):
            report.failure = ProviderFailure(.unclear, code: "no_complete_answer")
            (name, event) = ("broken", .broken(reason: reason.description))
        }
        parts.metrics.providerRequests.observe(times.duration, connector, "refresh", name)
        return event
    }

    private func spoolEntry(_ response: WireResponse) -> SpoolEntry? {
        guard let claimed, let attempt = claimed.attempt(attempt) else { return nil }
        return SpoolEntry(
            attempt: attempt.id, line: lineID, organization: claimed.organization, grant: attempt.grant,
            generationIn: attempt.generationIn, fence: attempt.fence, kind: .refresh,
            operation: "refresh", response: response, receivedAt: parts.store.now, presented: presented)
    }

    /// Bytes before thought (row 11).
    private func spool() async -> Owner.Event {
        guard let answer else { return .spoolFailed }
        do {
            try await parts.spoolWrite(answer)
            FaultPoint.spooled.reach()
            return .spooled
        } catch {
            parts.logger.error("spool cannot be written", metadata: ["code": "\(error)"])
            await pause()
            return .spoolFailed
        }
    }

    /// T3 (rows 13–25).
    private mutating func commit() async -> Owner.Event {
        guard let answer, let material, let claimed else { return .storeFailed }
        do {
            let stored = try await pipeline.store(
                answer, material: material, line: claimed, timing: timing, actor: actor)
            report.failure = stored.failure
            keepsRaw = stored.keepsRaw
            return .stepped(stored.outcome)
        } catch {
            return await failed(error)
        }
    }

    private func deleteSpoolEntry() async -> Owner.Event {
        do {
            try await (keepsRaw ? parts.spoolKeep(attempt) : parts.spoolDelete(attempt))
            FaultPoint.spoolEntryDeleted.reach()
        } catch {
            parts.logger.error("spool entry cannot be deleted", metadata: ["code": "\(error)"])
        }
        return .spoolEntryDeleted
    }

    private func record(_ event: LineEvent, _ action: String) async -> Owner.Event {
        guard let material else { return .storeFailed }
        let (lineID, actor, timing, parts) = (lineID, actor, timing, parts)
        do {
            let step = try await pipeline.write(lineID.connection) { transaction -> LineStep? in
                guard let step = try transaction.step(lineID, event, timing: timing) else { return nil }
                try transaction.record(step, of: material.connection, action: action, by: actor, parts: parts)
                return step
            }
            return .stepped(step?.outcome ?? .notMine)
        } catch {
            return await failed(error)
        }
    }

    private func failed(_ error: any Error) async -> Owner.Event {
        await pause()
        parts.logger.error("store failed", metadata: ["code": "\(error)", "attempt": "\(attempt)"])
        return (error as? StoreError)?.code == .acknowledgementLost ? .acknowledgementLost : .storeFailed
    }

    /// The owner tries again what failed: not in a tight loop.
    private func pause() async { try? await Task.sleep(for: .milliseconds(100)) }
}
