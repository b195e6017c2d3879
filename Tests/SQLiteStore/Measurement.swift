import ConnectorSDK
import Foundation
import GRDB
import Model
import RefreshProtocol
import StoreContract
import Testing

@testable import SQLiteStore

/// Prints how protocol commits compare with plain transactions of as many rows. Asserts nothing about speed.
@Suite struct Measurement {
    static let rounds = 400

    @Test func `protocol commits beside plain transactions of as many rows`() async throws {
        try await Place.with { place in
            let store = try place.open()
            let refreshes = try await refreshSeconds(store)
            let plain = try await plainSeconds(store)
            try await store.close()
            let rate = { Int(Double(2 * Self.rounds) / $0) }
            print(
                """
                store: \(rate(refreshes)) protocol commits a second, \(rate(plain)) plain ones of as many rows: \
                ratio \((plain / refreshes * 100).rounded() / 100) (unoptimized build)
                """)
        }
    }

    /// T1 with T2 (line, attempt, mark), then T3 (line, attempt, two versions, event, audit).
    private func refreshSeconds(_ store: SQLiteStore) async throws -> Double {
        let id = LineID(connection: ConnectionID("c1"))
        try await store.write { transaction in
            try transaction.insert(sample("c1"))
            let line = Line(id: id, organization: OrganizationID("o"), grant: GrantID("g"), rotation: .singleUse)
            try transaction.save(line, replacing: nil)
            _ = try transaction.step(
                id, .redeem(AttemptID("first"), grant: GrantID("g"), content: content(0)), timing: Timing())
        }
        return try await seconds { number in
            let attempt = AttemptID("a\(number)")
            let claim = Claim(
                attempt: attempt, host: HostID("h"), boot: BootID("b"), need: .generation(Int64(number)))
            let fence = try await store.write { transaction in
                let sent = try transaction.claimAndSend(id, claim, timing: Timing())
                #expect(sent?.outcome == .sent)
                _ = try transaction.drawMark()
                return sent?.line.fence ?? 0
            }
            let presented = Presented(
                attempt: attempt, grant: GrantID("g"), generationIn: Int64(number), fence: fence, host: HostID("h"),
                boot: BootID("b"))
            try await store.write { transaction in
                let step = try transaction.step(id, .answer(presented, .tokens(content(number))), timing: Timing())
                #expect(step?.outcome == .advanced)
                try transaction.append(
                    EventRecord(
                        id: "e\(number)", kind: .tokenRefreshed, organization: OrganizationID("o"),
                        connector: "sandbox",
                        epoch: 0, at: transaction.now))
                try transaction.append(
                    AuditEntry(
                        host: HostID("h"), sequence: Int64(number), previousHash: Data([UInt8(number & 1)]),
                        hash: Data([UInt8((number + 1) & 1)]), record: String(repeating: "r", count: 200)))
            }
        }
    }

    /// Three rows, then six, of the same size, in two transactions.
    private func plainSeconds(_ store: SQLiteStore) async throws -> Double {
        try await store.pool.writeWithoutTransaction {
            try $0.execute(sql: "CREATE TABLE plain (id INTEGER PRIMARY KEY, name TEXT UNIQUE, value BLOB)")
        }
        return try await seconds { number in
            for count in [3, 6] {
                try await store.pool.write { database in
                    let insert = try database.cachedStatement(sql: "INSERT INTO plain (name, value) VALUES (?, ?)")
                    for row in 0..<count {
                        try insert.execute(arguments: ["\(number) \(count) \(row)", Data(repeating: 1, count: 250)])
                    }
                }
            }
        }
    }

    private func content(_ number: Int) -> TokenVersion.Content {
        TokenVersion.Content(
            sealed: Data(repeating: 1, count: 1000), fingerprint: Data("f\(number)".utf8),
            receivedAt: Timestamp(milliseconds: 1), expiresAt: nil)
    }

    private func seconds(_ body: (Int) async throws -> Void) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        for number in 1...Self.rounds { try await body(number) }
        return (clock.now - start).inSeconds
    }
}
