import Audit
import ConnectorSDK
package import Definitions
import Foundation
import Logging
import Model
import StoreContract
import Threads

/// Definitions come into force: at start, when files change, and when somebody accepts what was held back
/// (DESIGN.md §3). What was accepted is stored, so that an edit made while the host was down is held back too.
extension TokenPipeline {
    /// Compares the definitions just loaded with what was accepted before; to be called once, before commands are taken.
    package func settleDefinitions(acceptChanges: Bool) async throws {
        let known = try await knownConnectors()
        var settled: [Change] = []
        for (id, loaded) in parts.connectors.registry.snapshot.definitions {
            let facts = TrustFacts(loaded)
            let accepted = known.accepted[id]
            if !acceptChanges, known.inUse.contains(id), let accepted, let reason = facts.danger(after: accepted) {
                parts.connectors.registry.withhold(id, because: reason)
                warn(id, reason)
            } else if facts != accepted {
                settled.append(Change(id: id, before: accepted?.digest, facts: facts))
            }
        }
        warnOfMissing(parts.connectors.missing(of: known.inUse))
        try await store(settled, by: nil)
    }

    /// Reads the folder again: all good changes at once, dangerous ones of connectors in use held back.
    @discardableResult
    package func reloadDefinitions() async throws -> ReloadReport {
        let registry = parts.connectors.registry
        let known = try await knownConnectors()
        let beforehand = registry.snapshot
        let before = beforehand.definitions
        let missing = parts.connectors.missing(of: known.inUse)
        let report = await WaitingThreads.run {
            registry.reload { inForce, changed in
                guard known.inUse.contains(changed.definition.id) else { return nil }
                let accepted = inForce.map(TrustFacts.init) ?? known.accepted[changed.definition.id]
                return accepted.flatMap { TrustFacts(changed).danger(after: $0) }
            }
        }
        cache.clear()
        log(report, said: beforehand)
        warnOfMissing(parts.connectors.missing(of: known.inUse).subtracting(missing))
        let after = registry.snapshot.definitions
        let changes = report.added.union(report.changed).sorted().compactMap { id in
            after[id].map { Change(id: id, before: before[id]?.digest, facts: TrustFacts($0)) }
        }
        try await store(changes, by: nil)
        await rereadKeptAnswers()
        return report
    }

    /// `POST …/accept`.
    package func accept(_ connector: String, by caller: Caller) async throws {
        guard caller.isAdmin else {
            throw PipelineError(.forbidden, "Only a user of the role admin accepts a changed definition.")
        }
        guard caller.reaches(connector: connector) else {
            throw PipelineError(.notFound, "There is no connector \(connector.prefix(64)).")
        }
        guard let (accepted, before) = parts.connectors.registry.accept(connector) else {
            // Accepting twice is no mistake; a connector that is not there is.
            _ = try parts.connectors.entry(connector)
            return
        }
        cache.clear()
        try await wrapping {
            try await self.store(
                [Change(id: connector, before: before?.digest, facts: TrustFacts(accepted))], by: caller)
        }
        await rereadKeptAnswers()
    }

    /// What somebody has accepted at another host comes into force here, too.
    func followAccepted() async throws {
        let waiting = parts.connectors.registry.snapshot.waiting
        guard !waiting.isEmpty, !parts.store.isExclusive else { return }
        let accepted = try await accepted(of: Set(waiting.keys))
        let taken = waiting.filter { id, loaded in
            accepted[id] == TrustFacts(loaded)
                && parts.connectors.registry.accept(id, digest: loaded.digest) != nil
        }
        guard !taken.isEmpty else { return }
        cache.clear()
        for id in taken.keys.sorted() {
            parts.logger.notice("a changed definition was accepted at another host", metadata: ["connector": "\(id)"])
        }
        await rereadKeptAnswers()
    }

    private func accepted(of ids: Set<String>) async throws -> [String: TrustFacts] {
        let texts = try await parts.store.read { reader in
            try ids.reduce(into: [String: Data]()) { $0[$1] = try reader.setting(Self.setting($1)) }
        }
        return texts.compactMapValues { try? JSONDecoder().decode(TrustFacts.self, from: $0) }
    }

    private struct Change: Sendable {
        let id: String
        let before: String?
        let facts: TrustFacts
    }

    /// Connectors that have connections, and what was accepted of each definition.
    private func knownConnectors() async throws -> (inUse: Set<String>, accepted: [String: TrustFacts]) {
        let ids = Set(parts.connectors.registry.snapshot.definitions.keys)
        let inUse = try await parts.store.read { reader in
            Set(try reader.connectionCounts(organization: nil).map(\.connector))
        }
        return (inUse, try await accepted(of: ids.union(inUse)))
    }

    /// Stores what is accepted now, with an audit record of old and new hash each (SECURITY.md line 51).
    private func store(_ changes: [Change], by caller: Caller?) async throws {
        guard !changes.isEmpty else { return }
        let parts = parts
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // In one order: hosts that start at once all write these, and would wait for each other in a ring.
        let changes = changes.sorted { $0.id < $1.id }
        let texts = try changes.map { try encoder.encode($0.facts) }
        try await parts.store.write { transaction in
            for (change, text) in zip(changes, texts) {
                try transaction.set(text, for: Self.setting(change.id))
                try transaction.audit(
                    AuditRecord(
                        time: transaction.now, organization: caller?.organization, caller: caller?.name ?? "host",
                        action: caller == nil ? "definition_loaded" : "definition_accepted", connector: change.id,
                        request: caller?.requestID ?? "-",
                        outcome: "\(change.before ?? "none") -> \(change.facts.digest)"), parts: parts)
            }
        }
    }

    private static func setting(_ id: String) -> String { "definition/\(id)" }

    /// What was said of the load before is not said again.
    private func log(_ report: ReloadReport, said before: RegistrySnapshot) {
        var said = Set(before.diagnostics)
        for diagnostic in report.diagnostics where diagnostic.severity != .note && said.insert(diagnostic).inserted {
            parts.logger.log(level: diagnostic.severity == .error ? .error : .warning, "\(diagnostic)")
        }
        for (id, reason) in report.held.sorted(by: { $0.key < $1.key }) where before.held[id] != reason {
            warn(id, reason)
        }
        parts.logger.info(
            "definitions reloaded",
            metadata: [
                "added": "\(report.added.count)", "changed": "\(report.changed.count)",
                "removed": "\(report.removed.count)", "kept": "\(report.kept.count)", "held": "\(report.held.count)",
            ])
    }

    private func warnOfMissing(_ ids: Set<String>) {
        for id in ids.sorted() {
            parts.logger.warning(
                "a definition is not there, and connections need it: put its file back, or delete them",
                metadata: [
                    "connector": "\(id)", "code": "\(PipelineError.Code.connectorUnavailable.rawValue)",
                    "file": "\(id).yaml",
                ])
        }
    }

    private func warn(_ id: String, _ reason: String) {
        parts.logger.warning(
            "a changed definition is held back until it is accepted: \(reason)",
            metadata: ["connector": "\(id)", "code": "\(PipelineError.Code.definitionHeld.rawValue)"])
    }
}
