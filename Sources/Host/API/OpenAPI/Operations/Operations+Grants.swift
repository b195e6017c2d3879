import HTTPTypes
import Pipeline

extension Operations {
    static let grants: [APIOperation] = [
        APIOperation(
            id: "startAuthorization", method: .post, template: "/api/v1/connectors/{connector}/authorize", tag: .grants,
            audience: authorizers, summary: "Start an authorization",
            description: "For a new connection, or to renew one. Send the person's browser to `authorization_url`.",
            parameters: [.connector],
            body: .init(
                description: "May be left out.", schema: .shared(.authorizeRequest),
                example: ["name": "Ada's sandbox", "owner": "organization", "metadata": ["team": "billing"]]),
            answers: [.json("Where to send the browser.", .authorization, status: 201, [.replayed], example: started)],
            problems: [.revoked] + ProblemSet.connector + ProblemSet.client + ProblemSet.writing),
        APIOperation(
            id: "exchangeCode", method: .post, template: "/api/v1/connectors/{connector}/exchange", tag: .grants,
            audience: authorizers, summary: "Exchange a code",
            description:
                "For callers that received the provider's callback themselves: the caller that started the authorization, or an admin. A code is presented once.",
            parameters: [.connector],
            body: .init(
                description: "The callback's code and state.", schema: .shared(.exchangeRequest),
                example: ["code": "made-up-code", "state": "made-up-state"], isRequired: true),
            answers: [made, renewed], problems: redeemed + [.invalidState, .needsReauthorization]),
        APIOperation(
            id: "redeemGrant", method: .post, template: "/api/v1/connectors/{connector}/connections", tag: .grants,
            audience: connectionWriters, summary: "Redeem a grant without a browser",
            description:
                "An imported refresh token is verified by a first refresh. With `connection` the grant takes the place of the one that the connection has, which goes on until the new one has brought tokens. With `device_code` the host asks the provider until the person has decided; the connection is `pending` until then.",
            parameters: [.connector],
            body: .init(
                description: "The grant and its members.", schema: .shared(.redeemRequest),
                example: [
                    "grant": "refresh_token", "refresh_token": "made-up-refresh-token", "owner": "organization",
                ], isRequired: true),
            answers: [filled, waiting], problems: redeemed),
    ]

    private static let redeemed =
        [.revoked, .duplicateGrant] + ProblemSet.connector + ProblemSet.client + ProblemSet.provider
        + ProblemSet.writing

    private static let made = Success.json(
        "The new connection.", .connection, status: 201, [.mayLocation, .replayed], example: Examples.connection)
    private static let filled = Success.json(
        "The new connection, or the one that was renewed.", .connection, status: 201, [.mayLocation, .replayed],
        example: Examples.connection)
    private static let renewed = Success.json(
        "The connection that it renewed.", .connection, [.mayLocation, .replayed], example: Examples.connection)

    private static let waiting = Success.json(
        "What to tell the person who allows the device.", .deviceAuthorization, status: 202, [.mayLocation, .replayed],
        example: [
            "connection_id": .text(Examples.connectionID), "user_code": "MADE-UP",
            "verification_uri": "https://provider.example/device",
            "verification_uri_complete": "https://provider.example/device?user_code=MADE-UP", "interval": 5,
            "expires_at": "2026-01-31T08:59:37.120Z",
        ])

    private static let started: OrderedJSON = [
        "authorization_url": "https://tokens.example/oauth/start/made-up-ticket-0001",
        "provider_url": "https://provider.example/authorize?state=made-up-state", "state": "made-up-state",
        "connection_id": .text(Examples.connectionID), "expires_at": "2026-01-31T08:59:37.120Z",
    ]
}
