import Foundation
import ProviderSimulator
import TestSupport

/// One SIGSTOP: a host refreshes several connections at once and is frozen when one of them comes to a step, for longer than
/// two leases. Another host takes over; then the frozen one goes on where it stood.
struct FreezeRound: Sendable {
    /// Where the host is frozen. What is on the wire meanwhile is answered: the answer waits in its socket.
    enum Step: String, CaseIterable, Sendable {
        case claimed, sent
        case answered = "answer_received"
        case spooled

        /// The last one to come here freezes the host, so that as many as can be have gone on to the wire; or the first one
        /// does, as no other may go past it.
        func count(of connections: Int) -> Int { self == .claimed || self == .sent ? connections : 1 }
    }

    let step: Step
    let rotation: KillRotation
    let round: Int
    let replicas: Replicas

    /// Connections that are refreshed at once.
    static let width = 13
    /// A grace that does not run out: whoever is frozen for two leases gets its say (E5).
    static let timing = KillLane.timing.merging(["REFRESH_OWNER_GRACE": "180s"]) { $1 }
    private static let lease = Duration.seconds(5)

    private var owner: Replica { replicas[0] }
    private var other: Scenario { replicas[1].scenario }
    private var provider: SimulatedProvider { replicas.provider }
    private var atProvider: GateRule { GateRule(operation: .refresh) }

    var name: String { "\(step.rawValue) \(rotation.rawValue) #\(round)" }

    /// Plays it.
    func run() async throws -> FreezeResult {
        let ids = try await freeze()
        var result = FreezeResult(step: step, stopped: try stoppedAt())
        let frozenAt = ContinuousClock.now
        provider.release()
        var pointers = Pointers()
        try await eventually("two leases are over", within: .seconds(60), every: .milliseconds(200)) {
            try await pointers.look(at: ids, through: other)
            return ContinuousClock.now - frozenAt > Self.lease * 2
        }
        owner.thaw()
        try await eventually(
            "all are active, nothing is open or in the spool", within: .seconds(90), every: .milliseconds(300)
        ) {
            try await pointers.look(at: ids, through: other)
            for id in pointers.degraded { _ = try await other.refresh(id, ["force": true]) }
            return try pointers.areActive && replicas.database.openAttempts() == 0 && owner.files.spoolEntries().isEmpty
        }
        // A dozen refusals of what the frozen host had spent have opened the breaker, which saving the client closes.
        try await other.configure(client: rotation.client(round: round).id, class: rotation.settings(round: round))
        for id in ids { try await refreshAgain(id, &pointers) }
        result.problems = pointers.problems + violations()
        return result
    }

    /// Returns the connections when the host stands still in their refreshes.
    private func freeze() async throws -> [String] {
        var ids: [String] = []
        for _ in 0..<Self.width { ids.append(try await other.connect(client: rotation.client(round: round).id)) }
        provider.reset([.stats, .log])
        try await owner.stop()
        try await owner.start(
            fault: step.rawValue, more: ["FAULT_SIGNAL": "STOP", "FAULT_COUNT": "\(step.count(of: Self.width))"])
        provider.hold(atProvider)
        // Reported as rejected, so that a family waits for nothing but its owner's word. Nobody waits for the answers: their
        // host is frozen, and what becomes of them is seen in the store.
        for id in ids { Task { [owner] in try? await owner.scenario.refresh(id, ["observed_generation": 1]) } }
        if step.count(of: Self.width) == 1 {
            guard await provider.whenWaiting(Self.width) == Self.width else { throw Failure("not all are on the wire") }
            provider.release()
        }
        try await eventually("the host is frozen at \(step.rawValue)", within: .seconds(10)) { owner.isFrozen }
        return ids
    }

    /// Where attempts stand, from what the store, the provider and the frozen host's disk hold.
    private func stoppedAt() throws -> [Step: Int] {
        let claimed = try replicas.database.count("attempt", where: "state = 'intent'")
        let sent = try replicas.database.count("attempt", where: "state = 'sent'")
        let spooled = min(try owner.files.spoolEntries().count, sent)
        let atProvider = min(provider.log().count, sent) - spooled
        return [.claimed: claimed, .sent: sent - spooled - atProvider, .answered: atProvider, .spooled: spooled]
    }

    /// The refresh token that is held is alive: none that came was discarded for one that is dead.
    private func refreshAgain(_ id: String, _ pointers: inout Pointers) async throws {
        let before = pointers.generations[id] ?? 0
        var last = ""
        try await eventually("a refresh afterwards; last: \(last)", within: .seconds(20), every: .milliseconds(200)) {
            let answer = try await other.refresh(id, ["force": true])
            last = "\(answer.status) \(answer.json["code"] ?? answer.json["outcome"] ?? "")"
            return answer.status == 200 && answer.generation > before
        }
        try await pointers.look(at: [id], through: other)
    }

    /// Presentations against the rule of their class.
    private func violations() -> [String] {
        provider.log().flatMap { line in
            var found: [String] = []
            if line.overlapping { found.append("overlaps another (I6)") }
            if !allowed.contains(line.verdict) { found.append("was judged \(line.verdict.rawValue)") }
            return found.map { "presentation \(line.sequence) of grant \(line.family ?? 0) \($0)" }
        }
    }

    /// What another host presents while nobody knows what the frozen one holds (PROTOCOL.md §6).
    private var allowed: Set<Verdict> {
        switch rotation {
        case .static, .family: [.fresh]
        case .overlap: [.fresh, .replayInWindow]
        case .singleUse: [.fresh, .reuse]
        }
    }
}

/// What a round showed.
struct FreezeResult: Sendable {
    let step: FreezeRound.Step
    /// Attempts that stood still, by where they stood.
    let stopped: [FreezeRound.Step: Int]
    var problems: [String] = []
}

/// The generations of connections as they are seen again and again: none moves back.
private struct Pointers {
    private(set) var generations: [String: Int] = [:]
    private var statuses: [String: String] = [:]
    private(set) var problems: [String] = []

    var areActive: Bool { statuses.values.allSatisfy { $0 == "active" } }
    /// Those whose call was never sent: nothing is due that would try again by itself.
    var degraded: [String] { statuses.filter { $0.value == "degraded" }.keys.sorted() }

    mutating func look(at ids: [String], through scenario: Scenario) async throws {
        for id in ids {
            let view = try await scenario.show(id)
            guard let generation = view["generation"] as? Int else { throw Failure("\(id): \(view)") }
            if generation < generations[id] ?? 0 {
                problems.append("\(id) went back from \(generations[id] ?? 0) to \(generation)")
            }
            generations[id] = generation
            statuses[id] = view["status"] as? String
        }
    }
}
