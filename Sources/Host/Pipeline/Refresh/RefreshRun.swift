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

    var material: Material?
    /// The grant that `material` speaks for; nil: an import's own, which is not stored yet.
    var grant: GrantID?
    var place: CallPlace?
    var admission: ClientGates.Admission?
    var timing = Timing()
    var claimed: Line?
    var mark: Int64 = 0
    /// What the store looked like before T1: T2 is held to it.
    var known: EpochKeeper.Known?
    /// The epoch of then.
    var epoch: Int64?
    var prepared: Result<Prepared, any Error>?
    var presented: Secret?
    var answer: SpoolEntry?
    var keepsRaw = false
    var report = RunReport(result: .storeUnavailable)
    /// Until when callers wait here for another host's call; nil: they have not met one.
    var waitEnds: MonotonicTime?
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
        report.attempt = attempt
    }

    var parts: PipelineParts { pipeline.parts }

    /// Runs to the end, whatever callers do; where another host has the call on the wire, until that one is over.
    mutating func run() async {
        repeat { await runOnce() } while await claimsAfterWaiting()
        finish()
    }

    private mutating func runOnce() async {
        do {
            try await prepare()
        } catch {
            report.problem = PipelineError(wrapping: error)
            if pipeline.isLeftToOthers(after: error) { report.isLeftToOthers = true }
            report.result = .notClaimed(.refused(.keysUnavailable))
            return
        }
        var owner = Owner(attempt: attempt, timing: timing, merged: parts.store.mergesClaimAndSend)
        var action = owner.start(at: HostClock.now)
        while true {
            if case .finish(let result) = action {
                report.result = result
                return
            }
            let event = await perform(action, owner.writeBudget)
            if case .commit = action, case .stepped(let outcome) = event { answerCallers(outcome) }
            action = owner.next(after: event, at: HostClock.now)
        }
    }

    /// Everything that must be in memory before anything is sent: definition, client, secrets, data key (F15).
    private mutating func prepare() async throws {
        let loaded = try await loadForCall()
        report.isLeftToOthers = pipeline.isLeftToOthers(loaded.connection.connector)
        // Before T1, whose clocks must not run while others have their turn.
        place = try await pipeline.place(for: parts.gate(of: loaded.connection), by: actor)
        try await parts.keyRing.prepare(loaded.connection.organization)
        let parts = parts
        let material = try await parts.reloadingKeys(of: loaded.connection.organization) {
            try parts.material(for: loaded.connection, client: loaded.client, grant: loaded.grant)
        }
        timing = parts.settings.timing.limited(hard: material.definition.refresh.hardDeadline)
        self.material = material
        grant = loaded.grant
        try await admit(material)
    }

    private typealias Loaded = (connection: ConnectionRecord, client: ClientRecord?, grant: GrantID?)

    private func loadForCall() async throws -> Loaded {
        if case .importing(let connection, _, _) = start {
            return (connection, try await parts.store.read { try $0.client(connection.clientKey) }, nil)
        }
        // What the call is made of is as the store has it now: T1 decides on the line only. A store that is too slow to
        // compare is asked for all of it, more patiently.
        if let known = pipeline.cache.snapshot(lineID), parts.store.isExclusive || known.stamp != nil,
            (try? await pipeline.isUnchanged(known)) == true
        {
            return (known.connection, known.client, known.line.grant)
        }
        guard let stored = try await parts.store.snapshot(of: lineID, stamped: false) else {
            throw TokenPipeline.noSuchConnection
        }
        return (stored.connection, stored.client, stored.line.grant)
    }

    /// Callers are answered as soon as the store has it; what is left is ours alone.
    private mutating func answerCallers(_ outcome: LineOutcome) {
        FaultPoint.committed.reach()
        report.result = .committed(outcome)
        pending.settle(report)
        FaultPoint.acknowledged.reach()
    }

    private func finish() {
        place?.giveBack()
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
        case .send: await send(budget)
        case .reread: await reread()
        case .journal: await journal()
        case .present: await present(budget)
        case .spool: await spool()
        case .commit: await commit()
        case .deleteSpoolEntry: await deleteSpoolEntry()
        case .recordNotSent(let reason): await recordNotSent(reason)
        case .recordAmbiguous(let reason): await record(.ambiguous(attempt, reason: reason), "refresh_ambiguous")
        case .finish(let result): .stepped(result == .lost ? .notMine : .recorded)
        }
    }

    /// However long the store needs for it, nothing will be sent.
    private func recordNotSent(_ reason: String) async -> Owner.Event {
        place?.giveBack()
        return await record(.notSent(attempt, reason: reason), "refresh_not_sent")
    }

    func failed(_ error: any Error) async -> Owner.Event {
        await pause()
        parts.logger.error("store failed", metadata: ["code": "\(error)", "attempt": "\(attempt)"])
        return (error as? StoreError)?.code == .acknowledgementLost ? .acknowledgementLost : .storeFailed
    }

    /// The owner tries again what failed: not in a tight loop.
    func pause() async { try? await Task.sleep(for: .milliseconds(100)) }
}
