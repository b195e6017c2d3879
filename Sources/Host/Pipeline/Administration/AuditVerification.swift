package import Audit
import Foundation
import Model
import Spool
package import StoreContract

/// Verifies all chains that can be reached from here: the files beside the spool and those in the store.
package struct AuditVerification: Sendable {
    let store: any Store
    let spoolFolder: String
    /// Checkpoints that the operator kept.
    let given: [AuditCheckpoint]
    /// The chain of reads of this process, which grows meanwhile.
    var running: (host: HostID, chain: AuditChain)?

    /// What one chain showed.
    package struct Chain: Sendable {
        /// Of what and of which host.
        package var name: String
        package var links: Int
        package var head: ChainHead
        package var findings: [AuditFinding]
    }

    /// Of a store that no host uses.
    package init(store: any Store, spoolFolder: String, given: [AuditCheckpoint]) {
        self.store = store
        self.spoolFolder = spoolFolder
        self.given = given
    }

    /// - Throws: what reading a file or the store throws.
    package func run() async throws -> [Chain] { try await readChains() + writeChains() }

    private func readChains() async throws -> [Chain] {
        let folder = SpoolFolder.auditFolder(in: spoolFolder)
        let own = try SpoolFolder.host(in: spoolFolder)
        // Another host's files lie on another machine, unless they lie here.
        let hosts = Set(try AuditVerifier.hosts(in: folder)).union(own.map { [$0] } ?? [])
        var chains: [Chain] = []
        for host in hosts.sorted() {
            let noted = try await store.read { try $0.setting(ChainHead.checkpointSetting(of: host)) }
            var checkpoints = try await checkpoints(of: host).map(\.reads)
            checkpoints += noted.flatMap { ChainHead(text: String(decoding: $0, as: UTF8.self)) }.map { [$0] } ?? []
            // Asked last: no checkpoint that was read is behind it.
            let end = running?.host == host ? running?.chain.head : nil
            let report = try AuditVerifier.verify(folder: folder, host: host, checkpoints: checkpoints, until: end)
            chains.append(
                Chain(name: "reads of \(host)", links: report.links, head: report.head, findings: report.findings))
        }
        return chains
    }

    private func writeChains() async throws -> [Chain] {
        let known = try await store.read { try $0.hosts().map(\.id) }
        var chains: [Chain] = []
        for host in Set(known).union(given.map(\.host)).sorted() {
            let checkpoints = try await checkpoints(of: host).map(\.writes)
            let (links, head, findings) = try await WriteChain.verify(store, host: host, checkpoints: checkpoints)
            chains.append(Chain(name: "writes of \(host)", links: links, head: head, findings: findings))
        }
        return chains
    }

    /// Those of the operator, and those that still stand in the outbox.
    private func checkpoints(of host: HostID) async throws -> [AuditCheckpoint] {
        try await (given + AuditCheckpoint.stored(in: store)).filter { $0.host == host }
    }
}

extension Administration {
    /// What every chain shows while this host goes on: its own chain of reads as far as it was durable when it was asked.
    /// - Throws: `audit_unavailable` when a file or the store cannot be read.
    package func verifyAudit(given: [AuditCheckpoint]) async throws -> [AuditVerification.Chain] {
        var verification = AuditVerification(store: store, spoolFolder: parts.spool.path, given: given)
        verification.running = (parts.host, parts.audit)
        do { return try await verification.run() } catch {
            throw PipelineError(.auditUnavailable, "The audit cannot be read: \(error)", retryAfter: .seconds(2))
        }
    }
}
