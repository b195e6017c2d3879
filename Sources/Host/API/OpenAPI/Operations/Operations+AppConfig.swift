import HTTPTypes
import Pipeline

extension Operations {
    private static let place = "/api/v1/internal/app-config"

    static let appConfig: [APIOperation] = [
        APIOperation(
            id: "showAppConfig", method: .get, template: place, tag: .host,
            audience: .callers(roles: [], scopes: [.configRead]), summary: "Show the app configuration",
            description:
                "The host's settings that may be kept in its store, with their values and where these are from: the environment comes first, then the file of --config, then the store. They are the host's, whatever the caller's organization; a service that is limited to some connectors may not see them. Secrets show as `set`.",
            answers: [.json("The app configuration.", .appConfig, example: example)]),
        APIOperation(
            id: "changeAppConfig", method: .put, template: place, tag: .host,
            audience: .callers(roles: [], scopes: [.configWrite]), summary: "Change the app configuration",
            description:
                "All of it or nothing. What is left out stays, null removes, the word `set` is refused; so is what environment or file set, what may not be kept in the store, and a version that is not the last one. What needs no restart is in force when this answers, on other hosts of the store within seconds; `restart_required` names the rest.",
            body: .init(
                description: "The changes.", schema: .shared(.appConfigRequest),
                example: ["version": 0, "settings": ["CALLER_RATE_LIMIT": "100000/1s"]], isRequired: true),
            answers: [.json("The app configuration as it is now.", .appConfig, example: example)],
            problems: ProblemSet.writing),
    ]

    private static let example: OrderedJSON = [
        "version": 1, "updated_at": "2026-01-31T08:49:37.120Z", "updated_by": "service:deployer",
        "settings": [
            "CALLER_RATE_LIMIT": [
                "value": "100000/1s", "source": "app_config", "restart": false,
                "description": "Requests of each caller, such as 1000/1s.",
            ],
            "WEBHOOK_SECRET": [
                "value": "set", "source": "environment", "restart": true,
                "description": "What these posts are signed with.",
            ],
        ],
        "restart_required": [], "problems": [],
    ]
}
