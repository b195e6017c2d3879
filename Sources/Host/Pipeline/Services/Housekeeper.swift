import Logging
import Model
import RefreshProtocol
import Secrets
import ServiceLifecycle
import Spool
import StoreContract

/// Heartbeats, audit checkpoints, spool entries that could not be committed at once, and what has grown old.
struct Housekeeper: Service {
    let pipeline: TokenPipeline

    func run() async throws {
        var lastErase = HostClock.now
        var hasMoreFlows = false
        var checkpoints = CheckpointKeeper(pipeline.parts)
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await beat()
            await checkpoints.keep()
            let isTime = HostClock.now - lastErase > Self.eraseInterval
            // What has grown old is the same for all hosts: one clears it away for all.
            let isMine = isTime ? await clearsAway() : false
            if isMine || hasMoreFlows { hasMoreFlows = await eraseFlows() }
            if isTime {
                lastErase = HostClock.now
                await erase(stored: isMine)
            }
            try? await cancelWhenGracefulShutdown {
                try await Task.sleep(for: pipeline.parts.settings.timing.heartbeat)
            }
        }
        // The API has ended before: no read comes after this.
        await checkpoints.keep(isLast: true)
    }

    private func beat() async {
        let parts = pipeline.parts
        do {
            // A heartbeat, and the look that comes with each (PROTOCOL.md §9).
            try await pipeline.lookAtStore()
            if parts.spool.entries.count > 0 { try await pipeline.flushSpool() }
            try await pipeline.meetHosts()
            try await parts.eraseEnded()
        } catch {
            parts.logger.error("heartbeat failed", metadata: ["code": "\(error)"])
        }
    }

    /// Until the next time: a host that has died is followed by the first that comes after that.
    private func clearsAway() async -> Bool {
        (try? await pipeline.takesTurn("erase", for: Self.eraseInterval - .seconds(10))) == true
    }

    /// - Parameter stored: whether what the store holds is this host's to erase now, besides its own memory.
    private func erase(stored: Bool) async {
        let parts = pipeline.parts
        do {
            if stored { try await eraseStored() }
            pipeline.cache.clear()
            parts.spool.entries.kept.prune()
        } catch {
            parts.logger.error("clearing away failed", metadata: ["code": "\(error)"])
        }
    }

    private func eraseStored() async throws {
        let parts = pipeline.parts
        try await parts.store.write { transaction in
            let now = transaction.now
            try transaction.eraseEvents(before: now - parts.settings.eventRetention)
            try transaction.eraseDeliveries(takenBefore: now - parts.settings.deadLetterRetention)
            try transaction.eraseAnswers()
            // Deleted while a call was on the wire, or where nothing can be revoked: nobody else comes by.
            for connection in try transaction.tombstones(limit: 100) { try transaction.eraseIfFinished(connection) }
        }
        try await eraseHistory()
    }

    /// A turn takes as long however many connections there are, and no transaction takes long.
    private func eraseHistory() async throws {
        for _ in 0..<Self.historyBatches where !Task.isShuttingDownGracefully {
            let isOver = try await pipeline.parts.store.write {
                try $0.eraseNextHistory(before: $0.now - .seconds(30 * 86_400), limit: Self.connectionsAtOnce)
            }
            if isOver { return }
        }
    }

    /// A few at a time, and so many in a pass: one caller can have begun more than a store should clear away in one go.
    /// - Returns: whether there are more, for the next pass.
    private func eraseFlows() async -> Bool {
        let patience = unansweredPatience
        do {
            for _ in 0..<Self.flowBatches where !Task.isShuttingDownGracefully {
                let erased = try await pipeline.parts.store.write { transaction in
                    let now = transaction.now
                    return try transaction.eraseFlows(
                        endedBefore: now - .seconds(3600), unansweredBefore: now - patience, limit: Self.flowsAtOnce)
                }
                if erased < Self.flowsAtOnce { return false }
            }
            return true
        } catch {
            pipeline.parts.logger.error("clearing away authorizations failed", metadata: ["code": "\(error)"])
            return false
        }
    }

    /// How long an answer may be missing: as long as one can lie anywhere. Where this host is the only one and holds none,
    /// the process that waited for it has died with it.
    private var unansweredPatience: Duration {
        let entries = pipeline.parts.spool.entries
        let holdsNone = pipeline.parts.store.isExclusive && entries.count == 0 && entries.kept.count == 0
        return holdsNone ? .seconds(3600) : KeptAnswers.retention
    }

    private static let eraseInterval = Duration.seconds(600)
    private static let (flowsAtOnce, flowBatches) = (500, 20)
    /// A million connections have all had their turn within 17 hours.
    private static let (connectionsAtOnce, historyBatches) = (100, 100)
}
