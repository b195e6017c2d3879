import Audit
import Model
import Secrets
import Spool
import StoreContract
import Threads

/// The second half: what is stored goes, then what lies beside.
extension OrganizationDeletion {
    /// Rows go in small transactions, so that others can write between them; the keys and the rest in the last one.
    /// - Returns: the connections whose providers were not told.
    func erase() async throws -> [ConnectionRecord] {
        var given: [ConnectionRecord] = []
        var page: [ConnectionRecord]
        repeat {
            try requireWorking()
            page = try await change { transaction in
                let page = try transaction.connections(of: organization, after: nil, limit: 100)
                for connection in page {
                    if connection.revocation == .pending {
                        try transaction.audit(
                            .of(caller, "revocation_given_up", connection, at: transaction.now), parts: parts)
                    }
                    try transaction.erase(connection.id)
                }
                return page
            }
            given += page.filter { $0.revocation == .pending }
        } while !page.isEmpty
        let count = given.count
        try await change { transaction in
            guard var end = try transaction.end(of: organization) else { return }
            try transaction.erase(organization)
            // Said once, whoever repeats it.
            guard end.erasedAt == nil else { return }
            end.erasedAt = transaction.now
            try transaction.save(end)
            try transaction.audit(
                record("organization_erase", "\(count) not revoked", at: transaction.now), parts: parts)
        }
        return given
    }

    /// What lies beside the tables: memory, spool, the store's own files.
    func clean() async throws {
        let parts = parts
        await parts.keyRing.forget(organization)
        pipeline.cache.clear()
        try await pipeline.wrapping {
            try await WaitingThreads.run { try parts.spool.entries.erase(organization) }
            do { try await parts.store.scrub() } catch let error as StoreError {
                throw PipelineError(
                    .storeUnavailable,
                    "All is erased, but traces of it are in the store's files yet: \(error). Run it again.")
            }
        }
        try await change { transaction in
            guard var end = try transaction.end(of: organization) else { return }
            end.endedAt = transaction.now
            try transaction.save(end)
        }
    }
}
