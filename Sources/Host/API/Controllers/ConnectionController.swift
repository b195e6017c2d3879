import HTTPTypes
import Model
import Pipeline

/// `/api/v1/connections`: what is connected, and how it ends.
struct ConnectionController: Sendable {
    let pipeline: TokenPipeline

    @Sendable func list(_ call: Call, by caller: Caller) async throws -> Answer {
        let query = try call.query("connector", "status", "owner", "name", "cursor", "limit")
        var filters = ConnectionFilters()
        filters.connector = try query.shaped("connector", Self.connectorRule) { Shapes.isConnector($0) }
        filters.status = try query.word("status", as: ConnectionStatus.self)
        filters.owner = try query.shaped("owner", Shapes.visibleRule()) { Shapes.isVisible($0) }
        filters.name = try query.text("name", longest: FieldReader.longestName)
        let page = try await pipeline.connections(
            filters, cursor: query.text("cursor", longest: 1024),
            limit: query.integer("limit", in: 1...200, default: 50), by: caller)
        return .list(page.items, next: page.nextCursor) { $1.write(to: &$0) }
    }

    @Sendable func show(_ call: Call, by caller: Caller) async throws -> Answer {
        try call.takesNothing()
        let connection = try await pipeline.connection(call.connection(), by: caller)
        return .json { connection.write(to: &$0) }
    }

    @Sendable func edit(_ call: Call, by caller: Caller) async throws -> Answer {
        let request = try call.fields { EditRequest.read(&$0) }
        let connection = try await pipeline.edit(call.connection(), request, by: caller)
        return .json { connection.write(to: &$0) }
    }

    @Sendable func check(_ call: Call, by caller: Caller) async throws -> Answer {
        try call.takesNothing()
        let answer = try await pipeline.check(call.connection(), by: caller)
        return .json { json in
            json.object {
                $0.member("ok", answer.ok)
                $0.member("detail", answer.detail)
            }
        }
    }

    @Sendable func timeline(_ call: Call, by caller: Caller) async throws -> Answer {
        let query = try call.query("cursor", "limit")
        let page = try await pipeline.timeline(
            of: call.connection(), cursor: query.text("cursor", longest: 1024),
            limit: query.integer("limit", in: 1...200, default: 50), by: caller)
        return .list(page.items, next: page.nextCursor) { $1.write(to: &$0) }
    }

    @Sendable func revoke(_ call: Call, by caller: Caller) async throws -> Answer {
        try call.takesNothing()
        return Self.revoked(try await pipeline.revoke(call.connection(), by: caller))
    }

    @Sendable func delete(_ call: Call, by caller: Caller) async throws -> Answer {
        try call.takesNothing()
        return Self.revoked(try await pipeline.delete(call.connection(), by: caller))
    }

    private static let connectorRule = "1 to 64 of lower-case letters, digits and -"

    private static func revoked(_ answer: RevokeAnswer) -> Answer {
        .json(.accepted) { json in
            json.object {
                $0.member("status", ConnectionStatus.revoked.rawValue)
                $0.member("revocation", answer.revocation.rawValue)
            }
        }
    }
}
