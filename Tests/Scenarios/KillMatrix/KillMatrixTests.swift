import Foundation
import TestSupport
import Testing

/// The real process, killed at each of its named points. `KILL_MATRIX_REPEATS`: how often each cell is played (3).
@Suite(.serialized, .hosts(4)) struct KillMatrixTests {
    private static let rounds =
        ProcessInfo.processInfo.environment["KILL_MATRIX_REPEATS"].flatMap { Int($0) }.map { max(1, $0) } ?? 3

    @Test("kill -9 at 8 points × 4 rotation classes × answer delivered or lost", .timeLimit(.minutes(20)))
    func matrix() async throws {
        let began = ContinuousClock.now
        let results = try await Self.play()
        print(KillTable(results: results).text)
        print("\(results.count) kills in \(ContinuousClock.now - began)")
        for result in results where !result.problems.isEmpty {
            Issue.record("\(result.cell.name): \(result.problems.joined(separator: "; "))")
        }
        #expect(Set(results.map(\.cell)).count == 64 * Self.rounds)
    }

    /// Their hosts wait most of the time, for silence after a kill, and nothing else runs beside them.
    private static let lanesAtOnce = 6

    /// Some lanes at a time, the slow classes first.
    private static func play() async throws -> [KillResult] {
        let connectors = try TestFolders.sandboxDefinitions()
        var lanes = KillRotation.allCases.reversed().flatMap { rotation in (1...rounds).map { (rotation, $0) } }[...]
        return try await withThrowingTaskGroup(of: [KillResult].self) { group in
            for (rotation, round) in lanes.prefix(lanesAtOnce) {
                group.addTask { try await lane(rotation, round, connectors) }
            }
            lanes = lanes.dropFirst(lanesAtOnce)
            var results: [KillResult] = []
            while let more = try await group.next() {
                results += more
                if let (rotation, round) = lanes.popFirst() {
                    group.addTask { try await lane(rotation, round, connectors) }
                }
            }
            return results
        }
    }

    private static func lane(_ rotation: KillRotation, _ round: Int, _ connectors: URL) async throws -> [KillResult] {
        let box = Results()
        try await Scenario.run(
            "kill-\(rotation.rawValue)-\(round)", environment: KillLane.timing, connectors: connectors
        ) { scenario in
            await box.keep(try await KillLane(scenario: scenario, rotation: rotation, round: round).run())
        }
        return await box.results
    }

    private actor Results {
        private(set) var results: [KillResult] = []

        func keep(_ results: [KillResult]) { self.results = results }
    }
}
