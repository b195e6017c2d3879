package import Model
import Secrets
package import StoreContract

/// The end of organizations.
extension Administration {
    /// Deletes an organization, or goes on with a deletion that was cut short.
    /// - Parameters:
    ///   - patience: how long providers are asked to revoke.
    ///   - notRevoked: hears of the connections whose providers were not told, once they are erased.
    package func deleteOrganization(
        _ organization: OrganizationID, patience: Duration, by user: String,
        progress: @escaping @Sendable (Double) -> Void,
        notRevoked: @escaping @Sendable ([ConnectionRecord]) -> Void
    ) async throws -> DeletionReport {
        guard organization.description != CheckpointKeeper.nobody else {
            throw PipelineError.invalid("organization", "is the host's own name")
        }
        return try await OrganizationDeletion(
            pipeline: pipeline, organization: organization, caller: Self.caller(in: organization, user),
            patience: patience, progress: progress, notRevoked: notRevoked
        ).run()
    }

    /// Every organization that has something sealed, and those that are deleted or were and may not begin anew.
    package func allOrganizations() async throws -> [(organization: OrganizationID, end: OrganizationEnd?)] {
        let (known, ends) = try await pipeline.wrapping {
            try await parts.store.read { (try $0.organizations(), try $0.organizationEnds().filter(\.isInForce)) }
        }
        let endOf = Dictionary(uniqueKeysWithValues: ends.map { ($0.organization, $0) })
        return Set(known + ends.map(\.organization)).filter { $0.description != CheckpointKeeper.nobody }.sorted()
            .map { ($0, endOf[$0]) }
    }

    /// Lets an organization that was deleted begin anew, with new keys and nothing of before.
    /// - Throws: `not_found` when none of that name was deleted; `in_use` until its deletion is done and no host can have
    ///   its old keys in memory.
    package func reopenOrganization(_ organization: OrganizationID, by user: String) async throws {
        let parts = parts
        try await pipeline.wrapping {
            try await parts.store.write { transaction in
                guard var end = try transaction.end(of: organization), end.isInForce else {
                    throw PipelineError(.notFound, "No organization \(organization) was deleted.")
                }
                let wait = parts.keyRing.limits.cacheAge + .seconds(60)
                guard let endedAt = end.endedAt, transaction.now >= endedAt + wait else {
                    throw PipelineError(
                        .inUse,
                        "It can be opened again \(Int(wait.inSeconds)) s after its deletion was done, when no host has its "
                            + "keys in memory any more.")
                }
                end.reopenedAt = transaction.now
                try transaction.save(end)
                try transaction.append(
                    .ofHost(Self.name(user), "organization_reopen", "\(organization)", at: transaction.now),
                    of: parts.host)
            }
        }
    }
}
