import Audit
import Foundation
import Model
import Pipeline
import SQLiteStore
import Settings
import Spool
import StoreContract

/// Verifies all chains that can be reached from here: the files beside the spool and those in the store.
struct AuditVerification {
    let storage: HostSettings.Storage
    /// Checkpoints that the operator kept.
    let given: [AuditCheckpoint]

    /// What one chain showed.
    struct Chain {
        var name: String
        var links: Int
        var head: ChainHead
        var findings: [AuditFinding]
    }

    /// - Throws: `StartFailure` when the store or a file cannot be read.
    func run() async throws -> [Chain] {
        // Opening would make a database, which of course has a sound audit.
        guard storage.postgres != nil || FileManager.default.fileExists(atPath: storage.databasePath) else {
            throw StartFailure(
                "there is no database \(storage.databasePath); set STORE_URL as the host has it",
                code: .dependencyUnreachable)
        }
        do {
            let store = try await open()
            do {
                let chains = try await readChains(store) + writeChains(store)
                try await store.close()
                return chains
            } catch {
                try? await store.close()
                throw error
            }
        } catch let failure as StartFailure {
            throw failure
        } catch {
            throw StartFailure("the audit cannot be read: \(error)", code: .dependencyUnreachable)
        }
    }

    private func open() async throws -> any Store {
        guard let postgres = storage.postgres else { return try SQLiteStore.open(path: storage.databasePath) }
        return try await PostgresAccess(postgres).openForReading()
    }

    private func readChains(_ store: any Store) async throws -> [Chain] {
        let folder = SpoolFolder.auditFolder(in: storage.spoolFolder)
        let own = try SpoolFolder.host(in: storage.spoolFolder)
        // Another host's files lie on another machine, unless they lie here.
        let hosts = Set(try AuditVerifier.hosts(in: folder)).union(own.map { [$0] } ?? [])
        var chains: [Chain] = []
        for host in hosts.sorted() {
            let noted = try await store.read { try $0.setting(ChainHead.checkpointSetting(of: host)) }
            var checkpoints = try await checkpoints(of: host, store).map(\.reads)
            checkpoints += noted.flatMap { ChainHead(text: String(decoding: $0, as: UTF8.self)) }.map { [$0] } ?? []
            let report = try AuditVerifier.verify(folder: folder, host: host, checkpoints: checkpoints)
            chains.append(
                Chain(name: "reads of \(host)", links: report.links, head: report.head, findings: report.findings))
        }
        return chains
    }

    private func writeChains(_ store: any Store) async throws -> [Chain] {
        let known = try await store.read { try $0.hosts().map(\.id) }
        var chains: [Chain] = []
        for host in Set(known).union(given.map(\.host)).sorted() {
            let checkpoints = try await checkpoints(of: host, store).map(\.writes)
            let (links, head, findings) = try await WriteChain.verify(store, host: host, checkpoints: checkpoints)
            chains.append(Chain(name: "writes of \(host)", links: links, head: head, findings: findings))
        }
        return chains
    }

    /// Those of the operator, and those that still stand in the outbox.
    private func checkpoints(of host: HostID, _ store: any Store) async throws -> [AuditCheckpoint] {
        try await (given + AuditCheckpoint.stored(in: store)).filter { $0.host == host }
    }
}
