import Definitions
import Locks
import Logging
import Model
import RefreshProtocol
import Secrets
import StoreContract

/// The other hosts on this store as the last heartbeat found them. A hint: nothing is right only because of it.
final class KnownHosts: Sendable {
    private struct State {
        var others: [OtherHost] = []
        /// By host: what differed at the last look, and at the one before.
        var differing: [HostID: Set<String>] = [:]
        var before: [HostID: Set<String>] = [:]
        var lacking: Set<String> = []
    }

    private let state = Locked(State())

    /// Whether one of them has a definition of that connector in force.
    func has(definition id: String) -> Bool {
        state.withLock { $0.others.contains { $0.facts?.definitions[id] != nil } }
    }

    /// Definitions that differ from theirs, at two looks in a row: files do not reach all hosts in the same moment.
    var differing: [HostID: Set<String>] {
        state.withLock { state in
            state.differing.reduce(into: [:]) { lasting, found in
                let ids = found.value.intersection(state.before[found.key] ?? [])
                if !ids.isEmpty { lasting[found.key] = ids }
            }
        }
    }

    /// Keys that others wrap with and that are not here.
    var lackingKeys: Set<String> { state.withLock { $0.lacking } }

    /// - Returns: what differs and was not said before.
    func note(_ others: [OtherHost], own: HostFacts) -> (definitions: [HostID: Set<String>], keys: Set<String>) {
        let said = differing
        let lacking = Set(others.compactMap(\.facts?.key)).subtracting(own.keys)
        let news = state.withLock { state in
            state.before = state.differing
            state.others = others
            state.differing = others.reduce(into: [:]) { found, other in
                if let facts = other.facts { found[other.id] = own.differing(from: facts) }
            }
            defer { state.lacking = lacking }
            return lacking.subtracting(state.lacking)
        }
        return (differing.filter { said[$0.key] != $0.value }, news)
    }
}

/// Hosts of one store tell each other what they have, with each heartbeat.
extension TokenPipeline {
    func meetHosts() async throws {
        guard !parts.store.isExclusive else { return }
        try await followAccepted()
        let own = await facts()
        let (host, heartbeat) = (parts.host, parts.settings.timing.heartbeat)
        let (stored, others) = try await parts.store.read { reader in
            (try reader.facts(of: host), try reader.otherHosts(than: host, heartbeat: heartbeat))
        }
        if stored != own { try await parts.store.write { try $0.set(own, of: host) } }
        say(knownHosts.note(others, own: own))
    }

    /// What this host has, as it is now.
    func facts() async -> HostFacts {
        let keys = await parts.keyRing.keyIDs()
        return HostFacts(
            key: keys.first ?? "", keys: Set(keys),
            definitions: parts.connectors.registry.snapshot.definitions.mapValues { String($0.digest.prefix(16)) })
    }

    /// Whether this host has nothing in force for connections to that connector, and another has: it leaves them alone, as
    /// in a deployment that replaces one host after the other.
    func isLeftToOthers(_ connector: String) -> Bool {
        parts.connectors.registry[connector] == nil && knownHosts.has(definition: connector)
    }

    /// Whether another host can do what has failed here, because it wraps with a key that this one lacks.
    func isLeftToOthers(after error: any Error) -> Bool {
        (error as? SecretsError)?.code == .wrongKey && !knownHosts.lackingKeys.isEmpty
    }

    private func say(_ news: (definitions: [HostID: Set<String>], keys: Set<String>)) {
        for (host, ids) in news.definitions {
            parts.logger.warning(
                "definitions here and at another host differ: \(ids.sorted().joined(separator: ", "))",
                metadata: ["host": "\(host)"])
        }
        for key in news.keys.sorted() {
            parts.logger.warning(
                "another host seals with the key \(key), which is not here: copy its file to that of KEY_PROVIDER",
                metadata: ["code": "\(PipelineError.Code.keysUnavailable.rawValue)"])
        }
    }
}
