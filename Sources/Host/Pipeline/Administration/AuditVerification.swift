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
    package func run() async throws -> [Chain] {
        let known = try await known()
        return try readChains(known) + (try await writeChains(known))
    }

    /// Files of every host that anybody knows of: a folder that was emptied says nothing of what it had.
    private func readChains(_ known: Known) throws -> [Chain] {
        let folder = SpoolFolder.auditFolder(in: spoolFolder)
        let here = [try SpoolFolder.host(in: spoolFolder), running?.host].compactMap { $0 }
        let hosts = known.hosts.union(try AuditVerifier.hosts(in: folder)).union(here)
        return try hosts.sorted().map { host in
            let checkpoints = known.checkpoints.filter { $0.host == host }.map(\.reads) + (known.noted[host] ?? [])
            // Asked last: no checkpoint that was read is behind it.
            let end = running?.host == host ? running?.chain.head : nil
            let report = try AuditVerifier.verify(folder: folder, host: host, checkpoints: checkpoints, until: end)
            return Chain(name: "reads of \(host)", links: report.links, head: report.head, findings: report.findings)
        }
    }

    private func writeChains(_ known: Known) async throws -> [Chain] {
        var chains: [Chain] = []
        for host in known.hosts.sorted() {
            let checkpoints = known.checkpoints.filter { $0.host == host }.map(\.writes)
            let (links, head, findings) = try await WriteChain.verify(store, host: host, checkpoints: checkpoints)
            chains.append(Chain(name: "writes of \(host)", links: links, head: head, findings: findings))
        }
        return chains
    }

    /// What is known of the chains besides themselves.
    private struct Known {
        /// That were ever here, or are named by a checkpoint.
        var hosts: Set<HostID>
        /// Those of the operator, then those that still stand in the outbox.
        var checkpoints: [AuditCheckpoint]
        /// Heads of chains of reads that the store keeps.
        var noted: [HostID: [ChainHead]]
    }

    private func known() async throws -> Known {
        let checkpoints = try await given + AuditCheckpoint.stored(in: store)
        return try await store.read { reader in
            let hosts = Set(try reader.hosts().map(\.id)).union(checkpoints.map(\.host))
            var noted: [HostID: [ChainHead]] = [:]
            for host in hosts {
                let names = [ChainHead.lostSetting(of: host), ChainHead.checkpointSetting(of: host)]
                noted[host] = try names.compactMap { try reader.readHead($0) }
            }
            return Known(hosts: hosts, checkpoints: checkpoints, noted: noted)
        }
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
