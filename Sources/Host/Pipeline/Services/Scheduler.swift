import Model
import RefreshProtocol
import ServiceLifecycle
import StoreContract

/// Refreshes what is due: proactive refresh, keep-alive, replays, confirmations. One pass looks at the due lines, at most
/// as many run at once as there are workers.
struct RefreshScheduler: Service {
    let pipeline: TokenPipeline

    func run() async throws {
        var later: [LineID: Timestamp] = [:]
        while !Task.isShuttingDownGracefully {
            await pass(&later)
            try? await cancelWhenGracefulShutdown {
                try await Task.sleep(for: pipeline.parts.settings.schedulerInterval)
            }
        }
    }

    private func pass(_ later: inout [LineID: Timestamp]) async {
        let parts = pipeline.parts
        let now = parts.store.now
        later = later.filter { $0.value > now }
        let free = parts.settings.schedulerWorkers - pipeline.inFlight.count
        guard free > 0 else { return }
        // Lines that wait for something else than time come up in every pass: look behind them.
        let limit = free + later.count
        guard let due = try? await parts.store.read({ try $0.dueLines(limit: limit) }) else { return }
        let lines = due.filter { later[$0] == nil }.prefix(free)
        let waits = await withTaskGroup(of: (LineID, Timestamp?).self) { group in
            for line in lines { group.addTask { (line, await refresh(line)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for case (let line, let until?) in waits { later[line] = until }
    }

    /// Until when asking again is of no use; nil when the line's own times say it.
    private func refresh(_ line: LineID) async -> Timestamp? {
        let end = await pipeline.runRefresh(line, need: .scheduled, actor: .host)
        let now = pipeline.parts.store.now
        if end?.report?.problem != nil { return now + .seconds(30) }
        guard case .notClaimed(let outcome)? = end?.report?.result else { return nil }
        switch outcome {
        case .notYet(let until, _): return max(until, now + .seconds(1))
        case .inFlight(_, let until): return until
        case .refused: return now + .seconds(10)
        default: return now + .seconds(1)
        }
    }
}
