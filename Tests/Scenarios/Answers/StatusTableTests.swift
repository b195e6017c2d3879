import Model
import ProviderSimulator
import TestSupport
import Testing

/// Every connection status × (access token valid or past) × (read, refresh), at a real host.
@Suite(.hosts(1)) struct StatusTableTests {
    private enum Operation: CaseIterable {
        case read, refresh
    }

    private struct Cell {
        let status: ConnectionStatus
        let isValid: Bool
        let operation: Operation
        let expected: String
        let scenario: Scenario
        let connection: String
    }

    @Test("every status has its answer to a read and to a refresh, while the access token is valid and when it is past")
    func table() async throws {
        try await Scenario.run("statuses") { scenario in
            let first = try await scenario.host.start()
            let cells = try await Self.connected(scenario)
            try await scenario.host.stop(first)
            let files = HostFiles(folder: scenario.host.folder)
            for cell in cells {
                for statement in StatusTable.statements(cell.status, isValid: cell.isValid, connection: cell.connection)
                {
                    try files.change(statement)
                }
            }
            scenario.provider.reset([.stats, .log])
            let second = try await scenario.host.start()
            for cell in cells { try await Self.check(cell) }
            // Three of the active ones; nothing else reaches the provider.
            #expect(scenario.refreshCalls == 3)
            try await scenario.host.stop(second)
        }
    }

    /// A connection for each cell, all active; those that are to be disabled in an organization of their own.
    private static func connected(_ scenario: Scenario) async throws -> [Cell] {
        let other = scenario.inOrganization("org-2")
        for one in [scenario, other] { try await one.configure(class: ["rotation": "single_use"]) }
        var cells: [Cell] = []
        for status in ConnectionStatus.allCases {
            for isValid in [true, false] {
                guard let row = StatusTable.row(status, isValid: isValid) else { continue }
                let mine = status == .disabled ? other : scenario
                for operation in Operation.allCases {
                    cells.append(
                        Cell(
                            status: status, isValid: isValid, operation: operation,
                            expected: operation == .read ? row.read : row.refresh, scenario: mine,
                            connection: try await mine.connect()))
                }
            }
        }
        #expect(try await other.command("POST", "/connectors/sandbox/disable").status == 200)
        #expect(cells.count == (ConnectionStatus.allCases.count * 2 - 1) * 2, "expired is never valid")
        return cells
    }

    private static func check(_ cell: Cell) async throws {
        let name: Comment = "\(cell.status) \(cell.isValid ? "valid" : "past") \(cell.operation)"
        #expect(try await cell.scenario.show(cell.connection)["status"] as? String == cell.status.rawValue, name)
        let answer: HTTPProbe.Answer
        switch cell.operation {
        case .read: answer = try await cell.scenario.token(cell.connection)
        case .refresh: answer = try await cell.scenario.refresh(cell.connection)
        }
        #expect(answer.summary == cell.expected, name)
        #expect((answer.json["access_token"] != nil) == (answer.status == 200), name)
        #expect(
            (answer.header("Retry-After") != nil) == [424, 503].contains(answer.status) || answer.status == 200, name)
        #expect(answer.header("Cache-Control")?.contains("no-store") == true || answer.status != 200, name)
        if answer.code == "needs_reauthorization" {
            let way = answer.json["reauthorize"] as? [String: Any]
            #expect(way?["method"] as? String == "POST", name)
            #expect(way?["href"] as? String == "/api/v1/connectors/sandbox/authorize", name)
        }
    }
}

extension HTTPProbe.Answer {
    /// The status with the problem's code; or with the generation, the outcome of a refresh, and warnings.
    fileprivate var summary: String {
        let parts = status == 200 ? ["generation \(generation)", outcome] + warnings : [code]
        return (["\(status)"] + parts.filter { !$0.isEmpty }).joined(separator: " ")
    }
}
