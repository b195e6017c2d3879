import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// SIGSTOP past two leases, then SIGCONT (R7). `FREEZE_ROUNDS`: how often each step and class is played, as for a release (5);
/// without it each step once, with a class of its own.
@Suite(.serialized, .hosts(4)) struct FreezeTests {
    private typealias Play = (step: FreezeRound.Step, rotation: KillRotation, round: Int)

    private static let rounds = ProcessInfo.processInfo.environment["FREEZE_ROUNDS"].flatMap { Int($0) }
    private static let lanesAtOnce = 2

    private static var plays: [Play] {
        guard let rounds else { return zip(FreezeRound.Step.allCases, KillRotation.allCases).map { ($0, $1, 1) } }
        return (1...max(1, rounds)).flatMap { round in
            FreezeRound.Step.allCases.flatMap { step in KillRotation.allCases.map { (step, $0, round) } }
        }
    }

    @Test(
        "a host frozen in its refreshes comes back: no pointer moves back, no refresh token that came is discarded",
        .timeLimit(.minutes(40)))
    func frozen() async throws {
        let plays = Self.plays
        let results = try await Self.play(plays)
        var stopped: [FreezeRound.Step: Int] = [:]
        for result in results { stopped.merge(result.stopped, uniquingKeysWith: +) }
        for step in FreezeRound.Step.allCases {
            let stops = results.count { $0.step == step }
            print("frozen at \(step.rawValue): \(stops) stops; \(stopped[step] ?? 0) attempts stood there")
            // Where the host was frozen one attempt stood at least; a table without it would show nothing.
            #expect(stopped[step] ?? 0 >= stops)
        }
        print("\(results.count) stops of \(stopped.values.reduce(0, +)) attempts")
        #expect(results.count == plays.count)
    }

    private static func play(_ plays: [Play]) async throws -> [FreezeResult] {
        var rest = plays[...]
        return try await withThrowingTaskGroup(of: FreezeResult?.self) { group in
            for play in rest.prefix(lanesAtOnce) { group.addTask { await Self.play(play) } }
            rest = rest.dropFirst(lanesAtOnce)
            var results: [FreezeResult] = []
            while let result = try await group.next() {
                if let result { results.append(result) }
                if let play = rest.popFirst() { group.addTask { await Self.play(play) } }
            }
            return results
        }
    }

    private static func play(_ play: Play) async -> FreezeResult? {
        let name = "\(play.step.rawValue) \(play.rotation.rawValue) #\(play.round)"
        let box = Box()
        do {
            try await Replicas.run(
                "freeze-\(play.step.rawValue)-\(play.rotation.rawValue)-\(play.round)", hosts: 2,
                client: client(play), settings: play.rotation.settings(round: play.round), timing: FreezeRound.timing
            ) { replicas in
                let round = FreezeRound(
                    step: play.step, rotation: play.rotation, round: play.round, replicas: replicas)
                await box.keep(try await round.run())
            }
        } catch { Issue.record("\(name): \(error)") }
        let result = await box.result
        for problem in result?.problems ?? [] { Issue.record("\(name): \(problem)") }
        return result
    }

    /// With access tokens that outlive the round.
    private static func client(_ play: Play) -> SimulatedClient {
        var client = play.rotation.client(round: play.round)
        client.lifetime = 3600
        return client
    }

    private actor Box {
        private(set) var result: FreezeResult?

        func keep(_ result: FreezeResult) { self.result = result }
    }
}
