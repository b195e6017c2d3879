import Foundation
import PostgresServer
import ProviderSimulator
import TestSupport

/// Several hosts on one database: each has a spool, an audit and ports of its own; the key, the definitions and what callers
/// show are the same.
struct Replicas: Sendable {
    /// How hosts reach PostgreSQL.
    enum Way: String, CaseIterable {
        case direct
        /// Through pgbouncer, in transaction pooling.
        case pooled

        func settings(for database: TestDatabase) -> [String: String] {
            [
                "STORE_URL": self == .pooled ? database.pooledURL : database.url,
                "STORE_MIGRATION_URL": database.migrationURL,
            ]
        }
    }

    let all: [Replica]
    let database: TestDatabase

    var provider: SimulatedProvider { all[0].scenario.provider }

    subscript(index: Int) -> Replica { all[index] }

    /// Runs a test on hosts that serve, with one client configured. Those that still run in the end must stop in good order.
    /// - Parameters:
    ///   - own: Settings of the hosts that have others than the first, in their order.
    ///   - whenFirstRuns: Called before the others are started.
    static func run(
        _ name: String, hosts count: Int, through way: Way = .direct,
        client: SimulatedClient = SimulatedClient(id: "sandbox-client"), settings: [String: any Sendable] = [:],
        timing: [String: String] = TestHost.shortTiming, own: [[String: String]] = [],
        on server: PostgresServer = .shared, definition: (String) -> String = { $0 },
        whenFirstRuns: @Sendable (Replica) throws -> Void = { _ in },
        _ body: @Sendable (Replicas) async throws -> Void
    ) async throws {
        let definitions = try TestFolders.sandboxDefinitions(definition)
        try await TestDatabase.with(server) { database in
            let environment = timing.merging(way.settings(for: database)) { $1 }
            try await Scenario.run("\(name)-1", environment: environment, connectors: definitions) { first in
                let key = ["KEY_PROVIDER": "file:\(first.host.folder.path)/master.key"]
                let others = try (1..<count).map { number in
                    let own = number <= own.count ? own[number - 1] : [:]
                    return first.on(
                        try TestHost(
                            "\(name)-\(number + 1)", environment: environment.merging(key) { $1 }.merging(own) { $1 },
                            connectors: definitions))
                }
                let replicas = Replicas(all: ([first] + others).map { Replica($0) }, database: database)
                // The first one makes the key.
                try await replicas[0].start()
                try whenFirstRuns(replicas[0])
                for replica in replicas.all.dropFirst() { try await replica.start() }
                first.provider.register(client)
                try await first.configure(client: client.id, class: settings)
                try await body(replicas)
                first.provider.release()
                for replica in replicas.all { try await replica.stop() }
            }
        }
    }

    /// Calls to all hosts in turns, all at once.
    func calls(
        _ count: Int, _ call: @escaping @Sendable (Scenario) async throws -> HTTPProbe.Answer
    ) async throws -> [HTTPProbe.Answer] {
        try await withThrowingTaskGroup(of: HTTPProbe.Answer.self) { group in
            for number in 0..<count {
                let scenario = all[number % all.count].scenario
                group.addTask { try await call(scenario) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// The sum of a metric's series over all hosts.
    func metric(_ name: String) async throws -> Int {
        var sum = 0
        for replica in all { sum += try await replica.scenario.metric(name) }
        return sum
    }
}

extension TestDatabase {
    /// How many rows of a table of the host's fit.
    func count(_ table: String, where condition: String) throws -> Int {
        try Int(sql("SELECT count(*) FROM token_manager.\(table) WHERE \(condition)")) ?? 0
    }

    /// Attempts whose end nobody has written down.
    func openAttempts() throws -> Int {
        try count("attempt", where: "state IN ('intent', 'sent')") + count("line", where: "open_attempt IS NOT NULL")
    }
}
