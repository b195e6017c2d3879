/// What a run has seen: a fault kind that never happened shows nothing.
enum Fact: Int, CaseIterable {
    case steps, claims, sends, presentations, refreshes, replays, confirmations, takeovers, candidates, adoptions
    case recoveries, suspects, needsReauthorization, lifted
    case crashes, boundaryCrashes, powerCuts, restarts, statements, diskLosses, hostsLost, freezes, longFreezes
    case acknowledgementsLost, storeFailures, slowTransactions, outages, longOutages, clockSteps, journalFailures,
        spoolFailures, withheld
    case flushes, budgetStops, connectFailures
    case lateAnswers, lastReads, lostAnswers, truncated, serverErrors, gatewayTimeouts, tooMany, busy, lagRefusals
    case clientErrors, breakerStops, refusals, familyRevocations, oldTokensDied, consentsWithdrawn
    case revokes, reconnects, imports, duplicateImports, disables, classChanges, forces, reports, reads
    case restores, wentBack, verified, operatorExits
    case renewals, renewed, renewedBeside, broughtAgain
    case handOvers, takenBack, usedElsewhere, recalled
}

/// Counters of one or many episodes.
struct Tally {
    private(set) var counts = [Int](repeating: 0, count: Fact.allCases.count)
    var episodes: [String: Int] = [:]

    subscript(_ fact: Fact) -> Int { counts[fact.rawValue] }

    mutating func add(_ fact: Fact) { counts[fact.rawValue] += 1 }

    mutating func add(_ other: Tally) {
        for index in counts.indices { counts[index] += other.counts[index] }
        episodes.merge(other.episodes, uniquingKeysWith: +)
    }

    /// Two columns per line, so that a log stays readable.
    var table: String {
        let cells = Fact.allCases.map { fact in
            "\(fact)".padded(to: 24) + String(self[fact]).padded(to: 12)
        }
        let rows = stride(from: 0, to: cells.count, by: 3).map { cells[$0..<min($0 + 3, cells.count)].joined() }
        return rows.joined(separator: "\n")
    }
}

extension String {
    /// Filled with spaces on the right.
    func padded(to width: Int) -> String {
        count >= width ? self + " " : self + String(repeating: " ", count: width - count)
    }
}
