import Model
import RefreshProtocol
import ServiceLifecycle
import StoreContract
import Synchronization

/// Refreshes what is due: proactive refresh, keep-alive, replays, confirmations. A pass starts what is due and waits for
/// none of it; at most as many of its own run at once as there are workers, whatever callers ask for.
final class RefreshScheduler: Service {
    private let pipeline: TokenPipeline
    private let running = Mutex(0)

    init(pipeline: TokenPipeline) { self.pipeline = pipeline }

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
        let workers = pipeline.parts.settings.schedulerWorkers
        let running = running.withLock { $0 }
        guard pipeline.isReady, running < workers else { return }  // while draining nothing new begins
        await pipeline.releaseHeld()
        // Lines whose refresh runs already may come up again: look behind them.
        guard let due = try? await pipeline.parts.store.read({ try $0.dueLines(limit: workers) }) else { return }
        for line in due.filter({ !pipeline.inFlight.isRunning($0) }).prefix(workers - running) { start(line) }
    }

    private func start(_ line: LineID) {
        let pipeline = pipeline
        let (_, joined) = pipeline.inFlight.join(line) { pending in
            var run = RefreshRun(pipeline, line: line, start: .refresh(.scheduled), actor: .host, pending: pending)
            await run.run()
            await pipeline.postpone(line, after: run.report, fence: run.fence, client: run.material?.gate)
            self.running.withLock { $0 -= 1 }
        }
        if !joined { running.withLock { $0 += 1 } }
    }
}

extension TokenPipeline {
    /// A line that could not be claimed comes up again when asking makes sense, not in every pass.
    func postpone(_ line: LineID, after report: RunReport, fence: Int64?, client: ClientKey?) async {
        guard let until = report.comeBackAt(parts.store.now) else { return }
        try? await parts.store.write { try $0.postpone(line, until: until, fence: fence) }
        // Noted after it was written: a breaker that closes meanwhile finds it, or is found closed here.
        if case .notClaimed(.notYet(_, .breaker)) = report.result, let client {
            gates.hold(.init(line: line, fence: fence), for: client)
        }
    }

    /// What waited for a breaker comes up again as soon as one success has closed it (PROTOCOL.md §3).
    func releaseHeld() async {
        let released = gates.takeReleased()
        guard !released.isEmpty else { return }
        let now = parts.store.now
        try? await parts.store.write { transaction in
            for held in released { try transaction.postpone(held.line, until: now, fence: held.fence) }
        }
    }
}

extension RunReport {
    /// When the scheduler should look again; nil when the line's own times say it.
    func comeBackAt(_ now: Timestamp) -> Timestamp? {
        if problem != nil { return now + .seconds(30) }
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
