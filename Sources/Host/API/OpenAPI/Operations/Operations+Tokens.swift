import HTTPTypes
import Pipeline

extension Operations {
    static let tokens: [APIOperation] = [
        APIOperation(
            id: "readToken", method: .get, template: "/api/v1/connections/{id}/token", tag: .tokens,
            audience: .callers(roles: [], scopes: [.tokenRead]),
            summary: "Read a token",
            description:
                "The stored access token. Refreshes first when less validity is left than asked for, at most once where the provider grants less. Never holds a refresh token.",
            parameters: [
                .connection,
                .query(
                    "min_validity", .integer(from: 0, to: 86_400).adding("default", 60),
                    "Seconds that the token must still live.", example: 60),
                .query("name", .tokenName.adding("default", "default"), "Which token.", example: "default"),
            ],
            answers: [.json("The token.", .token, example: Examples.token)],
            problems: served),
        APIOperation(
            id: "refreshToken", method: .post, template: "/api/v1/connections/{id}/refresh", tag: .tokens,
            audience: .callers(roles: [.admin], scopes: [.tokenRefresh, .tokenForce]),
            summary: "Refresh a token",
            description:
                "Calls at the same time share one call to the provider. Needs `token:refresh`; with `force`, `token:force` or the role admin instead. A repeated Idempotency-Key serves the stored token as `current`, and no answer with a token is ever kept.",
            parameters: [.connection],
            body: .init(
                description: "May be left out.", schema: .shared(.refreshRequest), example: ["observed_generation": 1]),
            answers: [
                .json(
                    "The token and what was done.", .refreshedToken, [.mayRetryAfter, .replayed],
                    example: Examples.token.adding("outcome", "refreshed"))
            ],
            problems: served + ProblemSet.writing),
    ]

    private static let served =
        ProblemSet.token + ProblemSet.connector + ProblemSet.client + ProblemSet.provider
}
