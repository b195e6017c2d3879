import Pipeline

/// `/api/v1/connectors`: what can be connected.
struct ConnectorController: Sendable {
    let pipeline: TokenPipeline

    @Sendable func list(_ call: Call, by caller: Caller) async throws -> Answer {
        let query = try call.query("cursor", "limit")
        let limit = try query.text("limit") == nil ? nil : query.integer("limit", in: 1...200, default: 200)
        let page = try await pipeline.connectors(
            cursor: query.text("cursor", longest: 1024), limit: limit, by: caller)
        return .list(page.items, next: page.nextCursor) { $1.write(to: &$0) }
    }

    @Sendable func show(_ call: Call, by caller: Caller) async throws -> Answer {
        try call.takesNothing()
        let connector = try await pipeline.connector(call.connector(), by: caller)
        return .json { connector.writeWhole(to: &$0) }
    }

    @Sendable func enable(_ call: Call, by caller: Caller) async throws -> Answer {
        try await setEnabled(true, call, by: caller)
    }

    @Sendable func disable(_ call: Call, by caller: Caller) async throws -> Answer {
        try await setEnabled(false, call, by: caller)
    }

    @Sendable func accept(_ call: Call, by caller: Caller) async throws -> Answer {
        try call.takesNothing()
        let connector = try call.connector()
        try await pipeline.accept(connector, by: caller)
        return .json { $0.object { $0.member("connector", connector) } }
    }

    private func setEnabled(_ enabled: Bool, _ call: Call, by caller: Caller) async throws -> Answer {
        try call.takesNothing()
        let connector = try call.connector()
        let isEnabled = try await pipeline.setEnabled(enabled, connector, by: caller)
        return .json { json in
            json.object {
                $0.member("connector", connector)
                $0.member("enabled", isEnabled)
            }
        }
    }
}
