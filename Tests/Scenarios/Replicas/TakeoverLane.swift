import Foundation
import ProviderSimulator
import TestSupport

/// The cells of the kill matrix on PostgreSQL: a host dies at a point, another one takes over, then the dead one is started
/// again and says what it knows.
struct TakeoverLane: Sendable {
    let replicas: Replicas
    let rotation: KillRotation
    let round: Int
    let points: [KillCell.Point]
    let fates: [KillCell.Fate]

    /// A grace that does not run out: a family waits for the word of its owner.
    static let timing = KillLane.timing.merging(["REFRESH_OWNER_GRACE": "180s"]) { $1 }

    private var owner: Replica { replicas[0] }
    private var heir: Replica { replicas[1] }

    /// What both kinds of matrix do, seen through a host.
    private func lane(at replica: Replica) -> KillLane {
        KillLane(scenario: replica.scenario, rotation: rotation, round: round)
    }

    /// Plays every cell, one after the other.
    func run() async throws -> [KillResult] {
        var results: [KillResult] = []
        for fate in fates {
            for point in points {
                results.append(
                    try await run(KillCell(point: point, rotation: rotation, fate: fate, round: round)))
            }
        }
        return results
    }

    private func run(_ cell: KillCell) async throws -> KillResult {
        var result = KillResult(cell: cell)
        let began = ContinuousClock.now
        do {
            // The heir must not present before the owner comes to its point.
            try await heir.stop()
            if !owner.isRunning { try await owner.start() }
            let subject = try await lane(at: owner).prepare(cell)
            try await owner.stop()
            try await lane(at: owner).die(cell, subject)
            try await heir.start()
            result.problems += try await takeOver(cell, subject)
            try await owner.start()
            result.survived = try await settle(cell, subject)
            result.problems += try await check(cell, subject, survived: result.survived)
            try await lane(at: heir).clear(subject)
        } catch {
            result.problems.append("\(error)")
            replicas.provider.clearFaults()
            for replica in [owner, heir] { try await replica.kill() }
        }
        result.duration = ContinuousClock.now - began
        return result
    }

    /// What the heir makes of it alone: it goes on, says that the grant is lost, or waits for the owner's word: a family
    /// before it presents again (§6), a single-use token that was refused before it is given up (row 21).
    private func takeOver(_ cell: KillCell, _ subject: KillLane.Subject) async throws -> [String] {
        let commits: [KillCell.Point] = [.committed, .acknowledged, .spoolEntryDeleted]
        let mayWait = cell.fate == .lost || cell.point != .claimed && !commits.contains(cell.point)
        var view: [String: Any] = [:]
        try await eventually(
            "the heir goes on; last \(view["status"] ?? "")", within: .seconds(30), every: .milliseconds(50)
        ) {
            view = try await heir.scenario.show(subject.id)
            switch view["status"] as? String {
            case "active", "needs_reauthorization":
                return try replicas.database.count("line", where: isDone(subject)) == 1
            case "recovering": return mayWait && rotation == .family
            case "suspect": return mayWait && rotation == .singleUse
            default: return false
            }
        }
        // Where an answer was lost before, the owner itself has presented the token again.
        guard rotation == .family, cell.fate == .delivered else { return [] }
        let isPresented = replicas.provider.log().contains { $0.family == subject.family && $0.verdict == .reuse }
        return isPresented ? ["a family's token was presented before its owner spoke"] : []
    }

    /// Nothing of it is open that another host could close: an abandoned claim alone waits until somebody wants a refresh.
    private func isDone(_ subject: KillLane.Subject) -> String {
        """
        connection = '\(subject.id)' AND NOT EXISTS (SELECT FROM token_manager.attempt
        WHERE attempt.connection = line.connection AND attempt.state = 'sent')
        """
    }

    /// Waits for what the rules promise once the owner has spoken. Returns whether the grant survived.
    private func settle(_ cell: KillCell, _ subject: KillLane.Subject) async throws -> Bool {
        try await eventually("the spool is empty", every: .milliseconds(50)) {
            try owner.files.spoolEntries().isEmpty
        }
        return try await lane(at: heir).settle(subject)
    }

    private func check(
        _ cell: KillCell, _ subject: KillLane.Subject, survived: Bool
    ) async throws -> [String] {
        let lane = lane(at: heir)
        var problems: [String] = []
        if survived != cell.survives { problems.append(survived ? "survived against the rules" : "the grant is lost") }
        if survived { try await lane.refreshAgain(subject) } else { problems += try await lane.reported(subject) }
        let log = replicas.provider.log().filter { $0.family == subject.family }
        problems += RuleCheck(cell: cell, ownership: KillLane.ownership, isTakenOver: true).violations(in: log)
        try await eventually("no attempt is open, and the spool is empty", every: .milliseconds(100)) {
            try replicas.database.openAttempts() == 0 && owner.files.spoolEntries().isEmpty
        }
        return problems
    }
}
