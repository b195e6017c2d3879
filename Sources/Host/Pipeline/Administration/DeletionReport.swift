import Locks
import Logging
package import Model
import ServiceLifecycle
import StoreContract

/// What became of an organization's connections when it was deleted.
package struct DeletionReport: Sendable {
    package let organization: OrganizationID
    /// How many it had when this deletion, or its repetition, began.
    package var connections = 0
    /// Of connectors whose definition names no place to revoke a token at.
    package var notRevocable = 0
    /// Another host goes on with what these held; their providers are told nothing.
    package var handedOver = 0
    /// Their providers could not be told in time: what they granted is good there until it ends by itself. Those of earlier
    /// tries are counted, too.
    package var notRevoked: Int64 = 0
    /// When it was deleted, if that was before; then nothing was done now.
    package var deletedBefore: Timestamp?

    init(organization: OrganizationID) { self.organization = organization }

    package var revoked: Int { max(0, connections - notRevocable - handedOver - Int(notRevoked)) }
}

/// The deletions that run in this process: one of each organization.
final class RunningDeletions: Sendable {
    private let running = Locked<Set<OrganizationID>>([])

    /// False while one runs already.
    func enter(_ organization: OrganizationID) -> Bool {
        running.withLock { $0.insert(organization).inserted }
    }

    func leave(_ organization: OrganizationID) { running.withLock { _ = $0.remove(organization) } }
}

extension TokenPipeline {
    /// Goes on with deletions that were cut short: who asked for them was asked whether he means it. Where other hosts
    /// share the store it may be one of them that has died since.
    func resumeDeletions() async {
        await resumeCutShort()
        guard !parts.store.isExclusive else { return }
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(.random(in: 20...40))) }
            if !isDraining { await resumeCutShort() }
        }
    }

    private func resumeCutShort() async {
        guard let ends = try? await parts.store.read({ try $0.organizationEnds() }) else { return }
        for end in ends where end.endedAt == nil && !isDraining {
            let caller = Caller(
                organization: end.organization, identity: .service(id: "host", scopes: [], connectors: nil),
                requestID: "-")
            let deletion = OrganizationDeletion(
                pipeline: self, organization: end.organization, caller: caller, patience: .seconds(120)
            ) { _ in
            } notRevoked: { _ in
            }
            do {
                let report = try await deletion.run()
                parts.logger.notice(
                    "a deletion that was cut short is done",
                    metadata: ["org": "\(end.organization)", "code": "\(report.notRevoked) not revoked"])
            } catch let error as PipelineError where error.code == .inUse {
                // Whoever does it, here or elsewhere, ends it.
            } catch {
                parts.logger.error(
                    "a deletion is not done; run `token-manager organizations delete` again",
                    metadata: ["org": "\(end.organization)", "code": "\(error)"])
            }
        }
    }
}
