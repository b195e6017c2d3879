import Testing

/// One after the other: each uses both cores by itself.
@Suite("The simulation", .serialized)
struct SimulationTests {
    /// The base of this run's seeds: fixed, or from the environment.
    static let base = Environment.number("SIMULATION_BASE") ?? 0x70C3_11A5

    @Test(
        "one episode by its seed, with its whole trace; with a mutant planted if one is named",
        .enabled(if: Environment.number("SIMULATION_SEED") != nil))
    func replay() throws {
        let seed = try #require(Environment.number("SIMULATION_SEED"))
        let mutant = Environment.text("SIMULATION_MUTANT").flatMap { name in Mutant.all.first { $0.name == name } }
        let planted = Environment.text("SIMULATION_CLEAN") == nil
        let report = Episode.run(seed: seed, mutant: mutant, planted: planted, tracing: true)
        print(report.profile.name, report.profile)
        print(report.trace.joined(separator: "\n"))
        #expect(report.violation == nil)
    }

    @Test("PROTOCOL.md §11: 20,000 episodes, no invariant violated")
    func episodes() async {
        let count = Int(Environment.number("SIMULATION_EPISODES") ?? 20_000)
        let clock = ContinuousClock()
        let begun = clock.now
        let (tally, failures) = await Self.run(count)
        print("\(count) episodes in \(clock.now - begun), \(failures.count) violations, base \(Self.base)")
        for (name, number) in tally.episodes.sorted(by: { $0.key < $1.key }) {
            print(name.padded(to: 34) + "\(number)")
        }
        print(tally.table)
        for failure in failures.prefix(10) {
            print("SIMULATION_SEED=\(failure.seed) \(failure.profile.name): \(failure.text)")
        }
        #expect(failures.count == 0)
        // A fault that never struck, or a class that was never drawn, has shown nothing.
        for fact in Fact.allCases {
            #expect(tally[fact] >= max(1, count / 1_000), "\(fact) happened \(tally[fact]) times")
        }
        #expect(tally.episodes.count == 2 * Profile.classes.count)
        for (name, number) in tally.episodes { #expect(number >= count / 40, "\(name): \(number) episodes") }
    }

    @Test("the same seed gives the same episode, whatever else runs")
    func deterministic() {
        for index in 0..<200 {
            let seed = Self.seed(index)
            let first = Episode.run(seed: seed, tracing: true)
            let second = Episode.run(seed: seed, tracing: true)
            #expect(first.trace == second.trace)
            #expect(!first.trace.isEmpty)
        }
    }

    /// Two at a time, each single-threaded.
    static func run(_ count: Int) async -> (Tally, [EpisodeReport]) {
        await withTaskGroup(of: (Tally, [EpisodeReport]).self) { group in
            for lane in 0..<2 {
                group.addTask {
                    var tally = Tally()
                    var failures: [EpisodeReport] = []
                    for index in stride(from: lane, to: count, by: 2) {
                        let report = Episode.run(seed: seed(index))
                        tally.add(report.tally)
                        if report.violation != nil { failures.append(report) }
                    }
                    return (tally, failures)
                }
            }
            var all = (Tally(), [EpisodeReport]())
            for await part in group {
                all.0.add(part.0)
                all.1 += part.1
            }
            return all
        }
    }

    static func seed(_ index: Int) -> UInt64 {
        var dice = Dice(seed: base &+ UInt64(index) &* 0x2545_F491_4F6C_DD1D)
        return dice.next()
    }
}

extension EpisodeReport {
    var text: String { violation.map { "\($0.oracle.rawValue): \($0.text)" } ?? "passed" }
}
