import HTTPTypes
import Model
import Pipeline

extension Operations {
    static let connections: [APIOperation] = [
        APIOperation(
            id: "listConnections", method: .get, template: "/api/v1/connections", tag: .connections, audience: readers,
            summary: "List connections",
            description:
                "Oldest first. A member sees the organization's and his own. Give `next_cursor` back with the same filters until it is null.",
            parameters: [
                .query("connector", .connectorID, "Only of this connector.", example: "sandbox"),
                .query("status", .status, "Only with this status.", example: "active"),
                .query("owner", .owner, "Only of this owner.", example: "organization"),
                .query("name", .line(FieldReader.longestName), "Only of this name.", example: "Ada's sandbox"),
                .cursor, .limit(50),
            ],
            answers: [.json("A page.", .connectionList, example: Examples.page(Examples.connection))]),
        APIOperation(
            id: "showConnection", method: .get, template: "/api/v1/connections/{id}", tag: .connections,
            audience: readers,
            summary: "Show a connection", parameters: [.connection],
            answers: [.json("The connection.", .connection, example: Examples.connection)],
            problems: [.notFound]),
        APIOperation(
            id: "editConnection", method: .patch, template: "/api/v1/connections/{id}", tag: .connections,
            audience: authorizers, summary: "Edit a connection, or name a choice",
            description: "What is left out stays; null empties `metadata`.", parameters: [.connection],
            body: .init(
                description: "The changes.", schema: .shared(.editRequest), example: ["metadata": ["team": "billing"]]),
            answers: [.json("The connection as it is now.", .connection, example: Examples.connection)],
            problems: [.notFound, .draining] + ProblemSet.writing),
        APIOperation(
            id: "readTimeline", method: .get, template: "/api/v1/connections/{id}/timeline", tag: .connections,
            audience: inspectors, summary: "Read the timeline of a connection",
            description: "Attempts, newest first: why it refreshed when it did.",
            parameters: [.connection, .cursor, .limit(50)],
            answers: [.json("A page.", .timeline, example: Examples.page(attempt))], problems: [.notFound]),
        APIOperation(
            id: "checkConnection", method: .post, template: "/api/v1/connections/{id}/check", tag: .connections,
            audience: inspectors, summary: "Ask the provider about the access token",
            description:
                "Introspection or an identity request, where the definition has one. Never presents a refresh token.",
            parameters: [.connection],
            answers: [
                .json(
                    "What the provider says.", .check, [.replayed],
                    example: ["ok": true, "detail": "Introspection: the token is active."])
            ],
            problems: [.pending, .revoked] + ProblemSet.connector + ProblemSet.client + ProblemSet.provider),
    ]

    static let endings: [APIOperation] = [
        APIOperation(
            id: "revokeConnection", method: .post, template: "/api/v1/connections/{id}/revoke", tag: .connections,
            audience: connectionWriters, summary: "Revoke a connection",
            description: "Its tokens are not served any more from now on; the provider is told until that is certain.",
            parameters: [.connection],
            answers: [.json("Revoked.", .revocation, status: 202, [.replayed], example: revoked)],
            problems: [.notFound] + ProblemSet.writing),
        APIOperation(
            id: "deleteConnection", method: .delete, template: "/api/v1/connections/{id}", tag: .connections,
            audience: connectionWriters, summary: "Delete a connection",
            description: "Revokes it and hides it: it is 404 from now on.", parameters: [.connection],
            answers: [.json("Deleted.", .revocation, status: 202, example: revoked)],
            problems: [.notFound] + ProblemSet.writing),
    ]

    private static let revoked: OrderedJSON = ["status": "revoked", "revocation": "pending"]

    private static let attempt: OrderedJSON = [
        "attempt": "00000000000000000000000000000001", "token": "default", "purpose": "normal", "state": "done",
        "generation_in": 1, "generation_out": 2, "claimed_at": "2026-01-31T08:49:37.120Z",
        "sent_at": "2026-01-31T08:49:37.140Z", "closed_at": "2026-01-31T08:49:37.320Z", "outcome": nil,
        "caller": "service:worker", "host": "00000000000000000000000000000002",
    ]
}
