import ConnectorSDK
import Definitions
import Foundation
import Model
import RefreshProtocol
import StoreContract

/// Connectors and their switches.
extension TokenPipeline {
    /// All connectors in force, with this organization's state of each.
    package func connectors(by caller: Caller) async throws -> [ConnectorView] {
        try caller.require(.readConnectors)
        let organization = caller.organization
        let (disabled, clients, counts) = try await wrapping {
            try await self.parts.store.read { reader in
                (
                    try reader.disabledConnectors(organization: organization),
                    try reader.clients(organization: organization),
                    try reader.connectionCounts(organization: organization)
                )
            }
        }
        let snapshot = parts.connectors.registry.snapshot
        // What waits since the start has no version before it: it is shown, or nobody would know what to accept.
        let shown = snapshot.waiting.merging(snapshot.definitions) { $1 }
        return shown.filter { caller.reaches(connector: $0.key) }.sorted { $0.key < $1.key }.map { id, loaded in
            let mine = counts.filter { $0.connector == id }.map { ($0.status, $0.count) }
            return ConnectorView(
                definition: loaded.definition, enabled: !disabled.contains(id),
                configured: clients.contains { $0.key.connector == id && $0.clientID != nil },
                connections: Dictionary(mine, uniquingKeysWith: +), held: snapshot.held[id])
        }
    }

    /// A page of them, or without a limit all.
    package func connectors(
        cursor: String?, limit: Int?, by caller: Caller
    ) async throws -> (items: [ConnectorView], nextCursor: String?) {
        let all = try await connectors(by: caller)
        let cursors = Cursors(.connectors, of: caller.organization, parts.installation)
        let place = try cursor.map { try cursors.connector($0) }
        let rest = all.filter { view in place.map { $0 < view.definition.id } ?? true }
        guard let limit, rest.count > limit else { return (rest, nil) }
        let page = Array(rest.prefix(limit))
        return (page, page.last.map { cursors.text($0.definition.id) })
    }

    /// One connector.
    package func connector(_ id: String, by caller: Caller) async throws -> ConnectorView {
        guard let view = try await connectors(by: caller).first(where: { $0.definition.id == id }) else {
            throw PipelineError(.notFound, "There is no connector \(id.prefix(64)).")
        }
        return view
    }

    /// Enables or disables a connector in an organization. Disabled: no new authorization, no refresh, tokens not served;
    /// what was begun is finished (PROTOCOL.md §7).
    package func setEnabled(_ enabled: Bool, _ connector: String, by caller: Caller) async throws -> Bool {
        try caller.require(.writeConnectors)
        guard caller.reaches(connector: connector) else {
            throw PipelineError(.notFound, "There is no connector \(connector.prefix(64)).")
        }
        _ = try parts.connectors.entry(connector)
        let parts = parts
        let organization = caller.organization
        try await wrapping {
            try await parts.store.write { transaction in
                guard try transaction.isEnabled(connector: connector, organization: organization) != enabled else {
                    return
                }
                try transaction.setEnabled(enabled, connector: connector, organization: organization)
                try transaction.append(
                    EventRecord(
                        id: UUID().uuidString.lowercased(), kind: enabled ? .appEnabled : .appDisabled,
                        organization: organization, connector: connector, epoch: parts.epoch, at: transaction.now))
                try transaction.audit(
                    .of(caller, enabled ? "enable" : "disable", connector: connector, at: transaction.now), parts: parts
                )
            }
        }
        cache.clear()
        return enabled
    }
}
