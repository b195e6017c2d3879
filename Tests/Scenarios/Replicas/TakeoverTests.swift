import Foundation
import TestSupport
import Testing

/// The kill -9 matrix on PostgreSQL, with takeover by another host. `TAKEOVER_REPEATS`: how often the whole matrix is played,
/// as for a release (3); without it a part of it, once.
@Suite(.serialized, .hosts(4)) struct TakeoverTests {
    private static let repeats = ProcessInfo.processInfo.environment["TAKEOVER_REPEATS"].flatMap { Int($0) }
    private static let points: [KillCell.Point] =
        repeats == nil ? [.claimed, .answerReceived, .spooled] : KillCell.Point.allCases
    private static let fates: [KillCell.Fate] = repeats == nil ? [.delivered] : KillCell.Fate.allCases
    /// Two hosts each, which wait most of the time; nothing else runs beside them.
    private static let lanesAtOnce = 4

    @Test("kill -9 on PostgreSQL, and another host takes over", .timeLimit(.minutes(60)))
    func matrix() async throws {
        let began = ContinuousClock.now
        let results = try await Self.play()
        print(KillTable(results: results).text)
        print("\(results.count) kills with takeover in \(ContinuousClock.now - began)")
        for result in results where !result.problems.isEmpty {
            Issue.record("\(result.cell.name): \(result.problems.joined(separator: "; "))")
        }
        let cells = Self.points.count * Self.fates.count * KillRotation.allCases.count
        #expect(Set(results.map(\.cell)).count == cells * max(1, Self.repeats ?? 1))
    }

    private static func play() async throws -> [KillResult] {
        let rounds = 1...max(1, repeats ?? 1)
        var lanes = KillRotation.allCases.reversed().flatMap { rotation in rounds.map { (rotation, $0) } }[...]
        return try await withThrowingTaskGroup(of: [KillResult].self) { group in
            for (rotation, round) in lanes.prefix(lanesAtOnce) {
                group.addTask { try await lane(rotation, round) }
            }
            lanes = lanes.dropFirst(lanesAtOnce)
            var results: [KillResult] = []
            while let more = try await group.next() {
                results += more
                if let (rotation, round) = lanes.popFirst() { group.addTask { try await lane(rotation, round) } }
            }
            return results
        }
    }

    private static func lane(_ rotation: KillRotation, _ round: Int) async throws -> [KillResult] {
        let box = Box()
        try await Replicas.run(
            "takeover-\(rotation.rawValue)-\(round)", hosts: 2, client: rotation.client(round: round),
            settings: rotation.settings(round: round), timing: TakeoverLane.timing
        ) { replicas in
            let lane = TakeoverLane(
                replicas: replicas, rotation: rotation, round: round, points: points, fates: fates)
            await box.keep(try await lane.run())
        }
        return await box.results
    }

    private actor Box {
        private(set) var results: [KillResult] = []

        func keep(_ results: [KillResult]) { self.results = results }
    }
}
