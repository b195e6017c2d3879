import HTTPTypes
import Pipeline

extension Operations {
    static let browser: [APIOperation] = [
        APIOperation(
            id: "startInBrowser", method: .get, template: "/oauth/start/{ticket}", tag: .browser, audience: .browser,
            summary: "Begin in the browser",
            description:
                "`authorization_url` of an authorization. Good once; sets the cookie and goes to the provider.",
            parameters: [
                Parameter(
                    name: "ticket", place: .path, schema: .text(pattern: Patterns.ticket), description: "The ticket.",
                    example: "made-up-ticket-0001")
            ],
            answers: [
                Success(status: 302, description: "To the provider.", type: "", headers: [.location, .setCookie])
            ],
            problems: [.invalidState, .storeUnavailable, .keysUnavailable] + ProblemSet.connector + ProblemSet.client),
        APIOperation(
            id: "finishInBrowser", method: .get, template: "/oauth/callback", tag: .browser, audience: .browser,
            summary: "Come back from the provider",
            description:
                "The provider sends the browser here with `state` and `code` or `error`, and whatever else its definition knows. The cookie must be that browser's (`tm-flow` instead of `__Host-tm-flow` where PUBLIC_URL is not https). The same callback again within ten minutes gets the same answer.",
            parameters: ["state", "code", "error"].map {
                .query($0, .text, "Of the provider; never shown.", example: .text("made-up-\($0)"))
            },
            answers: [
                Success(
                    status: 302,
                    description: "To `return_to`, with `status`, `connection_id`, and `code` of a failure.", type: "",
                    headers: [.location]),
                Success(status: 200, description: "A page for the person.", type: "text/html", schema: .text),
            ],
            problems: [
                .invalidState, .storeUnavailable, .keysUnavailable, .revoked, .duplicateGrant, .needsReauthorization,
            ]
                + ProblemSet.connector + ProblemSet.client + ProblemSet.provider),
    ]

    static let host: [APIOperation] = [
        APIOperation(
            id: "readHealth", method: .get, template: "/api/v1/health", tag: .host, audience: .everybody,
            summary: "Read the health of the host", description: "503 while store, keys or audit are ill.",
            answers: [
                .json("Healthy or degraded.", .health, example: health("healthy")),
                .json("Unhealthy.", .health, status: 503, [.retryAfter], example: health("unhealthy")),
            ]),
        APIOperation(
            id: "live", method: .get, template: "/live", tag: .host, audience: .everybody,
            summary: "Whether the process answers",
            answers: [.json("It does.", .liveness, example: ["status": "live"])]),
        APIOperation(
            id: "ready", method: .get, template: "/ready", tag: .host, audience: .everybody,
            summary: "Whether the host takes work",
            answers: [
                .json("It does.", .liveness, example: ["status": "ready"]),
                .json(
                    "It is starting or draining.", .liveness, status: 503, [.retryAfter],
                    example: ["status": "not_ready"]),
            ]),
        APIOperation(
            id: "ping", method: .get, template: "/ping", tag: .host, audience: .everybody, summary: "Say pong",
            answers: [
                Success(
                    status: 200, description: "Pong.", type: "text/plain", schema: .constant("pong"), example: "pong")
            ]),
        APIOperation(
            id: "readBuild", method: .get, template: "/build", tag: .host, audience: .everybody,
            summary: "Which build this is",
            answers: [
                .json(
                    "The build.", .build,
                    example: ["version": "0.1.0", "commit": "made-up", "swift": "6.3", "sdk": "1"])
            ]),
        APIOperation(
            id: "readProblemPage", method: .get, template: "/problems/{type}", tag: .host, audience: .everybody,
            summary: "What the codes of a problem type mean",
            parameters: [
                Parameter(
                    name: "type", place: .path, schema: .words(ProblemType.allCases.map(\.rawValue)),
                    description: "The end of a problem's `type`.", example: "application")
            ],
            answers: [Success(status: 200, description: "The page.", type: "text/plain", schema: .text)],
            problems: [.notFound]),
        APIOperation(
            id: "readOpenAPI", method: .get, template: "/openapi.json", tag: .host, audience: .everybody,
            summary: "This document",
            answers: [Success(status: 200, description: "OpenAPI 3.1.", schema: .anyObject)]),
    ]

    private static func health(_ status: String) -> OrderedJSON {
        let part: OrderedJSON = ["status": "healthy", "latency": 0]
        let names = ["keys", "audit", "connectors", "events", "cache", "config"]
        let store: OrderedJSON = ["status": .text(status), "latency": 1]
        return [
            "status": .text(status), "timestamp": "2026-01-31T08:49:37.120Z",
            "services": .object([.init(name: "store", value: store)] + names.map { .init(name: $0, value: part) }),
        ]
    }
}
