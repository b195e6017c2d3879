import ConnectorSDK
import Dispatch
import Foundation
import Model
import PostgresServer
import StoreConformance
import StoreContract
import Synchronization
import Testing

@testable import PostgresStore

/// The server goes away, comes back, and refuses.
@Suite struct FailureTests {
    @Test func `what was acknowledged outlives the server's crash, and the store finds back by itself`() async throws {
        let server = try PostgresServer()
        try await TestDatabase.with(server) { database in
            let store = try database.open()
            let acknowledged = Names()
            await withTaskGroup(of: Void.self) { group in
                for worker in 0..<6 {
                    group.addTask {
                        for number in 0..<10_000 {
                            let id = "c\(worker)_\(number)"
                            do { try await store.write { try $0.insert(sample(id)) } } catch { return }
                            acknowledged.add(id)
                        }
                    }
                }
                while acknowledged.all.count < 200 { await Task.yield() }
                try? server.stopImmediately()
            }
            let gone = await #expect(throws: StoreError.self) { try await store.check() }
            #expect(gone?.code == .unavailable)

            try server.start()
            while (try? await store.check()) == nil { await Task.yield() }
            let lost = try await store.read { reader in
                try acknowledged.all.filter { try reader.connection(ConnectionID($0)) == nil }
            }
            #expect(lost == [], "acknowledged and lost")
            // Every connection of the pool broke; none of these may notice.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 { group.addTask { try await store.write { try $0.insert(sample("n\(number)")) } } }
                try await group.waitForAll()
            }
            try await store.close()
        }
    }

    @Test func `a commit whose answer is lost is said to be uncertain (M14, M16)`() async throws {
        // A standby that never comes: the commit is done here, and its answer waits.
        let server = try PostgresServer()
        try await TestDatabase.with(server) { database in
            let store = try database.open()
            try server.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            try server.sql("SELECT pg_reload_conf()")
            async let writing: Void = store.write { try $0.insert(sample("c1")) }
            while try server.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") != "1" {
                await Task.yield()
            }
            try server.stopImmediately()
            do {
                try await writing
                Issue.record("nothing was thrown")
            } catch let error as StoreError {
                #expect(error.code == .acknowledgementLost, "\(error)")
            }
            try server.start()
            try server.sql("ALTER SYSTEM RESET synchronous_standby_names")
            try server.sql("SELECT pg_reload_conf()")
            while (try? await store.check()) == nil { await Task.yield() }
            #expect(try await store.read { try $0.connection(ConnectionID("c1")) } != nil, "it was done")
            try await store.close()
        }
    }

    @Test func `a wait for a standby that is broken off is no acknowledgement (F17)`() async throws {
        let server = try PostgresServer()
        try await TestDatabase.with(server) { database in
            let store = try database.open()
            try server.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            try server.sql("SELECT pg_reload_conf()")
            async let writing: Void = store.write { try $0.insert(sample("c1")) }
            let waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            while try server.sql("SELECT count(*) \(waiting)") != "1" { await Task.yield() }
            try server.sql("SELECT pg_cancel_backend(pid) \(waiting)")
            do {
                try await writing
                Issue.record("nothing was thrown")
            } catch let error as StoreError {
                #expect(error.code == .acknowledgementLost, "\(error)")
            }
            try server.sql("ALTER SYSTEM RESET synchronous_standby_names")
            try server.sql("SELECT pg_reload_conf()")
            try await store.close()
        }
    }

    @Test func `transactions that wait for each other in a ring are both done`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try await store.write {
                try $0.insert(sample("a"))
                try $0.insert(sample("b"))
            }
            let met = Meeting()
            async let one: Void = rename("a", then: "b", store, met)
            async let other: Void = rename("b", then: "a", store, met)
            _ = try await (one, other)
            let names = try await store.read { reader in
                try ["a", "b"].compactMap { try reader.connection(ConnectionID($0))?.grantType }
            }
            #expect(names.count == 2)
            #expect(names.allSatisfy { $0 == "ab" || $0 == "ba" })
            #expect(met.runs > 2, "one of them ran again")
            try await store.close()
        }
    }

    private func rename(_ first: String, then second: String, _ store: PostgresStore, _ met: Meeting) async throws {
        try await store.write { transaction in
            for (index, id) in [first, second].enumerated() {
                var connection = try #require(try transaction.connection(ConnectionID(id)))
                if index == 0 { met.meet() }
                connection.grantType = first + second
                try transaction.update(connection)
            }
        }
    }

    @Test func `a client that two change is changed by one after the other`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            let key = ClientKey(organization: OrganizationID("org_1"), connector: "sandbox")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await store.write { transaction in
                            var client = try transaction.client(key) ?? ClientRecord(key: key, updatedAt: .distantPast)
                            client.revision += 1
                            try transaction.save(client)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.read { try $0.client(key)?.revision } == 40)
            try await store.close()
        }
    }

    @Test func `one fingerprint is taken by one of many that ask for it at once (M42)`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            let fingerprint = Data("one token".utf8)
            let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await store.write { transaction in
                            guard try transaction.connection(withFingerprint: fingerprint) == nil else { return false }
                            let connection = sample("c\(number)")
                            try transaction.insert(connection)
                            try transaction.save(held(connection, fingerprint), replacing: nil)
                            return true
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(taken == 1)
            try await store.close()
        }
    }

    @Test(arguments: ["upper(encode(hash, 'escape'))", "left(encode(hash, 'escape'), 62)", "'none'"])
    func `a chain whose head is no hash any more is not gone on with`(damage: String) async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            let host = HostID("h")
            try await store.write { for _ in 0..<2 { try $0.append(.sample("{}", of: host)) } }
            try database.sql("UPDATE token_manager.audit SET hash = convert_to(\(damage), 'UTF8') WHERE sequence = 2")
            let error = await #expect(throws: StoreError.self) {
                try await store.write { try $0.append(.sample("{}", of: host)) }
            }
            #expect(error?.code == .corrupt)
            #expect(try await store.read { try $0.audit(of: host, after: 0, limit: 9).count } == 2)
            try await store.close()
        }
    }

    @Test func `audit links of many transactions make one chain`() async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            let host = HostID("h")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await store.write { try $0.append(.sample("{}", of: host)) }
                    }
                }
                try await group.waitForAll()
            }
            var expected: [AuditEntry] = []
            for _ in 0..<50 { expected.append(UnlinkedRecord.sample("{}", of: host).link(expected.last)) }
            #expect(try await store.read { try $0.audit(of: host, after: 0, limit: 99) } == expected)
            try await store.close()
        }
    }
}

private func held(_ connection: ConnectionRecord, _ fingerprint: Data) -> Line {
    var line = Line(
        id: LineID(connection: connection.id), organization: connection.organization, grant: GrantID("g"),
        rotation: .singleUse)
    line.versions = [
        TokenVersion(
            generation: 1, parentGeneration: 0, grant: line.grant, attempt: AttemptID("a of \(connection.id)"),
            fence: 1,
            content: .init(
                sealed: Data([1]), fingerprint: fingerprint, receivedAt: Timestamp(milliseconds: 1), expiresAt: nil),
            status: .current)
    ]
    return line
}

private final class Names: Sendable {
    private let names = Mutex<Set<String>>([])
    var all: Set<String> { names.withLock { $0 } }
    func add(_ name: String) { names.withLock { _ = $0.insert(name) } }
}

/// Lets two transactions go on when both are there; whoever comes again later does not wait.
private final class Meeting: Sendable {
    private let count = Mutex(0)
    private let both = DispatchSemaphore(value: 0)

    var runs: Int { count.withLock { $0 } }

    func meet() {
        let number = count.withLock {
            $0 += 1
            return $0
        }
        if number == 1 { _ = both.wait(timeout: .now() + 20) }
        if number == 2 { both.signal() }
    }
}
