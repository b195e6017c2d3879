package import Model

/// Connections of all organizations.
extension Administration {
    /// Which connections a list shows.
    package struct Search: Sendable {
        /// Nil: every organization's.
        package var organization: OrganizationID?
        package var filters = ConnectionFilters()

        package init() {}
    }

    /// A connection with the organization that it belongs to.
    package struct Listed: Sendable {
        package let organization: OrganizationID
        package let view: ConnectionView
    }

    /// Gives the connections one by one, by organization and age.
    package func connections(
        _ search: Search, by user: String, each: (Listed) throws -> Void
    ) async throws {
        let organizations = if let one = search.organization { [one] } else { try await organizations() }
        for organization in organizations {
            var cursor: String?
            repeat {
                let page = try await pipeline.connections(
                    search.filters, cursor: cursor, limit: 200, by: Self.caller(in: organization, user))
                for view in page.items { try each(Listed(organization: organization, view: view)) }
                cursor = page.nextCursor
            } while cursor != nil
        }
    }

    /// One connection.
    package func connection(_ id: ConnectionID, by user: String) async throws -> Listed {
        let caller = try await caller(for: id, user)
        return Listed(organization: caller.organization, view: try await pipeline.connection(id, by: caller))
    }

    /// Refreshes a connection; its token goes to nobody.
    package func refresh(
        _ id: ConnectionID, _ request: RefreshRequest, by user: String
    ) async throws -> (outcome: RefreshAnswer.Outcome, generation: Int64) {
        let answer = try await pipeline.refresh(id, request, by: try await caller(for: id, user))
        return (answer.outcome, answer.token.generation)
    }

    /// Revokes a connection. The provider is told in the background, by a host that runs.
    package func revoke(_ id: ConnectionID, by user: String) async throws -> RevokeAnswer {
        try await pipeline.revoke(id, by: try await caller(for: id, user))
    }
}
