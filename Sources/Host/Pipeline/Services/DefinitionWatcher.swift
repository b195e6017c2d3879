package import Definitions
import Dispatch
import Logging
import Model
import ServiceLifecycle

/// Reloads definitions when their files change, and whenever `hint` says so (SIGHUP). It looks instead of being told by
/// the kernel: that works on every file system, network mounts and containers' volumes included.
package struct DefinitionWatcher<Hints: AsyncSequence & Sendable>: Service where Hints.Element: Sendable {
    let pipeline: TokenPipeline
    let folder: FolderWatch
    let hints: Hints

    package init(_ pipeline: TokenPipeline, folder: FolderWatch, hints: Hints) {
        self.pipeline = pipeline
        self.folder = folder
        self.hints = hints
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask {
                try? await cancelWhenGracefulShutdown { for try await _ in hints { await reload() } }
            }
            group.addTask { await watch() }
        }
    }

    private func watch() async {
        var last = folder.state()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
            let now = folder.state()
            guard now != last else { continue }
            // Files that are still being written are looked at again.
            last = now
            await reload()
        }
    }

    private func reload() async {
        do {
            try await pipeline.reloadDefinitions()
        } catch {
            pipeline.parts.logger.error("definitions cannot be reloaded", metadata: ["code": "\(error)"])
        }
    }
}
