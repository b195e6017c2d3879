import Foundation
import Model
import PostgresServer
import StoreContract
import Testing

@testable import PostgresStore

/// Windows of calls that several hosts share, as rows.
@Suite struct CallWindowTests {
    private let client = ClientKey(organization: OrganizationID("org_1"), connector: "sandbox")
    private var key: CallWindowKey { CallWindowKey(client) }

    @Test func `a window is found as it was left; a connection's is another than its client's`() async throws {
        try await with { (store, database) throws in
            let (key, one) = (key, CallWindowKey(client, connection: ConnectionID("c1")))
            #expect(try await store.change([key, one]) { _ in [key: "first"] } == [:])
            #expect(try await store.change([key, one]) { _ in [key: "second", one: "one"] } == [key: "first"])
            #expect(try await store.change([one]) { _ in [:] } == [one: "one"])
            #expect(try await store.change([key, one]) { _ in [:] } == [key: "second", one: "one"])
            #expect(try database.count == "2")
        }
    }

    @Test func `what a transaction changed that then failed is as it was`() async throws {
        try await with { (store, _) throws in
            let key = key
            _ = try await store.change([key]) { _ in [key: "kept"] }
            await #expect(throws: StoreError.self) {
                try await store.write { transaction in
                    try transaction.changeCallWindows([key]) { _, _ in [key: .lasting("lost")] }
                    try transaction.setLost(true, host: HostID("nobody"))
                }
            }
            #expect(try await store.change([key]) { _ in [:] } == [key: "kept"])
        }
    }

    @Test func `two hosts change one window one after the other, whether it is there or not`()
        async throws
    {
        try await with { (store, database) throws in
            let other = try database.open()
            let keys = (0..<4).map { CallWindowKey(client, connection: $0 == 0 ? nil : ConnectionID("c\($0)")) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    let (store, mine) = (number % 2 == 0 ? store : other, Set([keys[0], keys[1 + number % 3]]))
                    group.addTask {
                        _ = try await store.change(mine) { old in
                            Dictionary(uniqueKeysWithValues: mine.map { ($0, "\((Int(old[$0] ?? "") ?? 0) + 1)") })
                        }
                    }
                }
                try await group.waitForAll()
            }
            let counted = try await store.change(Set(keys)) { _ in [:] }
            #expect(counted[keys[0]] == "40")
            #expect(keys.dropFirst().compactMap { counted[$0] }.compactMap { Int($0) }.reduce(0, +) == 40)
            try await other.close()
        }
    }

    @Test func `the time is the database's, read after whoever had the window before`() async throws {
        try await with { (store, _) throws in
            let key = key
            let times = try await withThrowingTaskGroup(of: (Int, Int64).self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        try await store.write { transaction in
                            var seen = (0, Int64(0))
                            try transaction.changeCallWindows([key]) { old, now in
                                seen = (
                                    old[key].flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0, now.milliseconds
                                )
                                return [key: .lasting("\(seen.0 + 1)")]
                            }
                            return seen
                        }
                    }
                }
                return try await group.reduce(into: [(Int, Int64)]()) { $0.append($1) }
            }
            let inOrder = times.sorted { $0.0 < $1.0 }
            #expect(inOrder.map(\.0) == Array(0..<10))
            #expect(zip(inOrder, inOrder.dropFirst()).allSatisfy { $0.1 <= $1.1 })
        }
    }

    @Test func `windows that are over go with any change, those of an organization with it`() async throws {
        try await with { (store, database) throws in
            let (key, old) = (key, CallWindowKey(client, connection: ConnectionID("old")))
            try await store.write { transaction in
                let past = StoredCallWindow(state: Data("past".utf8), overAt: transaction.now - .seconds(120))
                try transaction.changeCallWindows([old]) { _, _ in [old: past] }
            }
            _ = try await store.change([key]) { _ in [key: "new"] }
            #expect(try database.count == "1")
            #expect(try await store.change([old]) { _ in [:] } == [:])
            let organization = client.organization
            try await store.write { try $0.erase(organization) }
            #expect(try database.count == "0")
        }
    }

    private func with(_ body: (PostgresStore, TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try await body(store, database)
            try await store.close()
        }
    }
}

extension TestDatabase {
    fileprivate var count: String { get throws { try sql("SELECT count(*) FROM token_manager.call_window") } }
}

extension StoredCallWindow {
    fileprivate static func lasting(_ text: String) -> StoredCallWindow {
        StoredCallWindow(state: Data(text.utf8), overAt: Timestamp(milliseconds: .max))
    }
}

extension PostgresStore {
    /// - Returns: what was there before.
    fileprivate func change(
        _ keys: Set<CallWindowKey>, _ change: @escaping @Sendable ([CallWindowKey: String]) -> [CallWindowKey: String]
    ) async throws -> [CallWindowKey: String] {
        try await write { transaction in
            var before: [CallWindowKey: String] = [:]
            try transaction.changeCallWindows(keys) { stored, _ in
                before = stored.mapValues { String(decoding: $0, as: UTF8.self) }
                return change(before).mapValues { .lasting($0) }
            }
            return before
        }
    }
}
