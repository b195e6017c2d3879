import HTTPTypes
import Pipeline

extension Operations {
    static let connectors: [APIOperation] = [
        APIOperation(
            id: "listConnectors", method: .get, template: "/api/v1/connectors", tag: .connectors, audience: readers,
            summary: "List connectors",
            description: "By id; all at once, and `next_cursor` null, unless `limit` is given.",
            parameters: [
                .cursor,
                .query("limit", .integer(from: 1, to: 200), "The most items of the page; left out: all.", example: 50),
            ],
            answers: [.json("The connectors.", .connectorList, example: Examples.page(Examples.connectorSummary))]),
        APIOperation(
            id: "showConnector", method: .get, template: "/api/v1/connectors/{connector}", tag: .connectors,
            audience: readers, summary: "Show a connector",
            description: "With what a caller must know to connect: inputs, scopes, grants.",
            parameters: [.connector],
            answers: [.json("The connector.", .connector, example: Examples.connector)], problems: [.notFound]),
        switching("enable", "Enable a connector", "In the caller's organization.", isOn: true),
        switching(
            "disable", "Disable a connector",
            "In the caller's organization: no new authorization, no refresh, its tokens are not served.", isOn: false),
        APIOperation(
            id: "acceptDefinition", method: .post, template: "/api/v1/connectors/{connector}/accept", tag: .connectors,
            audience: admins, summary: "Accept a changed definition",
            description: "One that would send secrets elsewhere waits for this. Accepting twice is no mistake.",
            parameters: [.connector],
            answers: [.json("In force.", .acceptance, [.replayed], example: ["connector": "sandbox"])],
            problems: ProblemSet.connector + ProblemSet.writing),
    ]

    private static func switching(_ verb: String, _ summary: String, _ description: String, isOn: Bool) -> APIOperation
    {
        APIOperation(
            id: "\(verb)Connector", method: .post, template: "/api/v1/connectors/{connector}/\(verb)", tag: .connectors,
            audience: configurers, summary: summary, description: description, parameters: [.connector],
            answers: [
                .json(
                    "As it is now.", .connectorSwitch, [.replayed],
                    example: ["connector": "sandbox", "enabled": .flag(isOn)])
            ],
            problems: ProblemSet.connector + ProblemSet.writing)
    }
}
