import Foundation
import SQLiteStore

/// Protocol commits beside plain transactions of as many rows and bytes, in turns, with the same durability.
/// Prints one line: commits a second (medians) of the protocol, of plain transactions on two simple tables, and of the
/// same rows written by hand into the store's own tables; then the medians of the protocol's ratios to both.
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
        let same = try await sameTables()
        try await same.run(Self.refreshesPerTurn)
        try await inTurns(plain, same)
        try await plain.close()
        try same.close()
    }

    /// A store of its own, with rows of the protocol's in it.
    private func sameTables() async throws -> SameTables {
        let path = folder + "/same.db"
        let store = try SQLiteStore.open(path: path)
        try await ProtocolCommits(store).run(Self.refreshesPerTurn)
        try await store.close()
        return try SameTables(path: path)
    }

    private func inTurns(_ plain: PlainCommits, _ same: SameTables) async throws {
        let store = try SQLiteStore.open(path: folder + "/protocol.db")
        let refreshes = try await ProtocolCommits(store)
        var protocolRates: [Double] = []
        var plainRates: [Double] = []
        var sameRates: [Double] = []
        for _ in 0..<Self.turns {
            protocolRates.append(try await rate { try await refreshes.run(Self.refreshesPerTurn) })
            plainRates.append(try await rate { try await plain.run(Self.refreshesPerTurn) })
            sameRates.append(try await rate { try await same.run(Self.refreshesPerTurn) })
        }
        try await store.close()
        let rates = [protocolRates, plainRates, sameRates].map { "\(Int(median($0)))" }
        let ratios = [plainRates, sameRates].map { others in
            "\(median(zip(protocolRates, others).map { $0 / $1 }))"
        }
        print((rates + ratios).joined(separator: " "))
    }

    /// Commits a second; a refresh is two.
    private func rate(_ body: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body()
        return Double(2 * Self.refreshesPerTurn) / (start.duration(to: .now) / .seconds(1))
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
