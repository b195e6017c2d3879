import HTTPTypes
import Pipeline

extension Operations {
    private static let config = "/api/v1/connectors/{connector}/config"
    private static let secrets = "/api/v1/connectors/{connector}/credentials"

    static let configs: [APIOperation] = [
        APIOperation(
            id: "showConfig", method: .get, template: config, tag: .connectors, audience: configurers,
            summary: "Show a client's config",
            description: "Of a client that is not set, nulls. Secrets show as `set`.",
            parameters: [.connector, .client],
            answers: [.json("The config.", .config, example: Examples.config)], problems: ProblemSet.connector),
        APIOperation(
            id: "changeConfig", method: .put, template: config, tag: .connectors, audience: configurers,
            summary: "Change a client's config",
            description: "What is left out stays, null removes, the word `set` is refused.",
            parameters: [.connector, .client],
            body: .init(
                description: "The changes.", schema: .shared(.configRequest),
                example: [
                    "client_id": "made-up-client", "client_secret": "made-up-secret", "inputs": ["port": "8083"],
                ]),
            answers: [.json("The config as it is now.", .config, example: Examples.config)],
            problems: ProblemSet.connector + ProblemSet.writing),
        APIOperation(
            id: "deleteConfig", method: .delete, template: config, tag: .connectors, audience: configurers,
            summary: "Delete a client's config", description: "Refused while connections use it.",
            parameters: [.connector, .client], answers: [Success(status: 204, description: "Gone.")],
            problems: [.inUse] + ProblemSet.connector + ProblemSet.writing),
    ]

    static let credentials: [APIOperation] = [
        APIOperation(
            id: "showCredentials", method: .get, template: secrets, tag: .connectors, audience: configurers,
            summary: "Show which credentials are set",
            description: "Credentials are the secret organization inputs of the definition.",
            parameters: [.connector, .client],
            answers: [.json("Which are set.", .credentials, example: Examples.credentials)],
            problems: ProblemSet.connector),
        APIOperation(
            id: "changeCredentials", method: .put, template: secrets, tag: .connectors, audience: configurers,
            summary: "Set credentials",
            description:
                "As JSON, where unknown members are refused and null removes; or as a form with one file that holds a JSON object, such as a provider's key file, where unknown members and null are passed over.",
            parameters: [.connector, .client],
            body: .init(
                description: "The members by name.", schema: .shared(.credentialsRequest),
                example: ["private_key": "made-up-private-key"],
                form: .closed([.always("file", .anyObject, "A JSON file.")])),
            answers: [.json("Which are set now.", .credentials, example: Examples.credentials)],
            problems: ProblemSet.connector + ProblemSet.writing),
        APIOperation(
            id: "deleteCredentials", method: .delete, template: secrets, tag: .connectors, audience: configurers,
            summary: "Delete credentials", description: "Refused while connections use the client.",
            parameters: [.connector, .client], answers: [Success(status: 204, description: "Gone.")],
            problems: [.inUse] + ProblemSet.connector + ProblemSet.writing),
        APIOperation(
            id: "downloadCredentials", method: .get, template: secrets + "/download", tag: .connectors,
            audience: admins, summary: "Download credentials",
            description: "The values themselves, for a person who administers the organization; audited.",
            parameters: [.connector, .client],
            answers: [
                .json(
                    "The values.", .downloadedCredentials, [.disposition],
                    example: ["private_key": "made-up-private-key"])
            ],
            problems: ProblemSet.connector + ProblemSet.writing),
    ]
}
