import Locks
import Model
import RefreshProtocol
import ServiceLifecycle
import StoreContract

/// Refreshes what is due: proactive refresh, keep-alive, replays, confirmations. A pass starts what is due and waits for
/// none of it; at most as many of its own run at once as there are workers, whatever callers ask for.
final class RefreshScheduler: Service {
    private let pipeline: TokenPipeline
    private let rounds: Rounds<DueLine>
    /// Lines that another host can refresh and this one cannot: until when it leaves them alone.
    private let left = Locked<[LineID: MonotonicTime]>([:])

    init(pipeline: TokenPipeline) {
        self.pipeline = pipeline
        rounds = Rounds(
            .refresh, atOnce: pipeline.parts.settings.schedulerWorkers, claim: { try $0.claim(lines: $1, until: $2) }
        ) { reader, organization, limit in
            try reader.dueLines(of: organization, limit: limit)
        }
    }

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await pass()
            await pipeline.tellWhatIsDue()
            try? await cancelWhenGracefulShutdown {
                try await Task.sleep(for: self.pipeline.parts.settings.schedulerInterval)
            }
        }
    }

    private func pass() async {
        guard pipeline.isReady else { return }  // while draining nothing new begins
        await pipeline.releaseHeld()
        let (inFlight, left) = (pipeline.inFlight, leftAlone)
        let due = await rounds.next(in: pipeline.parts.store) { inFlight.isRunning($0.id) || left[$0.id] != nil }
        for line in due { start(line) }
    }

    private var leftAlone: [LineID: MonotonicTime] {
        left.withLock { left in
            let now = HostClock.now
            left = left.filter { $0.value > now }
            return left
        }
    }

    /// - Returns: false for too many: they would be all that this host sees of what is due, so they are postponed.
    private func leaves(_ line: LineID) -> Bool {
        left.withLock { left in
            guard left.count < pipeline.parts.settings.schedulerWorkers else { return false }
            left[line] = HostClock.now + .seconds(10)
            return true
        }
    }

    private func start(_ due: DueLine) {
        let (pipeline, rounds) = (pipeline, rounds)
        let (_, joined) = pipeline.inFlight.join(due.id) { pending in
            var run = RefreshRun(pipeline, line: due.id, start: .refresh(.scheduled), actor: .host, pending: pending)
            await run.run()
            var report = run.report
            if report.isLeftToOthers { report.isLeftToOthers = self.leaves(due.id) }
            await pipeline.postpone(
                due.id, claimedUntil: rounds.claim(of: due), after: report, fence: run.fence, client: run.material?.gate
            )
            await self.end(due, claimDelays: report.changedNothing && report.comeBackAt(.distantPast) == nil)
        }
        guard joined else { return }
        guard rounds.claim(of: due) != nil else { return rounds.end(due) }
        Task { await end(due, claimDelays: true) }
    }

    /// A claim must not hold up what nothing else gave a time.
    private func end(_ due: DueLine, claimDelays: Bool) async {
        if claimDelays, let claim = rounds.claim(of: due) {
            // Not at once: whoever runs it now may be about to save it.
            try? await pipeline.parts.store.write {
                try $0.release(due.id, claimedUntil: claim, dueAt: $0.now + .seconds(1))
            }
        }
        rounds.end(due)
    }
}

extension TokenPipeline {
    /// A line that could not be claimed comes up again when asking makes sense, not in every pass.
    /// - Parameter claim: Of a store of several hosts: only what it still holds is postponed, since what another host has
    ///   saved meanwhile has a time of its own, and not always another fence.
    func postpone(
        _ line: LineID, claimedUntil claim: Timestamp?, after report: RunReport, fence: Int64?, client: ClientKey?
    ) async {
        guard let until = report.comeBackAt(parts.store.now) else { return }
        try? await parts.store.write { transaction in
            if let claim {
                try transaction.release(line, claimedUntil: claim, dueAt: until)
            } else {
                try transaction.postpone(line, until: until, fence: fence)
            }
        }
        // Noted after it was written: a breaker that closes meanwhile finds it, or is found closed here.
        if case .notClaimed(.notYet(_, .breaker)) = report.result, let client {
            gates.hold(.init(line: line, fence: fence), for: client)
        }
    }

    /// What waited for a breaker comes up again as soon as one success has closed it (PROTOCOL.md §3).
    func releaseHeld() async {
        var rest = gates.takeReleased()[...]
        let now = parts.store.now
        while !rest.isEmpty {
            // A few at a time: a breaker may have held back thousands, and others write too.
            let page = Array(rest.prefix(200))
            do {
                try await parts.store.write { transaction in
                    for held in page { try transaction.postpone(held.line, until: now, fence: held.fence) }
                }
            } catch {
                return gates.putBack(Array(rest))
            }
            rest = rest.dropFirst(page.count)
        }
    }
}

extension RunReport {
    /// Whether the line was left as it was.
    fileprivate var changedNothing: Bool { if case .notClaimed = result { true } else { false } }

    /// When the scheduler should look again; nil when the line's own times say it.
    func comeBackAt(_ now: Timestamp) -> Timestamp? {
        // The claim is given back at once: whoever can do it is not kept waiting by one who cannot.
        if isLeftToOthers { return nil }
        if let problem { return now + .seconds(CallPlaces.isBusy(problem) ? 5 : 30) }
        guard case .notClaimed(let outcome) = result else { return nil }
        switch outcome {
        case .notYet(let until, _): return max(until, now + .seconds(1))
        case .inFlight(_, let until): return until
        case .refused: return now + .seconds(10)
        case .current: return now + .seconds(5)
        default: return nil
        }
    }
}
