package import Model
import StoreContract

/// `PATCH …/{id}`: what is left out stays.
package struct EditRequest: Sendable {
    package var name: String?
    /// The caller's own JSON object, as text.
    package var metadata: String?
    /// One of the connection's `choices`, by its id.
    package var choice: String?

    package init() {}
}

/// Editing a connection, and naming what it waits for.
extension TokenPipeline {
    /// Changes what belongs to the caller. A choice lets the steps after the exchange go on.
    package func edit(
        _ id: ConnectionID, _ request: EditRequest, by caller: Caller
    ) async throws -> ConnectionView {
        try caller.require(.authorize)
        if request.choice != nil { try await requireServing() }
        _ = try await snapshot(id, token: "default", for: caller)
        let name = try request.name.map { try Self.checkedName($0) }
        let parts = parts
        try await wrapping {
            try await self.write(id) { transaction in
                guard var connection = try transaction.connection(id), caller.sees(connection) else {
                    throw Self.noSuchConnection
                }
                if let name, name != connection.name {
                    connection.name = name
                    try transaction.requireFreeName(connection)
                }
                connection.metadata = request.metadata ?? connection.metadata
                if let choice = request.choice, !connection.choose(choice, at: transaction.now) {
                    throw PipelineError.invalid("choice", "is none of the `choices` that this connection waits with")
                }
                try transaction.update(connection)
                try transaction.audit(.of(caller, "edit", connection, at: transaction.now), parts: parts)
            }
        }
        if request.choice != nil { await settleSteps(of: id, by: Actor(caller)) }
        return try await view(of: id, for: caller)
    }
}
