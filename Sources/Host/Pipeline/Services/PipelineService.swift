import Spool
import Provider
import Logging
import StoreContract
import Model
import RefreshProtocol
import ServiceLifecycle

/// The pipeline's life: recover, then serve, then drain. A call in flight is never abandoned (RELIABILITY.md F30).
package struct PipelineService: Service {
    let pipeline: TokenPipeline

    package init(_ pipeline: TokenPipeline) { self.pipeline = pipeline }

    package func run() async throws {
        try await pipeline.recover()
        await withDiscardingTaskGroup { group in
            group.addTask { try? await RefreshScheduler(pipeline: pipeline).run() }
            group.addTask { try? await Revoker(pipeline: pipeline).run() }
            group.addTask { try? await Housekeeper(pipeline: pipeline).run() }
        }
        await pipeline.drain()
    }
}

extension TokenPipeline {
    /// Row 26 and §10: spool first, then this host's word about earlier boots; then commands are taken.
    package func recover() async throws {
        let parts = parts
        try await parts.store.write { try $0.heartbeat(of: parts.host, boot: parts.spool.boot) }
        try await flushSpool()
        try await makeStatements()
        enter(.ready)
        parts.logger.info("ready", metadata: ["host": "\(parts.host)", "boot": "\(parts.spool.boot)"])
    }

    /// Stops taking work and waits for every call in flight: E7 bounds it.
    package func drain() async {
        enter(.draining)
        while inFlight.count > 0 { try? await Task.sleep(for: .milliseconds(20)) }
        await parts.provider.shutdown()
    }
}
