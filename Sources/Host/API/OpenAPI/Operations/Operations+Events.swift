import HTTPTypes
import Model
import Pipeline

extension Operations {
    static let events: [APIOperation] = [
        APIOperation(
            id: "readEvents", method: .get, template: "/api/v1/events", tag: .events,
            audience: .callers(roles: [], scopes: [.eventsRead]), summary: "Read events",
            description:
                "In order per connection, kept for 7 days; without `after` from the oldest that is kept. Poll with `next`, or ask for `text/event-stream`: a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html) whose ids are cursors, which ends when the host drains or the caller's token expires, and is resumed by `Last-Event-ID`. A caller has at most \(APIConfiguration.mostStreams) streams open, and gets 429 for one more. Names are those of the event topics, in camel case.",
            parameters: [
                .query("after", .line(1024), "`next` of the page before; opaque.", example: "made-up-cursor"),
                Parameter(
                    name: "types", place: .query,
                    schema: .list(of: .words(EventRecord.Kind.allCases.map(\.rawValue))).adding("minItems", 1),
                    description: "Only of these types, between commas.", example: ["TOKEN_REFRESHED", "TOKEN_REVOKED"],
                    isJoined: true),
                .limit(100),
                Parameter(
                    name: "Last-Event-ID", place: .header, schema: .text,
                    description: "Of a stream: the id that was seen last. It counts more than `after`.",
                    example: "made-up-cursor"),
            ],
            answers: [
                .json("A page.", .eventPage, example: ["events": [refreshed, due], "next": "made-up-cursor"]),
                Success(
                    status: 200, description: "Or the stream.", type: "text/event-stream", schema: .text,
                    example: ": hello\n\nid: made-up-cursor\nevent: TOKEN_REFRESHED\ndata: {}\n\n"),
            ],
            problems: [.cursorGone])
    ]

    private static let refreshed: OrderedJSON = [
        "eventId": "00000000-0000-4000-8000-000000000001", "eventType": "TOKEN_REFRESHED",
        "tokenReferenceId": .text(Examples.connectionID), "serviceType": "SANDBOX", "accountId": "organization",
        "timestamp": "2026-01-31T08:49:37.120Z", "connectionId": .text(Examples.connectionID), "orgId": "acme",
        "generation": 2, "reason": nil,
    ]

    private static let due: OrderedJSON = [
        "eventId": "00000000-0000-4000-8000-000000000002", "eventType": "TOKEN_REAUTHORIZATION_DUE",
        "tokenReferenceId": .text(Examples.connectionID), "serviceType": "SANDBOX", "accountId": "organization",
        "timestamp": "2026-03-25T08:49:37.120Z", "connectionId": .text(Examples.connectionID), "orgId": "acme",
        "generation": 2, "reason": "ends: 2026-04-01T08:49:37Z",
    ]
}
