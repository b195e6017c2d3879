import Testing

extension SimulationTests {
    @Suite("PROTOCOL.md §13: test the tests")
    struct MutantTests {
        struct Hunt: Sendable {
            var name = ""
            var bug = ""
            var caught: Oracle?
            var text = ""
            var seed: UInt64 = 0
            var tried = 0
            /// Seeds in which another oracle spoke first.
            var others = 0
            /// Violations of the unmutated protocol in the same episodes.
            var innocent: [String] = []
        }

        static let patience = 4_000

        /// What cannot be shown here yet, and why.
        static let missing: [String] = []

        @Test("each planted bug is caught by what the table names, and the protocol passes the same episodes")
        func mutants() async {
            let only = Environment.text("SIMULATION_MUTANT")
            let chosen = Mutant.all.filter { only == nil || $0.name == only }
            let hunts = await Self.hunt(chosen.indices.map { chosen[$0].name })
            print("M#".padded(to: 7) + "caught by".padded(to: 24) + "seeds".padded(to: 7) + "bug")
            for hunt in hunts {
                let caught = hunt.caught?.rawValue ?? "NOT CAUGHT"
                print(hunt.name.padded(to: 7) + caught.padded(to: 24) + "\(hunt.tried)".padded(to: 7) + hunt.bug)
                if only != nil {
                    print("SIMULATION_SEED=\(hunt.seed) \(hunt.text); another oracle first: \(hunt.others)")
                }
            }
            for line in Self.missing { print(line) }
            for hunt in hunts {
                #expect(hunt.caught != nil, "\(hunt.name) is not caught in \(hunt.tried) episodes")
                #expect(
                    hunt.innocent.isEmpty, "\(hunt.name): without the bug: \(hunt.innocent.joined(separator: "; "))")
            }
            #expect(only != nil || Self.isComplete(hunts.map(\.name)))
        }

        /// Every row of the table is planted or named as missing.
        private static func isComplete(_ names: [String]) -> Bool {
            let planted = Set(
                names.filter { $0.hasPrefix("M") }.compactMap { Int($0.dropFirst().prefix { $0.isNumber }) })
            let absent = Set(missing.compactMap { Int($0.dropFirst().prefix { $0.isNumber }) })
            return planted.union(absent) == Set(1...44)
        }

        private static func hunt(_ names: [String]) async -> [Hunt] {
            await withTaskGroup(of: [Hunt].self) { group in
                for lane in 0..<2 {
                    group.addTask { stride(from: lane, to: names.count, by: 2).map { hunt(names[$0]) } }
                }
                var all: [Hunt] = []
                for await part in group { all += part }
                return all.sorted { number($0.name) < number($1.name) }
            }
        }

        private static func number(_ name: String) -> String {
            let digits = name.dropFirst().prefix { $0.isNumber }
            return (name.hasPrefix("M") ? "0" : "1") + String(repeating: "0", count: 2 - min(2, digits.count))
                + name.dropFirst()
        }

        private static func hunt(_ name: String) -> Hunt {
            var hunt = Hunt(name: name)
            guard let mutant = Mutant.all.first(where: { $0.name == name }) else { return hunt }
            hunt.bug = mutant.bug
            for index in 0..<patience {
                let seed = SimulationTests.seed(index)
                hunt.tried += 1
                let clean = Episode.run(seed: seed, mutant: mutant, planted: false)
                if clean.violation != nil { hunt.innocent.append("SIMULATION_SEED=\(seed) \(clean.text)") }
                guard let violation = Episode.run(seed: seed, mutant: mutant).violation else { continue }
                guard mutant.caughtBy.contains(violation.oracle) else {
                    hunt.others += 1
                    hunt.text = "\(violation.oracle.rawValue): \(violation.text)"
                    continue
                }
                (hunt.caught, hunt.text, hunt.seed) = (violation.oracle, violation.text, seed)
                break
            }
            return hunt
        }
    }
}
