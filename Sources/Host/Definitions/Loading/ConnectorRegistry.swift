import Locks

/// The definitions in force. Readers take a snapshot and keep it for one operation; a reload swaps the whole at once.
package final class ConnectorRegistry: Sendable {
    /// Why a changed definition must wait, or nil when it may come into force. Given the one in force, if any, and the new
    /// one.
    package typealias Hold = (_ inForce: LoadedDefinition?, _ changed: LoadedDefinition) -> String?

    private let loader: DefinitionLoader
    private let folder: String
    private let state: Locked<RegistrySnapshot>
    /// What the load before left. Held for a whole reload, so that two of them never mix; readers never wait for it.
    private let reloading: Locked<LoadMemory>

    /// Loads the folder for the first time. Bad files are left out and reported in the snapshot's diagnostics.
    package init(loader: DefinitionLoader, folder: String) {
        self.loader = loader
        self.folder = folder
        var memory = LoadMemory()
        let result = loader.load(folder: folder, remembering: &memory)
        reloading = Locked(memory)
        state = Locked(RegistrySnapshot(definitions: result.definitions, diagnostics: result.diagnostics))
    }

    /// What is in force now. Cheap; stays as it is whatever is reloaded later.
    package var snapshot: RegistrySnapshot { state.withLock { $0 } }

    /// The definition of that id.
    package subscript(id: String) -> LoadedDefinition? { snapshot.definitions[id] }

    /// Reads what changed in the folder and swaps everything at once. A file that became bad leaves its last good version in
    /// force; a file that is gone takes its definition along. Blocks while files are read.
    ///
    /// - Parameter hold: asked about every definition that changed.
    @discardableResult
    package func reload(hold: Hold = { _, _ in nil }) -> ReloadReport {
        reloading.withLock { memory in
            let before = snapshot
            let result = loader.load(folder: folder, remembering: &memory)
            let (after, report) = Self.merge(result, into: before, hold: hold)
            state.withLock { $0 = after }
            return report
        }
    }

    /// Puts a definition that waits into force.
    /// - Parameter digest: Only the version of that digest; nil: whichever waits.
    /// - Returns: it, and the one it replaces; nil when none of that id waits.
    package func accept(
        _ id: String, digest: String? = nil
    ) -> (accepted: LoadedDefinition, before: LoadedDefinition?)? {
        reloading.withLock { _ in
            state.withLock { snapshot in
                guard let waiting = snapshot.waiting[id], digest ?? waiting.digest == waiting.digest else { return nil }
                snapshot.waiting[id] = nil
                let before = snapshot.definitions.updateValue(waiting, forKey: id)
                snapshot.held[id] = nil
                snapshot.generation += 1
                return (waiting, before)
            }
        }
    }

    /// Takes a definition that was just loaded out of force until it is accepted: at start there is no version before it.
    package func withhold(_ id: String, because reason: String) {
        state.withLock { snapshot in
            guard let loaded = snapshot.definitions.removeValue(forKey: id) else { return }
            snapshot.waiting[id] = loaded
            snapshot.held[id] = reason
        }
    }

    private static func merge(
        _ result: LoadResult, into before: RegistrySnapshot, hold: Hold
    ) -> (RegistrySnapshot, ReloadReport) {
        var report = ReloadReport(diagnostics: result.diagnostics)
        var after = RegistrySnapshot(generation: before.generation + 1, diagnostics: result.diagnostics)
        for (id, old) in before.definitions {
            if result.definitions[id] != nil { continue }
            if result.fileIDs.contains(id) || !result.isComplete {
                after.definitions[id] = old
                report.kept.insert(id)
            } else {
                report.removed.insert(id)
            }
        }
        for (id, new) in result.definitions {
            let old = before.definitions[id]
            if old?.digest != new.digest, let reason = hold(old, new) {
                report.held[id] = reason
                after.waiting[id] = new
                after.definitions[id] = old
                continue
            }
            guard let old else {
                report.added.insert(id)
                after.definitions[id] = new
                continue
            }
            if old.digest != new.digest { report.changed.insert(id) }
            after.definitions[id] = new
        }
        after.held = report.held
        return (after, report)
    }
}

/// All definitions at one moment.
package struct RegistrySnapshot: Sendable {
    /// By id.
    package var definitions: [String: LoadedDefinition] = [:]
    /// Counts reloads from 1.
    package var generation = 1
    /// What the last load found, for `/health`, metrics and `lint`; sorted.
    package var diagnostics: [Diagnostic] = []
    /// Changed definitions that wait to be accepted, with the reason; the version before is in force.
    package var held: [String: String] = [:]
    /// Those definitions.
    package var waiting: [String: LoadedDefinition] = [:]
}

/// What a reload did, by definition id.
package struct ReloadReport: Sendable, Hashable {
    package var diagnostics: [Diagnostic]
    package var added: Set<String> = []
    package var changed: Set<String> = []
    package var removed: Set<String> = []
    /// Their file is bad now; the last good version stays in force.
    package var kept: Set<String> = []
    package var held: [String: String] = [:]
}
