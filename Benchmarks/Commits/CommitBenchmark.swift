import Foundation
import SQLiteStore

/// Protocol commits beside plain transactions of as many rows and bytes, in turns, with the same durability.
/// Prints one line: commits a second of both (medians), and the median of the ratios.
struct CommitBenchmark {
    let folder: String
    private static let turns = 9
    private static let refreshesPerTurn = 300

    func run() async throws {
        let store = try SQLiteStore.open(path: folder + "/protocol.db")
        let refreshes = try await ProtocolCommits(store)
        try await refreshes.run(Self.refreshesPerTurn)
        try await store.close()
        let plain = try await PlainCommits(
            path: folder + "/plain.db", rows: try RowSizes(database: folder + "/protocol.db"))
        try await plain.run(Self.refreshesPerTurn)
        try await inTurns(plain)
        try await plain.close()
    }

    private func inTurns(_ plain: PlainCommits) async throws {
        let store = try SQLiteStore.open(path: folder + "/protocol.db")
        let refreshes = try await ProtocolCommits(store)
        var protocolRates: [Double] = []
        var plainRates: [Double] = []
        for _ in 0..<Self.turns {
            protocolRates.append(try await rate { try await refreshes.run(Self.refreshesPerTurn) })
            plainRates.append(try await rate { try await plain.run(Self.refreshesPerTurn) })
        }
        try await store.close()
        let ratios = zip(protocolRates, plainRates).map { $0 / $1 }
        print("\(Int(median(protocolRates))) \(Int(median(plainRates))) \(median(ratios))")
    }

    /// Commits a second; a refresh is two.
    private func rate(_ body: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body()
        return Double(2 * Self.refreshesPerTurn) / (start.duration(to: .now) / .seconds(1))
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
