import Logging
import Model
import Provider
import RefreshProtocol
import ServiceLifecycle
import Spool
import StoreContract

/// The pipeline's life: recover, then serve, then drain. A call in flight is never abandoned (RELIABILITY.md F30).
package struct PipelineService: Service {
    let pipeline: TokenPipeline

    package init(_ pipeline: TokenPipeline) { self.pipeline = pipeline }

    package func run() async throws {
        try await pipeline.recover()
        await withDiscardingTaskGroup { group in
            group.addTask { try? await RefreshScheduler(pipeline: pipeline).run() }
            group.addTask { try? await Revoker(pipeline: pipeline).run() }
            group.addTask { try? await StepRunner(pipeline: pipeline).run() }
            group.addTask { try? await DevicePoller(pipeline: pipeline).run() }
            group.addTask { try? await Housekeeper(pipeline: pipeline).run() }
            group.addTask { try? await EventWatcher(store: pipeline.parts.store).run() }
            if !pipeline.parts.store.isExclusive {
                group.addTask { try? await AppConfigFollower(pipeline: pipeline).run() }
                group.addTask { try? await BreakerFollower(pipeline: pipeline).run() }
                group.addTask { try? await PresentationTeller(parts: pipeline.parts).run() }
            }
            if let windows = pipeline.gates.windows {
                group.addTask { try? await WindowTeller(windows: windows).run() }
            }
            group.addTask { await pipeline.resumeDeletions() }
        }
        await pipeline.drain()
    }
}

/// The first to end: `/ready` is 503 and new work refused while the API still listens and answers what is in flight.
package struct DrainService: Service {
    let pipeline: TokenPipeline

    package init(_ pipeline: TokenPipeline) { self.pipeline = pipeline }

    package func run() async throws {
        try await gracefulShutdown()
        await pipeline.finishWork()
    }
}

extension TokenPipeline {
    /// Row 26 and §10: spool first, then this host's word about earlier boots; then commands are taken.
    package func recover() async throws {
        let parts = parts
        try await lookAtStore()
        try await warnOfMissingReads()
        try await settleDefinitions(acceptChanges: parts.settings.acceptsChanges)
        try await meetHosts()
        try await flushSpool()
        try await makeStatements()
        await rereadKeptAnswers()
        if parts.spool.entries.holdsEarlier {
            parts.logger.warning(
                """
                answers of an earlier start cannot be stored yet; others wait for what this host had presented then, \
                as long as it lives
                """, metadata: ["host": "\(parts.host)"])
        }
        enter(.ready)
        parts.logger.info("ready", metadata: ["host": "\(parts.host)", "boot": "\(parts.spool.boot)"])
    }

    /// Stops taking work and waits for every call in flight: E7 bounds it.
    func finishWork() async {
        enter(.draining)
        while inFlight.count > 0 { try? await Task.sleep(for: .milliseconds(20)) }
    }

    /// The same, and lets go of the provider client.
    package func drain() async {
        await finishWork()
        await parts.provider.shutdown()
    }
}
