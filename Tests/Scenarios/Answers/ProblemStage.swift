import Foundation
import Model
import ProviderSimulator
import TestSupport

/// A host with one connection for each way to fail that lies in the store, and definitions for those that lie there.
struct ProblemStage {
    let scenario: Scenario
    /// The host's process.
    let child: ChildProcess
    private let ids: [Role: String]
    /// A place in the events behind which some are gone.
    let goneCursor: String

    /// What is wrong with a connection.
    enum Role: String, CaseIterable {
        case well, past, refused, recovering, unreadable, unopenable, limited, `static`, misfit
    }

    /// The connection with that role.
    func connection(_ role: Role) -> String { ids[role] ?? "" }

    var files: HostFiles { HostFiles(folder: scenario.host.folder) }

    /// Sets everything up, ends the host, changes its store and its definitions, and starts it again.
    static func run(_ name: String, _ body: @Sendable (ProblemStage) async throws -> Void) async throws {
        let folder = try TestFolders.make("\(name)-connectors")
        try write(definitions, to: folder)
        let shipped = TestFolders.repository.appendingPathComponent("connectors.d/sandbox.yaml")
        try FileManager.default.copyItem(at: shipped, to: folder.appendingPathComponent("sandbox.yaml"))
        try await Scenario.run(name, connectors: folder) { scenario in
            let first = try await scenario.host.start()
            let ids = try await connections(scenario)
            let cursor = try await eventsThatGo(scenario)
            try await scenario.host.stop(first)
            let files = HostFiles(folder: scenario.host.folder)
            for statement in Role.allCases.flatMap({ statements($0, ids[$0] ?? "") }) { try files.change(statement) }
            try files.change("DELETE FROM event WHERE sequence < (SELECT max(sequence) FROM event)")
            try write(["held": held(token: "elsewhere.example.com")], to: folder)
            let second = try await scenario.host.start()
            try await body(ProblemStage(scenario: scenario, child: second, ids: ids, goneCursor: cursor))
            try await scenario.host.stop(second)
        }
    }

    // MARK: Definitions

    private static let definitions = [
        "bare": "title: Not set up\nextends: sandbox\n",
        "ours": """
        title: On a host of the organization's
        inputs: {site: {format: base_url}}
        hosts: [organization]
        authorization: {endpoint: "{site}/authorize"}
        token: {endpoint: "{site}/token"}

        """,
        "ill": """
        title: A service account without a place for its key
        connector: google-workspace
        grants: [jwt_bearer]
        client: {authentication: none}
        token: {endpoint: "https://accounts.example.com/token"}

        """,
        "held": held(token: "accounts.example.com"),
    ]

    private static func held(token host: String) -> String {
        """
        title: Changed while the host was down
        authorization: {endpoint: "https://accounts.example.com/authorize"}
        token: {endpoint: "https://\(host)/token"}

        """
    }

    private static func write(_ definitions: [String: String], to folder: URL) throws {
        for (id, text) in definitions {
            try Data("format: 1\nid: \(id)\n\(text)".utf8).write(to: folder.appendingPathComponent("\(id).yaml"))
        }
    }

    // MARK: The store

    private static func connections(_ scenario: Scenario) async throws -> [Role: String] {
        try await scenario.configure()
        for role in [Role.static, .misfit, .limited] { try await configureStatic(role.rawValue, scenario) }
        let material = ["client_id": "somebody", "client_secret": "nobody's"]
        for connector in ["ours", "held"] {
            let answer = try await scenario.command("PUT", "/connectors/\(connector)/config", material)
            guard answer.status == 200 else { throw Failure("\(connector): \(answer.text)") }
        }
        // Only what connections depend on is held back.
        _ = try await scenario.command("POST", "/connectors/held/authorize", [:])
        var ids: [Role: String] = [:]
        for role in Role.allCases {
            switch role {
            case .well, .refused, .recovering, .unreadable, .unopenable:
                ids[role] = try await scenario.connect()
            case .static, .misfit, .limited:
                ids[role] = try await scenario.importGrant(
                    try staticGrant(scenario, client: role.rawValue), client: role.rawValue)
            case .past:
                scenario.provider.add(Fault(.noRefreshToken, operation: .exchange))
                ids[role] = try await Journey.start(scenario).exchange().json["id"] as? String
            }
        }
        return ids
    }

    /// A further client of the organization's, and one of that name at the provider: a fault that waits for it waits for
    /// nobody else.
    private static func configureStatic(_ client: String, _ scenario: Scenario) async throws {
        scenario.provider.register(SimulatedClient(id: client, rotation: .static))
        let answer = try await scenario.command(
            "PUT", "/connectors/sandbox/config?client=\(client)",
            [
                "client_id": client, "client_secret": "sandbox-secret",
                "inputs": ["port": "\(try await scenario.provider.port)"], "settings": ["rotation": "static"],
            ])
        guard answer.status == 200 else { throw Failure("config: \(answer.text)") }
    }

    /// A grant of one of the provider's clients whose refresh tokens stay good.
    static func staticGrant(_ scenario: Scenario, client: String = "static") throws -> IssuedGrant {
        guard let grant = scenario.provider.issueGrant(clientID: client, scope: "read", subject: "somebody")
        else { throw Failure("the provider gave no grant") }
        return grant
    }

    private static func eventsThatGo(_ scenario: Scenario) async throws -> String {
        let page = try await scenario.host.call(
            "GET", "/api/v1/events", token: scenario.callers.service("events:read"))
        for change in ["disable", "enable", "disable", "enable"] {
            _ = try await scenario.command("POST", "/connectors/bare/\(change)")
        }
        return page.json["next"] as? String ?? ""
    }

    private static func statements(_ role: Role, _ id: String) -> [String] {
        switch role {
        case .well, .limited, .static, .misfit: []
        case .past: StatusTable.statements(.expired, isValid: false, connection: id)
        case .refused: StatusTable.statements(.needsReauthorization, isValid: true, connection: id)
        case .recovering: StatusTable.statements(.recovering, isValid: false, connection: id)
        case .unreadable: ["UPDATE connection SET inputs = '{' WHERE id = '\(id)'"]
        case .unopenable: ["UPDATE version SET sealed = CAST(sealed || x'00' AS BLOB) WHERE connection = '\(id)'"]
        }
    }
}
