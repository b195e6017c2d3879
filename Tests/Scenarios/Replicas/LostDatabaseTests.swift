import Foundation
import PostgresServer
import Synchronization
import TestSupport
import Testing

/// PostgreSQL ends and comes back beneath three hosts (R9).
@Suite(.hosts(3)) struct LostDatabaseTests {
    @Test("valid tokens are served throughout from memory, and all hosts refresh again by themselves")
    func restarted() async throws {
        let server = try PostgresServer()
        try await Replicas.run("replicas-lost-database", hosts: 3, on: server) { replicas in
            var ids: [String] = []
            for replica in replicas.all { ids.append(try await replica.scenario.connected()) }
            for replica in replicas.all {
                for id in ids { #expect(try await replica.scenario.token(id).status == 200) }
            }
            let readers = Readers(replicas, ids)
            let reading = Task { await readers.run() }
            try await readers.goOn(rounds: 1)
            try server.stopImmediately()
            for replica in replicas.all {
                try await eventually("it sees that the store is away", every: .milliseconds(50)) {
                    let health = try await replica.host.probe.send("GET", replica.host.url + "/api/v1/health")
                    return health.status == 503
                }
            }
            try await readers.goOn(rounds: 3)
            try server.start()
            for (replica, id) in zip(replicas.all, ids) {
                try await eventually("it refreshes again", within: .seconds(60), every: .milliseconds(100)) {
                    try await replica.scenario.refresh(id, ["observed_generation": 1]).generation == 2
                }
            }
            try await readers.goOn(rounds: 1)
            reading.cancel()
            await reading.value
            #expect(readers.failures.isEmpty, "\(readers.failures)")
            #expect(replicas[0].scenario.refreshCalls == 3)
            for replica in replicas.all {
                for id in ids { #expect(try await replica.scenario.token(id).generation == 2) }
            }
        }
    }
}

/// Reads every token at every host, again and again.
private final class Readers: Sendable {
    private let replicas: Replicas
    private let ids: [String]
    private let state = Mutex<(rounds: Int, failures: [String])>((0, []))

    init(_ replicas: Replicas, _ ids: [String]) { (self.replicas, self.ids) = (replicas, ids) }

    /// Answers that were no token.
    var failures: [String] { state.withLock { $0.failures } }
    private var rounds: Int { state.withLock { $0.rounds } }

    func run() async {
        while !Task.isCancelled {
            for replica in replicas.all {
                for id in ids { await read(id, at: replica) }
            }
            state.withLock { $0.rounds += 1 }
        }
    }

    /// Waits until so many whole rounds more have been read.
    func goOn(rounds more: Int) async throws {
        // The one that has begun may be older than what the caller has done.
        let goal = rounds + more + 1
        try await eventually("\(more) rounds of reads", within: .seconds(60), every: .milliseconds(50)) {
            rounds >= goal
        }
    }

    private func read(_ id: String, at replica: Replica) async {
        var failure: String?
        do {
            let answer = try await replica.scenario.token(id)
            if answer.status != 200 { failure = "\(answer.status) \(answer.text)" }
        } catch { failure = Task.isCancelled ? nil : "\(error)" }
        if let failure { state.withLock { $0.failures.append(failure) } }
    }
}
