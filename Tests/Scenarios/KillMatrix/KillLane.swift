import Foundation
import ProviderSimulator
import TestSupport

/// The cells of one rotation class and one round, one after the other on one host.
struct KillLane: Sendable {
    let scenario: Scenario
    let rotation: KillRotation
    let round: Int

    /// Deadlines as short as whole seconds and the inequalities of PROTOCOL.md §3 allow; B + H + C is 4 s.
    static let timing = TestHost.shortTiming.merging([
        "REFRESH_SOFT_DEADLINE": "1s", "REFRESH_HARD_DEADLINE": "2s", "REFRESH_SEND_WINDOW": "1s",
        "REFRESH_COMMIT_BUDGET": "1s", "LEASE_DURATION": "5s", "REFRESH_OWNER_GRACE": "16s", "LOG_LEVEL": "info",
    ]) { $1 }
    static let ownership = 4000

    private var host: TestHost { scenario.host }
    private var provider: SimulatedProvider { scenario.provider }

    /// A connection under test.
    struct Subject {
        let id: String
        let family: Int
    }

    /// Plays every cell.
    func run() async throws -> [KillResult] {
        var results: [KillResult] = []
        var child = try await host.start()
        let client = rotation.client(round: round)
        provider.register(client)
        try await scenario.configure(client: client.id, class: rotation.settings(round: round))
        for fate in KillCell.Fate.allCases {
            for point in KillCell.Point.allCases {
                let cell = KillCell(point: point, rotation: rotation, fate: fate, round: round)
                results.append(try await run(cell, &child))
            }
        }
        try await stop(child)
        return results
    }

    private func run(_ cell: KillCell, _ child: inout ChildProcess) async throws -> KillResult {
        var result = KillResult(cell: cell)
        let began = ContinuousClock.now
        do {
            let subject = try await prepare(cell)
            try await stop(child)
            try await die(cell, subject)
            child = try await host.start()
            result.survived = try await settle(subject)
            result.problems += try await check(cell, subject, survived: result.survived)
            try await clear(subject)
        } catch {
            result.problems.append("\(error)")
            child.kill(SIGKILL)
            try await child.waitForEnd()
            provider.clearFaults()
            child = try await host.start()
        }
        result.duration = ContinuousClock.now - began
        return result
    }

    /// Imports a grant and, where its answer has to be lost, loses it.
    func prepare(_ cell: KillCell) async throws -> Subject {
        let client = rotation.client(round: cell.round).id
        guard let grant = provider.issueGrant(clientID: client, scope: "read offline", subject: "somebody") else {
            throw Failure("the provider gave no grant")
        }
        let subject = Subject(id: try await scenario.importGrant(grant), family: grant.family)
        guard cell.fate == .lost else { return subject }
        provider.add(Fault(.answerLost, operation: .refresh))
        let answer = try await scenario.refresh(subject.id, ["force": true])
        guard answer.status == 200, answer.json["outcome"] as? String == "pending" else {
            throw Failure("the lost answer: \(answer.status) \(answer.text)")
        }
        return subject
    }

    private func stop(_ child: ChildProcess) async throws {
        child.kill(SIGTERM)
        try await child.waitForEnd()
        guard child.exitCode == 0 else { throw Failure("SIGTERM: exit code \(child.exitCode ?? -1)") }
    }

    /// Starts the host so that it ends itself at the point, and lets it refresh.
    func die(_ cell: KillCell, _ subject: Subject) async throws {
        let said = "reached fault point \(cell.point.rawValue)\n"
        let before = occurrences(of: said)
        let child = try host.launch(fault: cell.point.rawValue)
        defer { child.kill(SIGKILL) }
        try await eventually("the process ends at \(cell.point.rawValue)", every: .milliseconds(50)) {
            _ = try? await scenario.refresh(subject.id, ["force": true])
            return child.end != nil
        }
        guard child.wasKilled, occurrences(of: said) == before + 1 else {
            throw Failure("it did not die at its point, but ended with \(child.end ?? -1)")
        }
    }

    private func occurrences(of text: String) -> Int {
        let log = (try? String(contentsOf: host.folder.appendingPathComponent("host.log"), encoding: .utf8)) ?? ""
        return log.components(separatedBy: text).count - 1
    }

    /// Waits until the protocol has found out. Returns whether the grant survived.
    func settle(_ subject: Subject) async throws -> Bool {
        var status = ""
        try await eventually("it is active or lost; last \(status)", every: .milliseconds(50)) {
            status = try await scenario.show(subject.id)["status"] as? String ?? ""
            return status == "active" || status == "needs_reauthorization"
        }
        return status == "active"
    }

    private func check(_ cell: KillCell, _ subject: Subject, survived: Bool) async throws -> [String] {
        var problems: [String] = []
        if survived != cell.survives { problems.append(survived ? "survived against the rules" : "the grant is lost") }
        if survived { try await refreshAgain(subject) } else { problems += try await reported(subject) }
        let log = provider.log().filter { $0.family == subject.family }
        problems += RuleCheck(cell: cell, ownership: Self.ownership).violations(in: log)
        let files = HostFiles(folder: host.folder)
        try await eventually("no attempt is open, and the spool is empty", every: .milliseconds(50)) {
            try files.openAttempts() == 0 && files.spoolEntries().isEmpty
        }
        return problems
    }

    /// The refresh token that the host holds is alive at the provider; silence after the kill is waited for.
    func refreshAgain(_ subject: Subject) async throws {
        let before = try await scenario.show(subject.id)["generation"] as? Int ?? .max
        var last = ""
        try await eventually("a refresh afterwards; last: \(last)", within: .seconds(30), every: .milliseconds(100)) {
            let answer = try await scenario.refresh(subject.id, ["force": true])
            last = "\(answer.status) \(answer.json["code"] ?? answer.json["outcome"] ?? "")"
            return answer.status == 200 && answer.json["generation"] as? Int ?? 0 > before
        }
    }

    /// A loss is noticed and said.
    func reported(_ subject: Subject) async throws -> [String] {
        var problems: [String] = []
        let reason = try await scenario.show(subject.id)["status_reason"] as? String
        if reason != "lost_in_rotation" { problems.append("status_reason \(reason ?? "-")") }
        let events = try await host.call(
            "GET", "/api/v1/events?types=TOKEN_REAUTHORIZATION_REQUIRED", token: scenario.callers.service("events:read")
        )
        let told = (events.json["events"] as? [[String: Any]] ?? []).filter {
            $0["connectionId"] as? String == subject.id
        }
        if told.count != 1 { problems.append("\(told.count) events tell of the loss") }
        return problems
    }

    func clear(_ subject: Subject) async throws {
        let answer = try await host.call(
            "DELETE", "/api/v1/connections/\(subject.id)", token: scenario.callers.user())
        guard answer.status == 202 else { throw Failure("delete: \(answer.status) \(answer.text)") }
    }
}
