package import ConnectorSDK
import Connectors
package import Definitions
import Locks

/// The definitions in force, each with the connector that speaks for it. A connector is made once per version.
package final class ConnectorBook: Sendable {
    /// One definition and its connector, kept together for one operation.
    package struct Entry: Sendable {
        package let definition: Definition
        package let connector: any Connector
        let digest: String
    }

    package let registry: ConnectorRegistry
    private let types: [String: any Connector.Type]
    private let made = Locked<[String: Entry]>([:])

    /// - Throws: when two compiled connectors have one id.
    package init(registry: ConnectorRegistry) throws {
        self.registry = registry
        types = try Catalog.byID()
    }

    /// The entry of that id.
    /// - Throws: `not_found` for an unknown id, `connector_unavailable` when its connector refuses the definition.
    package func entry(_ id: String) throws -> Entry {
        guard let loaded = registry[id] else {
            if let reason = registry.snapshot.held[id] {
                throw PipelineError(
                    .definitionHeld,
                    "The definition of \(id) has changed, and \(reason); an admin accepts it with POST /api/v1/connectors/\(id)/accept."
                )
            }
            throw PipelineError(.notFound, "There is no connector \(id.prefix(64)).")
        }
        if let known = made.withLock({ $0[id] }), known.digest == loaded.digest { return known }
        let entry = try make(loaded)
        made.withLock { $0[id] = entry }
        return entry
    }

    /// The entry of a connection's connector: who asks about a connection has named no connector that might not exist.
    /// - Throws: as `entry(_:)`, with `connector_unavailable` for a definition that is gone.
    package func entry(ofConnectionTo id: String) throws -> Entry {
        do {
            return try entry(id)
        } catch let error as PipelineError where error.code == .notFound {
            throw PipelineError(
                .connectorUnavailable,
                "The definition of \(id) is gone; an operator puts \(id).yaml back, or the connection is deleted.")
        }
    }

    /// Those of these connectors that have no definition, not even one that waits for `accept`.
    func missing(of ids: Set<String>) -> Set<String> {
        let snapshot = registry.snapshot
        return ids.filter { snapshot.definitions[$0] == nil && snapshot.held[$0] == nil }
    }

    private func make(_ loaded: LoadedDefinition) throws -> Entry {
        let definition = loaded.definition
        guard let type = types[definition.connector] else {
            throw PipelineError(
                .connectorUnavailable, "The connector \(definition.connector) of \(definition.id) is not compiled in.")
        }
        do {
            return Entry(
                definition: definition, connector: try type.init(definition: definition), digest: loaded.digest)
        } catch {
            throw PipelineError(.connectorUnavailable, "The definition \(definition.id) cannot be used: \(error)")
        }
    }
}
